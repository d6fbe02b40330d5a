//! Scores of ensembles: the mean of the probabilities that a network's seeds give to each test image. They
//! are stored beside the runs, so that a report need not score all images again.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::file_names::ENSEMBLES;
use crate::sealed_json::{self, Sealed};

/// The score of the networks of some runs together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnsembleScore {
    /// The runs' ids, seeds ascending. Other runs have another score.
    pub runs: Vec<String>,
    /// Test images.
    pub images: u64,
    /// How many of them are classified correctly.
    pub right: u64,
    /// The mean of −ln of the mean probability of an image's own class; `None` if logits overflow.
    pub loss: Option<f64>,
}

/// What the file holds.
#[derive(Serialize, Deserialize)]
struct EnsembleFile {
    ensembles: Vec<EnsembleScore>,
}

/// The scores that are stored in a study's directory; none if there is no file.
///
/// # Errors
/// The file can't be read, or is damaged.
pub fn stored_ensembles(dir: &Path) -> Result<Vec<EnsembleScore>, StoreError> {
    let path = dir.join(ENSEMBLES);
    let Some(sealed) = Sealed::<EnsembleFile>::read(&path)? else { return Ok(Vec::new()) };
    if !sealed.is_sealed() {
        return Err(StoreError::damaged(&path, "it has no seal"));
    }
    let EnsembleFile { ensembles } = sealed.checked(&path, &[])?;
    match ensembles.iter().find(|score| score.right > score.images) {
        Some(score) => {
            let EnsembleScore { right, images, .. } = score;
            Err(StoreError::damaged(&path, format!("{right} of {images} images are right")))
        }
        None => Ok(ensembles),
    }
}

/// Stores scores in place of those that are stored.
///
/// # Errors
/// The file can't be written.
pub fn store_ensembles(dir: &Path, ensembles: Vec<EnsembleScore>) -> Result<(), StoreError> {
    sealed_json::write(&dir.join(ENSEMBLES), &EnsembleFile { ensembles }, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_come_back_and_a_changed_file_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(stored_ensembles(dir.path()).unwrap(), []);
        let score = |loss| EnsembleScore {
            runs: vec!["a".into(), "b".into()],
            images: 100,
            right: 91,
            loss,
        };
        let scores = [score(Some(0.1 + 0.2)), score(None)];
        store_ensembles(dir.path(), scores.to_vec()).unwrap();
        assert_eq!(stored_ensembles(dir.path()).unwrap(), scores);
        let path = dir.path().join(ENSEMBLES);
        let text = std::fs::read_to_string(&path).unwrap();
        let unsealed = text.split(",\n  \"seal\"").next().unwrap().to_owned() + "}";
        for changed in [text.replace("91", "92"), text.replace("91", "191"), unsealed] {
            std::fs::write(&path, changed).unwrap();
            let error = stored_ensembles(dir.path()).unwrap_err().to_string();
            assert!(error.contains("ensembles.json"), "{error}");
        }
    }
}
