//! The body of the fuzz target: what this crate's readers promise for any bytes, whoever made them.
//! `crates/hostile` runs it on stored inputs. This module is public for it alone: it is no part of
//! the API, and may change at any time.

use crate::{Model, read_tensors};

/// A network whose parameters are fewer is also run.
const MOST_PARAMETERS: usize = 1 << 16;

/// A safetensors file. What reads as a model is written to a file that reads as the same model, and has
/// finite or infinite logits for an image. Errors are plain text.
pub fn model(bytes: &[u8]) {
    let plain = |message: String| {
        let is_plain = message.chars().all(|c| c == '\n' || !c.is_control());
        assert!(is_plain && message.len() < 100_000, "{message:?}");
    };
    match read_tensors(bytes) {
        Ok(read) => {
            for tensor in &read.tensors {
                assert_eq!(tensor.values.len(), tensor.shape.iter().product::<usize>());
            }
        }
        Err(error) => plain(error.to_string()),
    }
    match Model::from_safetensors(bytes) {
        Ok(model) => {
            let written = model.to_safetensors().expect("it was read");
            let again = Model::from_safetensors(&written).expect("we wrote it");
            // Bytes, since NaN equals nothing.
            assert_eq!(again.to_safetensors().expect("it was read"), written);
            let architecture = model.architecture().expect("it was checked");
            if architecture.parameter_count() < MOST_PARAMETERS {
                let image = vec![0; architecture.input().len()];
                let logits = model.network(1).expect("it was checked").logits(&image, &[0]);
                assert_eq!(logits.len(), model.classes.len());
            }
        }
        Err(error) => plain(error.to_string()),
    }
}
