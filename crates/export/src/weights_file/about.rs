//! What a file says of its network beside the tensors: all other fields of a [`Model`], as JSON.

use std::collections::BTreeMap;

use fitroom_data::{ModelImages, Surroundings, is_plain};
use fitroom_nn::{Augmentation, ChannelNorm, Tensor};
use serde::{Deserialize, Serialize};

use super::error::{SafetensorsError, VERSION};
use crate::Model;

/// What a file says of its network.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    version: u64,
    network: String,
    seed: u64,
    layers: String,
    images: Images,
    classes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    normalisation: Option<Vec<Norm>>,
    views: Augmentation,
    facts: BTreeMap<String, String>,
    /// The names of all tensors in the model's order. The format keeps them in an order of its own.
    tensors: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Images {
    height: usize,
    width: usize,
    channels: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    surroundings: Option<Around>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Around {
    border: f64,
    extent: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Norm {
    mean: f32,
    std: f32,
}

/// Only the version, whatever else there is.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

/// The description of a checked model. Equal models have equal descriptions.
pub(super) fn write(model: &Model) -> Result<String, SafetensorsError> {
    check_text(model)?;
    let ModelImages { height, width, channels, surroundings } = model.images;
    let surroundings =
        surroundings.map(|Surroundings { border, extent }| Around { border, extent });
    let norms = model.normalisation.as_ref().map(|channels| {
        channels.iter().map(|&ChannelNorm { mean, std }| Norm { mean, std }).collect()
    });
    let about = About {
        version: VERSION,
        network: model.network.clone(),
        seed: model.seed,
        layers: model.layers.clone(),
        images: Images { height, width, channels, surroundings },
        classes: model.classes.clone(),
        normalisation: norms,
        views: model.views,
        facts: model.facts.clone(),
        tensors: model.tensors.iter().map(|tensor| tensor.name.clone()).collect(),
    };
    serde_json::to_string(&about).map_err(SafetensorsError::About)
}

/// The model of a description, without its tensors, and their names in the model's order.
pub(super) fn read(text: &str) -> Result<(Model, Vec<String>), SafetensorsError> {
    let Versioned { version } = serde_json::from_str(text).map_err(SafetensorsError::About)?;
    if version != VERSION {
        return Err(SafetensorsError::Version { found: version });
    }
    let about: About = serde_json::from_str(text).map_err(SafetensorsError::About)?;
    let Images { height, width, channels, surroundings } = about.images;
    let surroundings =
        surroundings.map(|Around { border, extent }| Surroundings { border, extent });
    let norms = about.normalisation.map(|channels| {
        channels.into_iter().map(|Norm { mean, std }| ChannelNorm { mean, std }).collect()
    });
    let model = Model {
        network: about.network,
        seed: about.seed,
        layers: about.layers,
        images: ModelImages { height, width, channels, surroundings },
        classes: about.classes,
        normalisation: norms,
        views: about.views,
        tensors: Vec::<Tensor>::new(),
        facts: about.facts,
    };
    check_text(&model)?;
    Ok((model, about.tensors))
}

/// Whether all names and facts can be shown: a stranger's file must not control a terminal.
fn check_text(model: &Model) -> Result<(), SafetensorsError> {
    let names = [("the network's name", &model.network)].into_iter();
    let names = names.chain(model.classes.iter().map(|name| ("the class", name)));
    let mut names = names.chain(model.facts.keys().map(|name| ("the fact", name)));
    // These may have several lines, as layers in a study file.
    let texts = [("the list of layers", &model.layers)].into_iter();
    let mut texts = texts.chain(model.facts.values().map(|value| ("the fact", value)));
    let wrong = names.find(|(_, name)| !is_plain(name));
    match wrong.or_else(|| texts.find(|(_, text)| !is_text(text))) {
        Some((what, text)) => Err(SafetensorsError::NotPlain { what, text: text.clone() }),
        None => Ok(()),
    }
}

/// Whether each line of a text is plain; tabs may indent it.
fn is_text(text: &str) -> bool {
    text.split(['\n', '\t']).all(is_plain)
}
