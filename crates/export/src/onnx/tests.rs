//! What stands in the files. ONNX Runtime reads them in `crates/export/check`.

use super::message::{Dimension, Size, UINT8};
use super::*;
use crate::models::{images, models, named};
use crate::{ExportNote, KeptBecause};

fn graph_of(model: &Model, input: OnnxInput, fold: bool) -> message::Graph {
    let file = to_onnx(model, &OnnxOptions { input, fold }).unwrap().content;
    message::Model::decode(file.as_slice()).unwrap().graph.unwrap()
}

fn operators(graph: &message::Graph) -> String {
    graph.node.iter().map(|node| node.op_type.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_graph_is_the_network_between_two_changes_of_layout() {
    let model = named("same-even");
    let graph = graph_of(&model, OnnxInput::Bytes, false);
    assert_eq!(
        operators(&graph),
        "Transpose Cast Mul Conv Div Erf Add Mul Mul MaxPool AveragePool Flatten Gemm Softmax"
    );
    let names: Vec<&str> = graph.node.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names[3..6], ["0.conv", "1.gelu.scaled", "1.gelu.erf"]);
    assert_eq!(
        names[8..],
        ["1.gelu", "2.maxpool", "3.avgpool", "4.flatten", "logits", "probabilities"]
    );
    // Each node reads what stands before it.
    let mut known: Vec<&str> =
        graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    known.push(&graph.input[0].name);
    for node in &graph.node {
        assert!(node.input.iter().all(|name| known.contains(&name.as_str())), "{node:?}");
        assert!(!known.contains(&node.output[0].as_str()), "{node:?}");
        known.push(&node.output[0]);
    }
    let pads =
        |at: usize| graph.node[at].attribute.iter().find(|found| found.name == "pads").unwrap();
    assert_eq!(pads(3).ints, [0, 1, 1, 2]);
    assert_eq!(pads(9).ints, [0, 1, 1, 1]);
    assert_eq!(pads(10).ints, [1, 0, 2, 1]);
}

#[test]
fn inputs_are_bytes_or_floats_in_their_own_layouts_and_the_batch_is_free() {
    let model = named("dense-first-colour");
    for (input, elem_type, sizes, first) in [
        (OnnxInput::Bytes, UINT8, [5, 4, 3], "Transpose Cast Mul Mul Add Flatten Gemm"),
        (OnnxInput::Floats, FLOAT, [3, 5, 4], "Mul Add Flatten Gemm"),
    ] {
        let graph = graph_of(&model, input, false);
        assert!(operators(&graph).starts_with(first));
        let tensor = graph.input[0].r#type.clone().unwrap().tensor_type.unwrap();
        let batch = Size::Name("batch".to_owned());
        let dim = [batch].into_iter().chain(sizes.map(Size::Value));
        let dim: Vec<Dimension> = dim.map(|size| Dimension { value: Some(size) }).collect();
        assert_eq!((tensor.elem_type, tensor.shape.unwrap().dim), (elem_type, dim));
        let outputs: Vec<&str> = graph.output.iter().map(|value| value.name.as_str()).collect();
        assert_eq!(outputs, ["logits", "probabilities"]);
    }
}

#[test]
fn tensors_keep_pytorchs_names_and_values() {
    for (name, model) in models() {
        let graph = graph_of(&model, OnnxInput::Floats, false);
        for tensor in &model.tensors {
            let found = graph.initializer.iter().find(|found| found.name == tensor.name);
            let found = found.unwrap_or_else(|| panic!("{name}: {}", tensor.name));
            assert_eq!(found.dims, message::to_int64(&tensor.shape));
            let bytes = found.raw_data.as_deref().unwrap();
            assert_eq!(crate::bytes::from_little_endian(bytes), tensor.values);
        }
    }
}

#[test]
fn every_kind_of_layer_is_tried() {
    let models = models();
    let layers: Vec<_> = models
        .iter()
        .flat_map(|(_, model)| model.architecture().unwrap().layers().to_vec())
        .collect();
    for name in fitroom_nn::LayerSpec::NAMES {
        assert!(layers.iter().any(|layer| layer.spec.name() == *name), "no model has `{name}`");
    }
}

/// The model with `dropout 0`, which does nothing, in the place of each folded batch norm.
fn folded(model: &Model) -> (Model, Vec<ExportNote>) {
    let checked = CheckedModel::new(model).unwrap();
    let folding = Folding::of(&checked);
    let mut folded = model.clone();
    folded.tensors.clear();
    // What stands before the first batch norm, and each batch norm with what follows.
    let mut words = model.layers.split("batchnorm");
    folded.layers = words.next().unwrap().to_owned();
    for (index, layer) in checked.architecture.layers().iter().enumerate() {
        if let fitroom_nn::LayerSpec::BatchNorm(_) = layer.spec {
            let after = words.next().unwrap();
            folded.layers += &match folding.has_folded(index) {
                true => format!("dropout 0{}", after.trim_start_matches(|c| !",)".contains(c))),
                false => format!("batchnorm{after}"),
            };
        }
        if !folding.has_folded(index) {
            let of_layer = format!("{}.", layer.path());
            let own = model.tensors.iter().filter_map(|tensor| tensor.name.strip_prefix(&of_layer));
            folded.tensors.extend(own.map(|name| folding.tensor(&checked, layer, name).clone()));
        }
    }
    (folded, folding.notes)
}

#[test]
fn a_folded_network_gives_the_same_logits_with_fewer_layers() {
    let mut largest = 0.0_f32;
    for (name, model) in models() {
        let (folded, notes) = folded(&model);
        let batch_norms = |model: &Model| model.layers.matches("batchnorm").count();
        assert_eq!(batch_norms(&folded), notes.len(), "{name}");
        let (images, indices) = (images(&model, 5), [0, 1, 2, 3, 4]);
        let logits = model.network(5).unwrap().logits(&images, &indices);
        let of_folded = folded.network(5).unwrap().logits(&images, &indices);
        for (logit, of_folded) in logits.iter().zip(&of_folded) {
            let difference = (logit - of_folded).abs();
            assert!(difference < 2e-5, "{name}: {difference}");
            largest = largest.max(difference);
        }
        // The file has the same tensors.
        let graph = graph_of(&model, OnnxInput::Bytes, true);
        assert_eq!(operators(&graph).matches("BatchNormalization").count(), notes.len());
        for tensor in &folded.tensors {
            let found = graph.initializer.iter().find(|found| found.name == tensor.name).unwrap();
            let bytes = found.raw_data.as_deref().unwrap();
            assert_eq!(
                crate::bytes::from_little_endian(bytes),
                tensor.values,
                "{name} {}",
                tensor.name
            );
        }
    }
    assert!(largest > 0.0, "something was folded");
}

#[test]
fn a_batch_norm_that_cannot_be_folded_stays_and_is_noted() {
    let kept = |model: &Model| {
        let options = OnnxOptions { fold: true, ..OnnxOptions::default() };
        to_onnx(model, &options).unwrap().notes
    };
    let before = |position: &str| ExportNote::BatchNormKept {
        position: position.to_owned(),
        reason: KeptBecause::NothingBefore,
    };
    assert_eq!(kept(&named("norms-of-images")), [before("1"), before("5")]);
    // After `flatten`, one scale would be wrong for a whole channel.
    assert_eq!(kept(&named("norms-of-vectors")), [before("3")]);
    assert_eq!(kept(&named("flatten-twice")), [before("2")]);
    // Another branch takes what comes in too, or comes in as well.
    assert_eq!(kept(&named("blocks")), [before("4.1"), before("6.3")]);
    let mut model = named("dense-first-colour");
    assert_eq!(kept(&model), []);
    let var = model.tensors.iter_mut().find(|tensor| tensor.name == "1.running_var").unwrap();
    var.values[3] = -1.0;
    let reason = KeptBecause::NotFinite;
    assert_eq!(kept(&model), [ExportNote::BatchNormKept { position: "2".to_owned(), reason }]);
    model.views.flip = true;
    model.views.test_time = true;
    assert_eq!(kept(&model)[0], ExportNote::ViewsLeftOut { views: 2 });
    let plain = to_onnx(&model, &OnnxOptions::default()).unwrap().notes;
    assert_eq!(plain, [ExportNote::ViewsLeftOut { views: 2 }]);
}

#[test]
fn metadata_says_classes_layers_and_facts_and_equal_models_make_equal_files() {
    let mut model = named("no-layers");
    model.classes[1] = "\"quoted\"\n\u{202e}".to_owned();
    model.facts.insert("layers".to_owned(), "a fact".to_owned());
    let file = to_onnx(&model, &OnnxOptions::default()).unwrap().content;
    assert_eq!(to_onnx(&model.clone(), &OnnxOptions::default()).unwrap().content, file);
    let message = message::Model::decode(file.as_slice()).unwrap();
    assert_eq!((message.ir_version, message.opset_import[0].version), (8, 17));
    let keys: Vec<&str> =
        message.metadata_props.iter().map(|property| property.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "batchnorm",
            "classes",
            "fact.layers",
            "fact.seed",
            "fact.settings",
            "layers",
            "network",
            "normalisation.mean",
            "normalisation.std",
            "seed"
        ]
    );
    let value = |key: &str| {
        let property = message.metadata_props.iter().find(|property| property.key == key).unwrap();
        property.value.clone().unwrap()
    };
    assert_eq!(serde_json::from_str::<Vec<String>>(&value("classes")).unwrap(), model.classes);
    assert_eq!(
        (value("layers"), value("fact.layers")),
        ("dense 4".to_owned(), "a fact".to_owned())
    );
    assert_eq!(value("normalisation.std"), "[0.35,0.35,0.0]");
    let doc = message.graph.unwrap().doc_string;
    assert_eq!(
        doc,
        "Network \"no-layers\" gives logits and probabilities of 4 classes by these layers: dense 4."
    );
}

#[test]
fn an_attribute_of_zero_is_written_and_a_network_without_a_name_has_a_graph_with_one() {
    let mut model = named("winograd");
    model.layers = model.layers.replace("leakyrelu", "leakyrelu 0");
    model.network = String::new();
    let graph = graph_of(&model, OnnxInput::Bytes, false);
    let leaky = graph.node.iter().find(|node| node.op_type == "LeakyRelu").unwrap();
    assert_eq!(leaky.attribute[0], Attribute::float("alpha", 0.0));
    assert_eq!(leaky.attribute[0].f, Some(0.0));
    assert_eq!(graph.name, "network");
}

#[test]
fn a_file_that_the_format_cannot_hold_is_not_made() {
    let (message, _) = message(&named("one-value"), &OnnxOptions::default()).unwrap();
    let bytes = encoded(&message, MOST_BYTES).unwrap().len();
    assert_eq!(encoded(&message, bytes).unwrap().len(), bytes);
    let error = encoded(&message, bytes - 1).unwrap_err().to_string();
    assert!(error.starts_with(&format!("as ONNX the network would have {bytes} bytes")), "{error}");
}
