//! Files that are written and read, and files that nobody should believe.

mod hostile;

use fitroom_nn::Tensor;
use safetensors::serialize;

use super::*;
use crate::models::{models, named};

/// A file with these tensors and this entry of the metadata, as the format's library writes it.
fn file_of(tensors: &[Tensor], entry: Option<(&str, &str)>) -> Vec<u8> {
    let views = tensors.iter().map(|tensor| (tensor.name.as_str(), Values(tensor)));
    let metadata = entry.map(|(key, value)| HashMap::from([(key.to_owned(), value.to_owned())]));
    serialize(views, metadata).unwrap()
}

fn tensor(name: &str, shape: &[usize], values: &[f32]) -> Tensor {
    Tensor { name: name.to_owned(), shape: shape.to_vec(), values: values.to_vec() }
}

fn read_error(file: &[u8]) -> String {
    Model::from_safetensors(file).unwrap_err().to_string()
}

#[test]
fn every_model_comes_back_and_equal_ones_make_equal_files() {
    for (name, model) in models() {
        let file = model.to_safetensors().unwrap();
        let read = Model::from_safetensors(&file).unwrap();
        assert_eq!(read, model, "{name}");
        assert_eq!(read.to_safetensors().unwrap(), file, "{name}");
    }
}

#[test]
fn a_network_with_as_many_layers_as_are_allowed_comes_back() {
    let mut model = named("one-value");
    let norms = 9999;
    model.layers = format!("flatten{}", ", batchnorm".repeat(norms));
    for tensor in &mut model.tensors {
        tensor.name = tensor.name.replace("0.", "10000.");
    }
    for index in 1..=norms {
        for name in ["weight", "bias", "running_mean", "running_var"] {
            model.tensors.push(tensor(&format!("{index}.{name}"), &[1], &[1.0]));
        }
    }
    let file = model.to_safetensors().unwrap();
    let header = u64::from_le_bytes(*file.first_chunk().unwrap());
    assert!((MOST_HEADER_BYTES / 8..MOST_HEADER_BYTES / 2).contains(&header), "{header}");
    assert!(Model::from_safetensors(&file).unwrap() == model);
    assert!(crate::to_model_py(&model).unwrap().content.contains("  # 9999: batchnorm\n"));
    let options = crate::OnnxOptions { fold: true, ..Default::default() };
    assert_eq!(crate::to_onnx(&model, &options).unwrap().notes.len(), norms);
}

#[test]
fn all_fields_and_the_order_of_the_tensors_come_back() {
    let mut model = named("norms-of-vectors");
    model.tensors.reverse();
    model.views.shift = 2;
    model.views.test_time = true;
    model.images.surroundings = None;
    model.normalisation.as_mut().unwrap()[0].mean = 0.1 + f32::EPSILON;
    model.facts.clear();
    let read = Model::from_safetensors(&model.to_safetensors().unwrap()).unwrap();
    assert_eq!(read, model);
    model.normalisation = None;
    assert_ne!(read, model);
    let read = Model::from_safetensors(&model.to_safetensors().unwrap()).unwrap();
    assert_eq!(read, model);
}

#[test]
fn tensors_have_pytorchs_names_and_layouts() {
    let model = named("same-even");
    let file = model.to_safetensors().unwrap();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let mut names = tensors.names();
    names.sort_unstable();
    assert_eq!(names, ["0.bias", "0.weight", "5.bias", "5.weight"]);
    let weight = tensors.tensor("0.weight").unwrap();
    assert_eq!((weight.dtype(), weight.shape()), (Dtype::F32, &[5, 2, 2, 4][..]));
    assert_eq!(from_little_endian(weight.data()), model.tensors[0].values);
}

#[test]
fn values_of_a_run_that_diverged_come_back_bit_for_bit() {
    let mut model = named("one-value");
    let values = [f32::NAN, f32::NEG_INFINITY];
    for (tensor, value) in model.tensors.iter_mut().zip(values) {
        tensor.values = vec![value];
    }
    let read = Model::from_safetensors(&model.to_safetensors().unwrap()).unwrap();
    for (tensor, value) in read.tensors.iter().zip(values) {
        assert_eq!(tensor.values[0].to_bits(), value.to_bits());
    }
}

#[test]
fn a_model_whose_parts_do_not_fit_is_not_written() {
    let error = |change: &dyn Fn(&mut Model)| {
        let mut model = named("dense-first");
        change(&mut model);
        model.to_safetensors().unwrap_err().to_string()
    };
    for (message, expected) in [
        (
            error(&|model| model.layers = "dens 3".to_owned()),
            "network `dense-first`: unknown layer `dens`",
        ),
        (
            error(&|model| model.tensors.truncate(3)),
            "network `dense-first`: tensor `2.bias` is missing",
        ),
        (
            error(&|model| model.tensors[1].values.truncate(3)),
            "network `dense-first`: tensor `0.bias` has shape [12], this network needs [12]",
        ),
        (
            error(&|model| model.tensors[3] = model.tensors[1].clone()),
            "network `dense-first` has tensor `0.bias` twice",
        ),
        (error(&|model| model.classes.clear()), "network `dense-first` has 0 classes\nhint: "),
        (
            error(&|model| model.images.width = 0),
            "network `dense-first` has images of 5×0×1 values\nhint: ",
        ),
        (
            error(&|model| model.images.height = usize::MAX),
            "network `dense-first` has images of 18446744073709551615×7×1 values\nhint: ",
        ),
        (
            error(&|model| model.normalisation = Some(Vec::new())),
            "network `dense-first` normalises 0 channels, and its images have 1",
        ),
        (
            error(&|model| model.images.surroundings.as_mut().unwrap().border = f64::NAN),
            "network `dense-first`: the brightness of its images' border is NaN\nhint: it is from 0 to 255",
        ),
        (
            error(&|model| model.classes[2] = "a\nb".to_owned()),
            "the class `a\u{fffd}b` has control characters\nhint: names are one line of plain text",
        ),
    ] {
        assert!(message.starts_with(expected), "{message}");
    }
    let mut model = named("no-layers");
    model.normalisation.as_mut().unwrap()[2].std = f32::INFINITY;
    let error = model.to_safetensors().unwrap_err().to_string();
    assert!(error.contains("a channel's standard deviation is inf\nhint: "), "{error}");
}

#[test]
fn any_file_gives_its_numbers_as_f32_and_names_the_rest() {
    let view =
        |dtype, shape: &[usize], bytes| TensorView::new(dtype, shape.to_vec(), bytes).unwrap();
    let (one, seven) = (1.5_f32.to_le_bytes(), 7_i64.to_le_bytes());
    let wide = [1e-3_f64, f64::INFINITY].map(f64::to_le_bytes).concat();
    let file = serialize(
        [
            ("b.half", view(Dtype::F16, &[4], &[0, 0x3c, 1, 0, 0, 0xfc, 1, 0x7e])),
            ("a.brain", view(Dtype::BF16, &[2, 1], &[0x80, 0x3f, 0x49, 0xc0])),
            ("c.wide", view(Dtype::F64, &[2], &wide)),
            ("d.weight", view(Dtype::F32, &[], &one)),
            ("e.empty", view(Dtype::F32, &[0, 3], &[])),
            ("0.num_batches_tracked", view(Dtype::I64, &[], &seven)),
        ],
        None,
    );
    let AnyTensors { mut tensors, others } = read_tensors(&file.unwrap()).unwrap();
    let half = tensors.remove(1);
    // 1, the smallest number above 0, −∞, and not a number.
    assert_eq!((half.name.as_str(), half.shape), ("b.half", vec![4]));
    assert_eq!(half.values[..3], [1.0, f32::powi(2.0, -24), f32::NEG_INFINITY]);
    assert!(half.values[3].is_nan());
    assert_eq!(
        tensors,
        [
            tensor("a.brain", &[2, 1], &[1.0, -3.140_625]),
            tensor("c.wide", &[2], &[1e-3, f32::INFINITY]),
            tensor("d.weight", &[], &[1.5]),
            tensor("e.empty", &[0, 3], &[]),
        ]
    );
    let (name, dtype) = ("0.num_batches_tracked".to_owned(), "I64".to_owned());
    assert_eq!(others, [OtherTensor { name, dtype, shape: Vec::new() }]);
    let beyond = 1e300_f64.to_le_bytes();
    let file = serialize([("x", view(Dtype::F64, &[1], &beyond))], None).unwrap();
    let error = read_tensors(&file).unwrap_err().to_string();
    assert!(
        error.starts_with("tensor `x` holds 1000") && error.ends_with("too large for f32"),
        "{error}"
    );
    // A model's file is a file of tensors too.
    let model = named("norms-of-images");
    let read = read_tensors(&model.to_safetensors().unwrap()).unwrap();
    assert_eq!(read.tensors.len(), model.tensors.len());
    assert!(model.tensors.iter().all(|tensor| read.tensors.contains(tensor)));
}
