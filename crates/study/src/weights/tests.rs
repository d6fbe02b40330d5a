//! Files of weights: what is read back from them, and how damage is reported.

use fitroom_nn::{Recipe, Shape};
use safetensors::tensor::TensorView;

use safetensors::SafeTensors;

use super::*;

fn tensors() -> Vec<Tensor> {
    let tensor = |name: &str, shape: &[usize], values: &[f32]| Tensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        values: values.to_vec(),
    };
    vec![
        tensor("0.bias", &[2], &[f32::MIN_POSITIVE, -0.0]),
        tensor("0.weight", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, f32::INFINITY]),
    ]
}

/// Writes the tensors by way of a network that holds them.
fn save_all(path: &Path, tensors: &[Tensor], saved_at: SavedAt) -> Result<(), StoreError> {
    let architecture = Architecture::parse(Shape::Flat { features: 3 }, "", 2).unwrap();
    let mut network = Network::new(&architecture, &Recipe::default(), 1, 1);
    network.load_tensors(tensors).unwrap();
    save(path, network.state(), saved_at)
}

#[test]
fn tensors_come_back_bit_for_bit_and_equal_ones_make_equal_files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    assert_eq!(load(&path).unwrap(), None);
    let saved_at = SavedAt { epoch: 3, steps: 1 << 40, part: None };
    save_all(&path, &tensors(), saved_at).unwrap();
    let first = std::fs::read(&path).unwrap();
    assert_eq!(load(&path).unwrap(), Some((tensors(), saved_at)));
    save_all(&path, &tensors(), saved_at).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), first);
    let (_, header) = SafeTensors::read_metadata(&first).unwrap();
    let by_library = safetensors::serialize(
        SafeTensors::deserialize(&first).unwrap().iter(),
        header.metadata().clone(),
    );
    assert_eq!(by_library.unwrap(), first, "the format's own library writes the same");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "what was written aside is gone");
}

#[test]
fn damage_is_an_error_that_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    save_all(&path, &tensors(), SavedAt { epoch: 1, steps: 1, part: None }).unwrap();
    let whole = std::fs::read(&path).unwrap();
    // Flip one bit of the last value.
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in
        [&flipped, &whole[..whole.len() - 3], &whole[..5], b"", &[whole.as_slice(), b"x"].concat()]
    {
        std::fs::write(&path, damaged).unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("w.safetensors is damaged: "), "{error}");
    }
    save_all(&path, &tensors(), SavedAt { epoch: 1, steps: u64::MAX, part: None }).unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(
        error.contains("it says that it was saved after 18446744073709551615 steps"),
        "{error}"
    );
    let half = TensorView::new(Dtype::F16, vec![2], &[0; 4]).unwrap();
    let metadata =
        HashMap::from([(METADATA_KEY.to_owned(), r#"{"epoch":1,"steps":1}"#.to_owned())]);
    std::fs::write(&path, safetensors::serialize([("0.bias", half)], Some(metadata)).unwrap())
        .unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(error.contains("tensor `0.bias` holds F16 and not F32"), "{error}");
}

#[test]
fn no_more_is_read_than_the_network_can_need() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    let image = Shape::Image { channels: 1, height: 2, width: 2 };
    let architecture = Architecture::parse(image, "dense 3, batchnorm", 2).unwrap();
    let mut network = Network::new(&architecture, &Recipe::default(), 1, 1);
    assert_eq!(restore(&path, &mut network).unwrap(), None);
    let saved_at = SavedAt { epoch: 1, steps: 1, part: None };
    save(&path, all_of(&network), saved_at).unwrap();
    assert_eq!(restore(&path, &mut network).unwrap(), Some(saved_at));
    let error = load_into(&path, &mut network).unwrap_err().to_string();
    assert!(
        error.contains("w.safetensors is damaged: "),
        "a checkpoint holds more than weights: {error}"
    );
    save(&path, network.state(), saved_at).unwrap();
    assert_eq!(load_into(&path, &mut network).unwrap(), Some(saved_at));

    // A sparse file: it takes no room on the disk, but reading it would take memory.
    std::fs::File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
    for error in [
        restore(&path, &mut network).unwrap_err(),
        load_into(&path, &mut network).unwrap_err(),
        load_of(&path, &architecture).unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(
            error.contains("w.safetensors is damaged: it has 1099511627776 bytes, and "),
            "{error}"
        );
    }
}
