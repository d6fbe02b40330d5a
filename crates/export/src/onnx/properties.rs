//! What a file says of its network, as `metadata_props`: `get_modelmeta().custom_metadata_map` in ONNX
//! Runtime.

use std::collections::BTreeMap;

use fitroom_nn::parse_layers;

use super::OnnxOptions;
use super::message::Property;
use crate::checked::CheckedModel;

/// The properties, sorted by key. A fact has `fact.` before its name, so none hides another property.
pub(super) fn properties(model: &CheckedModel, options: &OnnxOptions) -> Vec<Property> {
    let about = model.model;
    let mut properties = BTreeMap::from([
        ("network".to_owned(), about.network.clone()),
        ("seed".to_owned(), about.seed.to_string()),
        ("layers".to_owned(), layers(model)),
        ("classes".to_owned(), json(&about.classes)),
        ("batchnorm".to_owned(), if options.fold { "folded" } else { "kept" }.to_owned()),
    ]);
    if let Some(channels) = &about.normalisation {
        let means: Vec<f32> = channels.iter().map(|channel| channel.mean).collect();
        let deviations: Vec<f32> = channels.iter().map(|channel| channel.std).collect();
        properties.insert("normalisation.mean".to_owned(), json(&means));
        properties.insert("normalisation.std".to_owned(), json(&deviations));
    }
    let facts = about.facts.iter().map(|(name, fact)| (format!("fact.{name}"), fact.clone()));
    properties.extend(facts);
    properties.into_iter().map(|(key, value)| Property { key, value: Some(value) }).collect()
}

/// All layers as a study file writes them, the last dense layer included.
pub(super) fn layers(model: &CheckedModel) -> String {
    let layers = parse_layers(&model.model.layers).expect("the architecture was made of them");
    let last = format!("dense {}", model.model.classes.len());
    match layers.is_empty() {
        true => last,
        false => format!("{layers}, {last}"),
    }
}

fn json<T: serde::Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).expect("strings and finite numbers")
}
