//! Tests of predictors.

use super::*;
use crate::test_data::{dataset, study, study_of, trained};

#[test]
fn a_test_image_is_predicted_as_stored_by_each_seed() {
    let dir = tempfile::tempdir().unwrap();
    let stored = trained(study(), dir.path());
    let mut predictor = Predictor::open(&stored, "small", None).unwrap();
    assert!(predictor.seeds().eq([1, 2]) && predictor.left_out().is_empty());
    for (at, image) in dataset().test.images.chunks(9).enumerate() {
        let found = predictor.predict(image).unwrap();
        for (seed, run) in found.seeds.iter().zip(&stored.runs) {
            let expected = stored.predictions(run).unwrap().unwrap()[at];
            let probability = seed.probabilities[usize::from(expected.predicted)];
            assert_eq!((seed.seed, probability), (run.seed, expected.confidence));
        }
        let mean = (found.seeds[0].probabilities[1] + found.seeds[1].probabilities[1]) / 2.0;
        assert!((found.mean[1] - mean).abs() < 1e-6);
    }
    let error = predictor.predict(&[0; 8]).unwrap_err();
    assert!(matches!(error, PredictionError::WrongLength { expected: 9, found: 8 }));
}

#[test]
fn predictions_are_those_of_predictions_csv_for_all_kinds_of_networks_and_numbers_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = dataset();
    let study = study_of(
        "network = [\n\
         { name = 'none', layers = '' },\n\
         { name = 'dense', layers = 'dense 8, relu, dropout 0.2, dense 5, batchnorm' },\n\
         { name = 'conv', layers = 'conv 4 2x2 pad 1, batchnorm, relu, maxpool 2x2, flatten, dense 6, relu' },\n\
         { name = 'normalised', layers = 'conv 3 2x2, relu, flatten', normalise = 'mean-std' },\n\
         { name = 'views', layers = 'dense 4, relu', augmentation = { shift = 1, flip = true, test_time = true } },\n\
         ]",
    );
    let stored = trained(study, dir.path());
    for network in 0..stored.study.networks.len() {
        let found =
            || models_of_network(&stored, network, SeedChoice::All, Some(&dataset)).unwrap();
        let mut one = Predictor::of(found(), 1, 1).unwrap();
        let mut two = Predictor::of(found(), 20, 2).unwrap();
        let name = one.network().to_owned();
        let predictions = two.predict_all(&dataset.test.images).unwrap();
        assert_eq!(predictions.len(), 20);
        for (at, image) in dataset.test.images.chunks(9).enumerate() {
            assert_eq!(one.predict(image).unwrap(), predictions[at], "{name}");
        }
        let runs = stored.runs.iter().filter(|run| run.network == network);
        for (seed, run) in runs.enumerate() {
            let stored = stored.predictions(run).unwrap().unwrap();
            for (prediction, expected) in predictions.iter().zip(stored) {
                let found = &prediction.seeds[seed];
                assert_eq!(found.class(), Some(usize::from(expected.predicted)), "{name}");
                let p = &found.probabilities;
                assert_eq!(p[usize::from(expected.predicted)], expected.confidence, "{name}");
                assert_eq!(p[usize::from(expected.label)], expected.label_probability, "{name}");
            }
        }
    }
}

#[test]
fn networks_take_no_more_memory_than_they_may() {
    let dir = tempfile::tempdir().unwrap();
    let stored = trained(study(), dir.path());
    let found = || models_of_network(&stored, 0, SeedChoice::All, None).unwrap();
    let architecture = found().models[0].architecture().unwrap();
    let bytes = NetworkMemory::of(&architecture, &Recipe::default(), 1, 1).reserved;
    let one = Predictor::within(found(), 1, 1, bytes).unwrap();
    assert_eq!((one.seeds().count(), one.left_out()[0].because), (1, LeftOutBecause::NoRoom));
    let none = Predictor::within(found(), 1, 1, bytes - 1).err().unwrap();
    assert!(matches!(none, PredictionError::TooLarge { .. }));
}

#[test]
fn logits_that_overflow_give_no_class() {
    let of = |mean: &[f32]| Prediction { seeds: Vec::new(), mean: mean.to_vec() }.class();
    assert_eq!(of(&[0.2, 0.4, 0.4]), Some(1));
    assert_eq!(of(&[f32::NAN; 3]), None);
    assert_eq!(of(&[]), None);
}
