//! Tests of evaluations.

use super::*;
use crate::models::{SeedChoice, models_of_network};
use crate::test_data::{dataset, study, trained};

fn evaluated(
    stored: &StoredStudy,
    dataset: &Dataset,
    seeds: SeedChoice,
) -> Result<(Evaluation, Vec<String>), SessionError> {
    let mut notes = Vec::new();
    let found = models_of_network(stored, 0, seeds, None).unwrap();
    let evaluation = evaluation(found, dataset, &dataset.test, "test images", 2, &mut notes)?;
    Ok((evaluation, notes))
}

#[test]
fn scores_on_test_images_are_those_of_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let stored = trained(study(), dir.path());
    for run in &stored.runs {
        let outcome = run.outcome.unwrap().best.test;
        let (found, notes) = evaluated(&stored, &dataset(), SeedChoice::Seed(run.seed)).unwrap();
        assert_eq!((found.accuracy.share(), notes.len()), (outcome.accuracy, 0));
        assert!((found.loss - outcome.loss).abs() < 1e-5, "{} {}", found.loss, outcome.loss);
        for (found, expected) in
            found.predictions.iter().zip(stored.predictions(run).unwrap().unwrap())
        {
            let found = (found.label, found.predicted, found.confidence, found.label_probability);
            let expected = (
                expected.label,
                expected.predicted,
                expected.confidence,
                expected.label_probability,
            );
            assert_eq!(found, expected);
        }
    }
    let (both, _) = evaluated(&stored, &dataset(), SeedChoice::All).unwrap();
    let alone: Vec<f64> = both.seeds.iter().map(|(_, accuracy)| accuracy.share()).collect();
    let expected: Vec<f64> =
        stored.runs.iter().map(|run| run.outcome.unwrap().best.test.accuracy).collect();
    assert_eq!(alone, expected);
}

#[test]
fn classes_are_found_by_name_in_any_order_and_by_number() {
    let dir = tempfile::tempdir().unwrap();
    let stored = trained(study(), dir.path());
    let (expected, _) = evaluated(&stored, &dataset(), SeedChoice::Best).unwrap();
    let mut swapped = dataset();
    swapped.classes.swap(0, 1);
    swapped.test.labels.iter_mut().for_each(|label| *label = 1 - *label);
    let (found, notes) = evaluated(&stored, &swapped, SeedChoice::Best).unwrap();
    assert_eq!((found.predictions, notes.len()), (expected.predictions.clone(), 0));

    let numbered = Dataset { classes: ["0", "1"].map(String::from).to_vec(), ..dataset() };
    let (found, notes) = evaluated(&stored, &numbered, SeedChoice::Best).unwrap();
    assert_eq!(found.predictions, expected.predictions);
    assert!(notes[0].contains("from 0 (`first`)"), "{notes:?}");
}

#[test]
fn images_that_do_not_suit_the_network_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let stored = trained(study(), dir.path());
    let error = |dataset: Dataset| {
        evaluated(&stored, &dataset, SeedChoice::Best).err().unwrap().to_string()
    };
    let classes = ["first", "third"].map(String::from).to_vec();
    let other = error(Dataset { classes, ..dataset() });
    assert!(other.contains("does not know `third`") && other.contains("`second`"), "{other}");
    let large = error(Dataset { height: 9, width: 1, ..dataset() });
    assert!(large.contains("3x3 pixels") && large.contains("--resize 3x3"), "{large}");
    let colour = error(Dataset { height: 1, channels: 3, ..dataset() });
    assert!(colour.contains("3 channels") && colour.contains("predict"), "{colour}");
}

#[test]
fn training_images_are_told() {
    let (images, noun) = images(&dataset(), EvaluatedPart::All);
    assert_eq!((images.len(), noun), (100, "images"));
    assert_eq!(images.images.len(), 100 * 9);
}
