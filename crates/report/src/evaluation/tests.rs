//! Tests of evaluations.

use fitroom_data::{Dataset, LabelledImages};

use super::*;

const CLASSES: [&str; 3] = ["Shirt", "Coat", "Bag"];

fn dataset(labels: &[u8]) -> Dataset {
    let images = LabelledImages {
        images: (0..labels.len() * 4).map(|at| at as u8).collect::<Vec<_>>().into(),
        labels: labels.to_vec(),
    };
    Dataset {
        name: "test".into(),
        title: "Test".into(),
        classes: CLASSES.map(String::from).to_vec(),
        channels: 1,
        height: 2,
        width: 2,
        train: images.clone(),
        test: images,
        fingerprint: String::new(),
        origin: String::new(),
        stands_in_because: None,
        findings: Vec::new(),
    }
}

/// Predictions as label, predicted class, and its probability.
fn evaluation(rows: &[(u8, u8, f32)]) -> Evaluation {
    evaluation_of(&CLASSES, rows)
}

/// The same of a network with these classes.
fn evaluation_of(classes: &[&str], rows: &[(u8, u8, f32)]) -> Evaluation {
    let classes: Vec<String> = classes.iter().map(|&class| class.to_owned()).collect();
    let labels: Vec<u8> = rows.iter().map(|row| row.0).collect();
    let dataset = dataset(&labels);
    let prediction = |&(label, predicted, confidence): &(u8, u8, f32)| Prediction {
        label,
        predicted,
        confidence,
        label_probability: if label == predicted { confidence } else { (1.0 - confidence) / 2.0 },
    };
    let images = EvaluatedImages { dataset: &dataset, images: &dataset.test, noun: "test images" };
    let predictions = rows.iter().map(prediction).collect();
    let seeds = vec![(2, Proportion { successes: 0, trials: 0 })];
    Evaluation::new("net", seeds, &classes, images, predictions)
}

#[test]
fn numbers_are_those_worked_out_by_hand() {
    let found = evaluation(&[(0, 0, 0.9), (0, 1, 0.6), (1, 1, 0.5), (1, 1, 0.8), (2, 1, 0.4)]);
    assert_eq!(found.accuracy, Proportion { successes: 3, trials: 5 });
    let loss = -(0.9f64.ln() + 0.2f64.ln() + 0.5f64.ln() + 0.8f64.ln() + 0.3f64.ln()) / 5.0;
    assert!((found.loss - loss).abs() < 1e-6, "{} {loss}", found.loss);
    let [shirt, coat, bag] = found.by_class[..] else { panic!("three classes") };
    assert_eq!(shirt.recall, Proportion { successes: 1, trials: 2 });
    assert_eq!(coat.precision, Proportion { successes: 2, trials: 4 });
    assert_eq!(coat.f1(), Some(2.0 * 2.0 / (2.0 + 4.0)));
    assert_eq!((bag.recall.share(), bag.f1()), (0.0, Some(0.0)));
    let mistakes: Vec<usize> = found.mistakes.iter().map(|mistake| mistake.image).collect();
    assert_eq!(mistakes, [1, 4]);
    assert!(found.mistakes.iter().all(|mistake| mistake.picture.is_some()));
}

#[test]
fn a_page_has_words_for_every_number_and_all_figures() {
    let found = evaluation(&[(0, 0, 0.9), (0, 1, 0.6), (1, 1, 0.5), (1, 1, 0.8), (2, 1, 0.4)]);
    let page = evaluation_page(&found, None);
    for words in [
        "net, seed 2",
        "60.00%",
        "95% interval 23.07 to 88.24%",
        "calibration error",
        "The surest mistakes",
        "Expected calibration error",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert_eq!(page.matches("<svg").count(), 3, "classes, calibration, mistakes");
    let right = evaluation(&[(0, 0, 0.9), (1, 1, 0.6), (2, 2, 0.5)]);
    let page = evaluation_page(&right, None);
    assert!(page.contains("100.00%") && !page.contains("surest mistakes"));
}

#[test]
fn two_networks_are_compared_by_mcnemars_test() {
    let rows = |right: usize| -> Vec<(u8, u8, f32)> {
        (0..40).map(|image| (0, u8::from(image >= right), 0.8)).collect()
    };
    let (good, poor) = (evaluation(&rows(36)), evaluation(&rows(26)));
    let comparison = EvaluationComparison::new(&good, &poor);
    assert_eq!((comparison.test().only_first, comparison.test().only_second), (10, 0));
    assert_eq!(
        comparison.sentence(),
        "net (seed 2) is right on more of these images than net (seed 2): 90.00% against 65.00%, +25.00 points (95% interval \
         +9.34 to +38.28; McNemar's exact test, p = 0.002). Only the first is right on 10 images, only the second on 0."
    );
    let other = EvaluationComparison::new(&poor, &good).sentence();
    assert!(other.contains("fewer of these images"), "{other}");
    let same = EvaluationComparison::new(&good, &good).sentence();
    assert!(same.contains("are right on the same images") && same.contains("p = 1.00"), "{same}");
    let near = EvaluationComparison::new(&good, &evaluation(&rows(35))).sentence();
    assert!(near.contains("Chance may explain"), "{near}");
    assert!(evaluation_page(&good, Some((&poor, &comparison))).contains("more of these images"));
}

#[test]
fn logits_that_overflow_are_wrong_and_told_and_no_images_have_no_scores() {
    let found = evaluation(&[(0, 0, f32::NAN), (1, 1, 0.5)]);
    assert_eq!((found.accuracy.successes, found.overflowed), (1, 1));
    assert_eq!(found.by_class[0].recall, Proportion { successes: 0, trials: 1 });
    assert_eq!(found.by_class[0].precision.trials, 0);
    assert_eq!((found.right(), found.counts()[0][0]), (vec![false, true], 0));
    assert!((found.loss - 2f64.ln()).abs() < 1e-6);
    assert!(evaluation_page(&found, None).contains("images without probabilities"));
    let none = evaluation(&[]);
    assert!(none.loss.is_nan() && none.accuracy.interval().is_none());
    assert!(evaluation_page(&none, None).contains(crate::number::MISSING));
}

#[test]
fn the_other_networks_classes_may_be_in_another_order() {
    let one = evaluation(&[(0, 0, 0.9), (1, 1, 0.6)]);
    let other = evaluation_of(&["Bag", "Hat", "Coat", "Shirt"], &[(3, 3, 0.9), (2, 2, 0.6)]);
    let comparison = EvaluationComparison::new(&one, &other);
    let dir = tempfile::tempdir().unwrap();
    write_evaluation(&one, Some((&other, &comparison)), dir.path()).unwrap();
    let table = std::fs::read_to_string(dir.path().join("predictions.csv")).unwrap();
    assert!(table.contains("0,Shirt,Shirt,0.9,0.9,Shirt,0.9,0.9\n"), "{table}");
}

#[test]
fn all_files_are_written_and_names_are_harmless() {
    let mut found = evaluation(&[(0, 0, 0.9), (0, 1, 0.6)]);
    found.classes[0] = "=1+1<script>".to_owned();
    let dir = tempfile::tempdir().unwrap();
    write_evaluation(&found, None, dir.path()).unwrap();
    let table = std::fs::read_to_string(dir.path().join("predictions.csv")).unwrap();
    assert_eq!(
        table,
        "image,class,predicted,confidence,class_probability\n\
         0,'=1+1<script>,'=1+1<script>,0.9,0.9\n\
         1,'=1+1<script>,Coat,0.6,0.19999999\n"
    );
    let page = std::fs::read_to_string(dir.path().join("report.html")).unwrap();
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"));
    for file in ["report.md", "plots/network_reliability.png", "plots/network_classes.svg"] {
        assert!(dir.path().join(file).is_file(), "{file}");
    }
}
