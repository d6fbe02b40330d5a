//! A model whose parts are known to fit each other. Whatever is written is checked here first, and so is
//! whatever was read.

use std::collections::HashMap;

use fitroom_data::{ModelImages, Surroundings};
use fitroom_nn::{Architecture, LayerSpec, NetworkError, ParameterSpec, PlacedLayer, Tensor};
use thiserror::Error;

use crate::shown::shown;
use crate::{Model, ModelError};

/// The most rows, columns or channels of an image.
const LONGEST: usize = 1 << 16;
/// The most classes: labels are bytes.
const MOST_CLASSES: usize = 1 << 8;
/// The most values of an image, as of each layer's output: 1 GiB of f32.
const MOST_VALUES: usize = 1 << 28;

/// Why a model can't be exported, or is not what its file should hold.
#[derive(Debug, Error)]
pub enum InvalidModel {
    /// Its layers, tensors or normalisation do not fit each other.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Its images have no values, or too many.
    #[error(
        "network `{}` has images of {height}×{width}×{channels} values\n\
         hint: each size is from 1 to {LONGEST}, and the product is at most {MOST_VALUES}",
        shown(network)
    )]
    ImageSize {
        /// The network's name.
        network: String,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Values of a pixel.
        channels: usize,
    },
    /// It has no classes, or too many.
    #[error(
        "network `{}` has {found} classes\nhint: there are 1 to {MOST_CLASSES} classes",
        shown(network)
    )]
    Classes {
        /// The network's name.
        network: String,
        /// How many it has.
        found: usize,
    },
    /// A number is not finite, or out of its range.
    #[error("network `{}`: {what} is {found}\nhint: {range}", shown(network))]
    Number {
        /// The network's name.
        network: String,
        /// What the number is.
        what: &'static str,
        /// The number.
        found: f64,
        /// The numbers that are allowed.
        range: &'static str,
    },
    /// Two tensors have the same name.
    #[error("network `{}` has tensor `{}` twice", shown(network), shown(tensor))]
    Twice {
        /// The network's name.
        network: String,
        /// The tensor's name.
        tensor: String,
    },
}

/// A model whose parts fit each other: layers, images, classes, normalisation and tensors.
pub(crate) struct CheckedModel<'a> {
    pub(crate) model: &'a Model,
    pub(crate) architecture: Architecture,
    tensors: HashMap<&'a str, &'a Tensor>,
}

impl<'a> CheckedModel<'a> {
    pub(crate) fn new(model: &'a Model) -> Result<Self, InvalidModel> {
        check_numbers(model)?;
        let architecture = model.architecture()?;
        let mut tensors = HashMap::new();
        for tensor in &model.tensors {
            if tensors.insert(tensor.name.as_str(), tensor).is_some() {
                let (network, tensor) = (model.network.clone(), tensor.name.clone());
                return Err(InvalidModel::Twice { network, tensor });
            }
        }
        check_tensors(&architecture, &tensors)
            .map_err(|error| ModelError::Tensors { network: model.network.clone(), error })?;
        Ok(CheckedModel { model, architecture, tensors })
    }

    /// The tensor of the layer at `index`, which has one of this name.
    pub(crate) fn tensor(&self, index: usize, name: &str) -> &'a Tensor {
        self.tensors[format!("{index}.{name}").as_str()]
    }

    /// The factor and the summand of each channel's values, which are from 0 to 1. The engine normalises
    /// by the same two numbers.
    pub(crate) fn normalisation(&self) -> Option<(Vec<f32>, Vec<f32>)> {
        let channels = self.model.normalisation.as_ref()?;
        let numbers = channels.iter().map(|channel| {
            let divisor = if channel.std > 0.0 { channel.std } else { 1.0 };
            (1.0 / divisor, -channel.mean / divisor)
        });
        Some(numbers.unzip())
    }
}

/// Whether the numbers beside the tensors are in their ranges. No memory is asked for before that.
fn check_numbers(model: &Model) -> Result<(), InvalidModel> {
    let network = || model.network.clone();
    let ModelImages { height, width, channels, surroundings } = model.images;
    let is_size = |size: usize| (1..=LONGEST).contains(&size);
    if ![height, width, channels].into_iter().all(is_size)
        || (height * width).saturating_mul(channels) > MOST_VALUES
    {
        return Err(InvalidModel::ImageSize { network: network(), height, width, channels });
    }
    let found = model.classes.len();
    if !(1..=MOST_CLASSES).contains(&found) {
        return Err(InvalidModel::Classes { network: network(), found });
    }
    let number = |what, found: f64, is_allowed: bool, range| match is_allowed {
        true => Ok(()),
        false => Err(InvalidModel::Number { network: network(), what, found, range }),
    };
    if let Some(Surroundings { border, extent }) = surroundings {
        let is_byte = (0.0..=255.0).contains(&border);
        number("the brightness of its images' border", border, is_byte, "it is from 0 to 255")?;
        let is_share = (0.0..=1.0).contains(&extent);
        number("the extent of the things on its images", extent, is_share, "it is from 0 to 1")?;
    }
    let norms = model.normalisation.as_deref().unwrap_or_default();
    if let Some(found) = model.normalisation.as_ref().map(Vec::len).filter(|&n| n != channels) {
        return Err(ModelError::Normalisation { network: network(), channels, found }.into());
    }
    for norm in norms {
        let (mean, std) = (f64::from(norm.mean), f64::from(norm.std));
        number("a channel's mean", mean, mean.is_finite(), "it is a finite number")?;
        let is_deviation = std.is_finite() && std >= 0.0;
        number(
            "a channel's standard deviation",
            std,
            is_deviation,
            "it is finite and not below 0",
        )?;
    }
    Ok(())
}

/// Whether these are the tensors of the architecture, with its shapes, and no others.
fn check_tensors(
    architecture: &Architecture,
    tensors: &HashMap<&str, &Tensor>,
) -> Result<(), NetworkError> {
    let expected = tensor_specs(architecture);
    let known: HashMap<&str, &[usize]> =
        expected.iter().map(|(name, shape)| (name.as_str(), shape.as_slice())).collect();
    // The first by name, so that the same mistake always has the same message.
    if let Some(name) = tensors.keys().filter(|&name| !known.contains_key(name)).min() {
        return Err(NetworkError::UnknownTensor { name: shown(name) });
    }
    for (name, shape) in expected {
        let Some(tensor) = tensors.get(name.as_str()) else {
            return Err(NetworkError::MissingTensor { name });
        };
        let values: usize = shape.iter().product();
        if tensor.shape != shape || tensor.values.len() != values {
            let got = tensor.shape.clone();
            return Err(NetworkError::TensorShape { name, got, expected: shape });
        }
    }
    Ok(())
}

/// The name and the shape of each tensor: parameters, then statistics.
fn tensor_specs(architecture: &Architecture) -> Vec<(String, Vec<usize>)> {
    let parameters = architecture.parameters().into_iter();
    let mut specs: Vec<(String, Vec<usize>)> =
        parameters.map(|ParameterSpec { name, shape, .. }| (name, shape)).collect();
    for (index, layer) in architecture.layers().iter().enumerate() {
        let statistic = |&(name, len): &(&str, usize)| (format!("{index}.{name}"), vec![len]);
        specs.extend(statistics(layer).iter().map(statistic));
    }
    specs
}

/// The names and lengths of the statistics that a layer keeps beside its parameters.
fn statistics(layer: &PlacedLayer) -> Vec<(&'static str, usize)> {
    match layer.spec {
        LayerSpec::BatchNorm(_) => {
            let len = features(layer);
            vec![("running_mean", len), ("running_var", len)]
        }
        LayerSpec::Dense(_)
        | LayerSpec::Conv(_)
        | LayerSpec::Depthwise(_)
        | LayerSpec::MaxPool(_)
        | LayerSpec::AvgPool(_)
        | LayerSpec::GlobalMaxPool(_)
        | LayerSpec::GlobalAvgPool(_)
        | LayerSpec::LayerNorm(_)
        | LayerSpec::GroupNorm(_)
        | LayerSpec::Dropout(_)
        | LayerSpec::SpatialDropout(_)
        | LayerSpec::Relu(_)
        | LayerSpec::LeakyRelu(_)
        | LayerSpec::Elu(_)
        | LayerSpec::Selu(_)
        | LayerSpec::Gelu(_)
        | LayerSpec::Silu(_)
        | LayerSpec::HardSwish(_)
        | LayerSpec::Tanh(_)
        | LayerSpec::Sigmoid(_)
        | LayerSpec::Flatten(_) => Vec::new(),
    }
}

/// The channels of an image that comes in, or the features of a vector.
pub(crate) fn features(layer: &PlacedLayer) -> usize {
    match layer.input() {
        fitroom_nn::Shape::Flat { features } => features,
        fitroom_nn::Shape::Image { channels, .. } => channels,
    }
}
