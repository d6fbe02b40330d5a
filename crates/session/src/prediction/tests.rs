//! Tests of predictors.

use fitroom_study::{RunOptions, StoredRun};

use super::*;
use crate::test_data::{dataset, study};
use crate::{Session, SessionControl};

fn trained(dir: &std::path::Path) -> StoredStudy {
    let (run_options, dir) = (RunOptions::new(1), dir.join("out"));
    let session = Session {
        study: study(),
        dataset: dataset(),
        dir: dir.clone(),
        margin: 0.005,
        run_options,
    };
    session.train(&SessionControl::default(), &mut |_| {}).unwrap().runs.unwrap();
    StoredStudy::open(&dir).unwrap()
}

#[test]
fn a_test_image_is_predicted_as_stored_by_each_seed() {
    let dir = tempfile::tempdir().unwrap();
    let stored = trained(dir.path());
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
fn what_can_not_predict_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let stored = trained(dir.path());
    let error = Predictor::open(&stored, "smal", None).err().unwrap().to_string();
    assert!(error.contains("did you mean `small`?"), "{error}");
    let bytes = stored.trained_network_bytes(0).unwrap();
    let one = Predictor::open_within(&stored, "small", None, bytes).unwrap();
    assert_eq!((one.seeds().count(), one.left_out()[0].because), (1, LeftOutBecause::NoRoom));
    let none = Predictor::open_within(&stored, "small", None, bytes - 1).err().unwrap();
    assert!(matches!(none, PredictionError::TooLarge { .. }));

    let path = |run: &StoredRun| stored.dir.join("runs").join(&run.id).join("best.safetensors");
    std::fs::remove_file(path(&stored.runs[0])).unwrap();
    let one = Predictor::open(&stored, "small", None).unwrap();
    assert_eq!((one.left_out()[0].seed, one.left_out()[0].because), (1, LeftOutBecause::NoWeights));
    std::fs::write(path(&stored.runs[1]), b"broken").unwrap();
    let error = Predictor::open(&stored, "small", None).err().unwrap().to_string();
    assert!(error.contains(&stored.runs[1].id) && error.contains("damaged"), "{error}");
    std::fs::remove_file(path(&stored.runs[1])).unwrap();
    let error = Predictor::open(&stored, "small", None).err().unwrap().to_string();
    assert!(error.contains("seed 2") && error.contains("no best.safetensors"), "{error}");
}
