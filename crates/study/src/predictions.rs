//! Predictions: how a finished run's network classifies each test image, with the weights of its
//! best epoch.
//!
//! A run stores its predictions before its outcome, so a finished run has them.

use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use fitroom_data::LabelledImages;
use fitroom_nn::{Network, Score};

use crate::seal::sha256;
use crate::{DatasetFacts, StoreError, files};

/// Images that are scored between two checks of the stop flag.
pub(crate) const SCORED_AT_ONCE: usize = 1000;

/// A network's prediction for one test image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The image's class.
    pub label: u8,
    /// The class that the network predicts: that of the largest logit; of equals, the first.
    pub predicted: u8,
    /// Probability of the predicted class: softmax of the logits, from 0 to 1. NaN if the logits
    /// overflowed.
    pub confidence: f32,
    /// Probability of the image's own class: softmax of the logits, from 0 to 1.
    pub label_probability: f32,
}

impl Prediction {
    /// Whether the network predicts the image's own class.
    pub fn is_right(&self) -> bool {
        self.predicted == self.label
    }
}

/// What [`predict`] found, and how long it took.
pub(crate) struct Predicted {
    pub score: Score,
    pub predictions: Vec<Prediction>,
    /// Wall-clock seconds of an image, in the fastest batch: other programs make the others slower.
    /// Infinite without images.
    pub seconds_per_image: f64,
}

/// Classifies and scores all `images`. `None` if it was told to stop.
pub(crate) fn predict(
    network: &mut Network,
    images: &LabelledImages,
    stop: &AtomicBool,
) -> Option<Predicted> {
    network.together(|network| {
        let all: Vec<u32> = (0..images.len() as u32).collect();
        let class_count = network.classes();
        let (mut classes, mut probabilities) =
            ([0; SCORED_AT_ONCE], vec![0.0; SCORED_AT_ONCE * class_count]);
        let (mut score, mut predictions) = (Score::default(), Vec::with_capacity(all.len()));
        let mut seconds_per_image = f64::INFINITY;
        for indices in all.chunks(SCORED_AT_ONCE) {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let (classes, probabilities) =
                (&mut classes[..indices.len()], &mut probabilities[..indices.len() * class_count]);
            let start = Instant::now();
            score +=
                network.predict(&images.images, &images.labels, indices, classes, probabilities);
            let seconds = start.elapsed().as_secs_f64();
            seconds_per_image = seconds_per_image.min(seconds / indices.len() as f64);
            let labels = &images.labels[indices[0] as usize..];
            predictions.extend(
                labels.iter().zip(&*classes).zip(probabilities.chunks(class_count)).map(
                    |((&label, &predicted), probabilities)| Prediction {
                        label,
                        predicted,
                        confidence: probabilities[usize::from(predicted)],
                        label_probability: probabilities[usize::from(label)],
                    },
                ),
            );
        }
        Some(Predicted { score, predictions, seconds_per_image })
    })
}

const HEADER: &str = "image,label,predicted,confidence,label_probability\n";

/// More bytes than any row has: a number of ten digits, two classes, and two probabilities.
const LONGEST_ROW: u64 = 64;
/// Bytes of `0,0,0,1,0` with the end of its line.
const SHORTEST_ROW: usize = 10;

/// Writes `predictions.csv`: one row per test image, in order. A probability is the shortest text
/// that reads back to the same number. Returns the file's SHA-256.
pub(crate) fn save(path: &Path, predictions: &[Prediction]) -> Result<String, StoreError> {
    let mut text = String::with_capacity(HEADER.len() + 40 * predictions.len());
    text.push_str(HEADER);
    for (image, at) in predictions.iter().enumerate() {
        let Prediction { label, predicted, confidence, label_probability } = at;
        let _ = writeln!(text, "{image},{label},{predicted},{confidence:?},{label_probability:?}");
    }
    files::write_whole(path, text.as_bytes())?;
    Ok(sha256(text.as_bytes()))
}

/// Reads the predictions that [`save`] wrote, for the test images of `dataset`, and the file's
/// SHA-256. `None` if there is no such file.
pub(crate) fn load(
    path: &Path,
    dataset: &DatasetFacts,
) -> Result<Option<(Vec<Prediction>, String)>, StoreError> {
    let most_bytes =
        LONGEST_ROW.saturating_mul(dataset.test_images as u64).saturating_add(HEADER.len() as u64);
    let Some(bytes) = files::read_at_most(path, most_bytes)? else { return Ok(None) };
    let damaged =
        |line: usize, problem: &str| StoreError::damaged(path, format!("line {line}: {problem}"));
    let text = str::from_utf8(&bytes).map_err(|error| StoreError::damaged(path, error))?;
    let rows = text.strip_prefix(HEADER).ok_or_else(|| damaged(1, "it should name the columns"))?;
    // Room for the rows that the file can have, since `test_images` comes from a file and may be
    // any number.
    let mut predictions = Vec::with_capacity(dataset.test_images.min(rows.len() / SHORTEST_ROW));
    for (image, row) in rows.split_inclusive('\n').enumerate() {
        let prediction = parse(row, image, dataset.classes.len())
            .map_err(|problem| damaged(image + 2, problem))?;
        predictions.push(prediction);
    }
    if predictions.len() != dataset.test_images {
        let problem =
            format!("it has {} rows for {} test images", predictions.len(), dataset.test_images);
        return Err(StoreError::damaged(path, problem));
    }
    Ok(Some((predictions, sha256(&bytes))))
}

fn parse(row: &str, image: usize, classes: usize) -> Result<Prediction, &'static str> {
    let row = row.strip_suffix('\n').ok_or("it is cut off")?;
    let mut cells = row.split(',');
    let mut cell = || cells.next().ok_or("it does not have five values");
    if cell()?.parse() != Ok(image) {
        return Err("images should be numbered from 0");
    }
    let class = |text: &str| {
        text.parse::<u8>()
            .ok()
            .filter(|&class| usize::from(class) < classes)
            .ok_or("it names a class that does not exist")
    };
    let probability = |text: &str| {
        let number = text.parse::<f32>().ok().filter(|p| (0.0..=1.0).contains(p) || p.is_nan());
        number.ok_or("probabilities should be between 0 and 1")
    };
    let prediction = Prediction {
        label: class(cell()?)?,
        predicted: class(cell()?)?,
        confidence: probability(cell()?)?,
        label_probability: probability(cell()?)?,
    };
    if cells.next().is_some() { Err("it does not have five values") } else { Ok(prediction) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data;

    fn facts(images: usize) -> DatasetFacts {
        DatasetFacts::from(&test_data::dataset(3, images))
    }

    fn prediction(label: u8, predicted: u8, confidence: f32, label_probability: f32) -> Prediction {
        Prediction { label, predicted, confidence, label_probability }
    }

    #[test]
    fn predictions_come_back_bit_for_bit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("predictions.csv");
        assert_eq!(load(&path, &facts(3)).unwrap(), None);
        let predictions = vec![
            prediction(0, 2, 0.333_333_34, f32::from_bits(1)),
            prediction(1, 1, 1.0, 1.0),
            prediction(2, 0, 0.100_000_024, 0.0),
        ];
        save(&path, &predictions).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            format!("{HEADER}0,0,2,0.33333334,1e-45\n1,1,1,1.0,1.0\n2,2,0,0.100000024,0.0\n")
        );
        assert_eq!(load(&path, &facts(3)).unwrap(), Some((predictions, sha256(text.as_bytes()))));
        // NaN reads back as NaN.
        save(&path, &[prediction(0, 0, f32::NAN, f32::NAN)]).unwrap();
        assert!(load(&path, &facts(1)).unwrap().unwrap().0[0].confidence.is_nan());
    }

    #[test]
    fn nothing_is_allocated_because_the_data_set_is_said_to_be_large() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("predictions.csv");
        save(&path, &[prediction(0, 0, 1.0, 1.0)]).unwrap();
        let facts = DatasetFacts { test_images: usize::MAX, ..facts(1) };
        let error = load(&path, &facts).unwrap_err().to_string();
        assert!(error.contains("it has 1 rows for 18446744073709551615 test images"), "{error}");
    }

    #[test]
    fn damage_is_an_error_that_names_the_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("predictions.csv");
        let good = "0,0,2,0.5,0.25\n1,1,1,1.0,1.0\n";
        for (rows, problem) in [
            ("0,0,2,0.5,0.25\n", "it has 1 rows for 2 test images"),
            ("0,0,2,0.5,0.25\n1,1,1,1.0,1.0\n2,1,1,1.0,1.0\n", "it has 3 rows for 2 test images"),
            ("0,0,2,0.5,0.25\n1,1,1,1.0,1.0", "line 3: it is cut off"),
            ("0,0,2,0.5,0.25\n2,1,1,1.0,1.0\n", "line 3: images should be numbered from 0"),
            ("0,3,2,0.5,0.25\n", "line 2: it names a class that does not exist"),
            ("0,0,256,0.5,0.25\n", "line 2: it names a class that does not exist"),
            ("0,0,2,1.5,0.25\n", "line 2: probabilities should be between 0 and 1"),
            ("0,0,2,0.5,-0.25\n", "line 2: probabilities should be between 0 and 1"),
            ("0,0,2,0.5\n", "line 2: it does not have five values"),
            ("0,0,2,0.5,0.25,1\n", "line 2: it does not have five values"),
        ] {
            std::fs::write(&path, format!("{HEADER}{rows}")).unwrap();
            let error = load(&path, &facts(2)).unwrap_err().to_string();
            assert!(
                error.contains("predictions.csv is damaged: ") && error.contains(problem),
                "{error}"
            );
            let hint = format!("move {} away", path.display());
            assert!(error.contains(&hint), "the run itself is not damaged: {error}");
        }
        std::fs::write(&path, good).unwrap();
        assert!(
            load(&path, &facts(2))
                .unwrap_err()
                .to_string()
                .contains("line 1: it should name the columns")
        );
        std::fs::write(&path, format!("{HEADER}{}", " ".repeat(1000))).unwrap();
        let error = load(&path, &facts(2)).unwrap_err().to_string();
        assert!(error.contains("it has 1051 bytes, and 179 are the most it could need"), "{error}");
        std::fs::write(&path, format!("{HEADER}{good}")).unwrap();
        assert_eq!(load(&path, &facts(2)).unwrap().unwrap().0.len(), 2);
    }
}
