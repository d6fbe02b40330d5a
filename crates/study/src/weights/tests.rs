//! Files of weights: what is read back from them, and how damage is reported.

use fitroom_nn::{Recipe, Shape};
use safetensors::tensor::TensorView;

use safetensors::SafeTensors;

use super::*;

const ID: &str = "0123456789abcdef";

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
    save(path, ID, network.state(), saved_at)
}

#[test]
fn tensors_come_back_bit_for_bit_and_equal_ones_make_equal_files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    assert_eq!(load(&path, ID).unwrap(), None);
    let saved_at = SavedAt { epoch: 3, steps: 1 << 40, part: None };
    save_all(&path, &tensors(), saved_at).unwrap();
    let first = std::fs::read(&path).unwrap();
    assert_eq!(load(&path, ID).unwrap(), Some((tensors(), saved_at)));
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
        let error = load(&path, ID).unwrap_err().to_string();
        assert!(error.contains("w.safetensors is damaged: "), "{error}");
    }
    save_all(&path, &tensors(), SavedAt { epoch: 1, steps: u64::MAX, part: None }).unwrap();
    let error = load(&path, ID).unwrap_err().to_string();
    assert!(
        error.contains("it says that it was saved after 18446744073709551615 steps"),
        "{error}"
    );
    let half = TensorView::new(Dtype::F16, vec![2], &[0; 4]).unwrap();
    let mut seal = seal_of(ID, &SavedAt { epoch: 1, steps: 1, part: None });
    begin_tensor(&mut seal, "0.bias", &[2], 4);
    seal.add_bytes(&[0; 4]);
    write_by_library(
        &path,
        half,
        &format!(r#"{{"epoch":1,"steps":1,"seal":"{}"}}"#, seal.finish()),
    );
    let error = load(&path, ID).unwrap_err().to_string();
    assert!(error.contains("tensor `0.bias` holds F16 and not F32"), "{error}");
}

fn write_by_library(path: &Path, tensor: TensorView, about: &str) {
    let metadata = HashMap::from([(METADATA_KEY.to_owned(), about.to_owned())]);
    std::fs::write(path, safetensors::serialize([("0.bias", tensor)], Some(metadata)).unwrap())
        .unwrap();
}

#[test]
fn every_flipped_bit_is_found_or_harmless_and_so_is_a_file_of_another_run() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    let part = EpochPart { images: 16, loss_sum: 0.1 + 0.2, ..EpochPart::default() };
    let saved_at = SavedAt { epoch: 3, steps: 40, part: Some(part) };
    save_all(&path, &tensors(), saved_at).unwrap();
    let error = load(&path, "another").unwrap_err().to_string();
    assert!(error.contains("w.safetensors is damaged: its seal does not match"), "{error}");
    let whole = std::fs::read(&path).unwrap();
    for (at, bit) in (0..whole.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << bit;
        std::fs::write(&path, flipped).unwrap();
        match load(&path, ID).map(|read| read.unwrap()) {
            Ok(read) => assert_eq!(read, (tensors(), saved_at), "byte {at}, bit {bit}"),
            Err(error) => assert!(error.to_string().contains("w.safetensors is damaged: ")),
        }
    }
}

#[test]
fn a_file_of_an_earlier_version_is_read_by_the_digest_of_its_tensors() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    let bytes = [1.0_f32, 2.0].map(f32::to_le_bytes).concat();
    let parts = [&6_u64.to_le_bytes()[..], b"0.bias", &8_u64.to_le_bytes(), &bytes].concat();
    let sha256 = crate::seal::sha256(&parts);
    let tensor = || TensorView::new(Dtype::F32, vec![2], &bytes).unwrap();
    write_by_library(&path, tensor(), &format!(r#"{{"epoch":1,"steps":5,"sha256":"{sha256}"}}"#));
    let (read, saved_at) = load(&path, ID).unwrap().unwrap();
    assert_eq!((read[0].values.as_slice(), saved_at.steps), ([1.0, 2.0].as_slice(), 5));
    let wrong = sha256.replace('0', "1");
    write_by_library(&path, tensor(), &format!(r#"{{"epoch":1,"steps":5,"sha256":"{wrong}"}}"#));
    let error = load(&path, ID).unwrap_err().to_string();
    assert!(error.contains("its seal does not match its content"), "{error}");
    write_by_library(&path, tensor(), r#"{"epoch":1,"steps":5}"#);
    let error = load(&path, ID).unwrap_err().to_string();
    assert!(error.contains("its seal does not match its content"), "{error}");
}

#[test]
fn no_more_is_read_than_the_network_can_need() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("w.safetensors");
    let image = Shape::Image { channels: 1, height: 2, width: 2 };
    let architecture = Architecture::parse(image, "dense 3, batchnorm", 2).unwrap();
    let mut network = Network::new(&architecture, &Recipe::default(), 1, 1);
    assert_eq!(restore(&path, ID, &mut network).unwrap(), None);
    let saved_at = SavedAt { epoch: 1, steps: 1, part: None };
    save(&path, ID, all_of(&network), saved_at).unwrap();
    assert_eq!(restore(&path, ID, &mut network).unwrap(), Some(saved_at));
    let error = load_into(&path, ID, &mut network).unwrap_err().to_string();
    assert!(
        error.contains("w.safetensors is damaged: "),
        "a checkpoint holds more than weights: {error}"
    );
    save(&path, ID, network.state(), saved_at).unwrap();
    assert_eq!(load_into(&path, ID, &mut network).unwrap(), Some(saved_at));

    let other = Architecture::parse(image, "dense 4, batchnorm", 2).unwrap();
    let error = load_of(&path, ID, &other).unwrap_err().to_string();
    assert!(
        error.contains(
            "w.safetensors is damaged: tensor `0.weight` has shape [3, 4], its network needs [4, 4]"
        ),
        "{error}"
    );

    // A sparse file: it takes no room on the disk, but reading it would take memory.
    std::fs::File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
    for error in [
        restore(&path, ID, &mut network).unwrap_err(),
        load_into(&path, ID, &mut network).unwrap_err(),
        load_of(&path, ID, &architecture).unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(
            error.contains("w.safetensors is damaged: it has 1099511627776 bytes, and "),
            "{error}"
        );
    }
}
