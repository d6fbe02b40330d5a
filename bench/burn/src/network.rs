//! The study's networks, as burn's modules.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{
    BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig, PaddingConfig2d,
};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use serde::Deserialize;

use crate::data::IMAGE;

const STUDY: &str = include_str!("../../../studies/report.toml");
const SIDE: usize = 28;
const CLASSES: usize = 10;

/// One network of the study file, with what else of it is needed here.
#[derive(Deserialize)]
pub struct Description {
    layers: String,
    pub loss: Loss,
    #[serde(default)]
    pub penalty: Penalty,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    CrossEntropy,
    CrossEntropyOfSoftmax,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Penalty {
    pub l1: f32,
    pub l2: f32,
}

/// The study's networks in their order.
pub fn descriptions() -> Vec<Description> {
    #[derive(Deserialize)]
    struct Study {
        network: Vec<Description>,
    }
    toml::from_str::<Study>(STUDY).expect("the study file is checked by its own tests").network
}

#[derive(Module, Debug)]
pub enum Layer {
    Dense(Linear),
    Conv(Conv2d),
    BatchNorm(BatchNorm),
    Dropout(Dropout),
}

/// Layers, and after each whether ReLU follows: it has no state, and each variant of an enum of
/// modules holds a module.
#[derive(Module, Debug)]
pub struct Network {
    layers: Vec<Layer>,
    #[module(skip)]
    relu_after: Vec<bool>,
    is_convolutional: bool,
}

impl Network {
    pub fn new(description: &Description, device: &Device) -> Self {
        let (mut layers, mut relu_after) = (Vec::new(), Vec::new());
        let (mut features, mut channels) = (IMAGE, 1);
        let text = format!("{}, dense {CLASSES}", description.layers);
        for layer in text.split(", ") {
            let words: Vec<&str> = layer.split(' ').collect();
            let size = |index: usize| words[index].parse::<usize>().expect("a size");
            let module = match words[0] {
                "dense" => {
                    let module = LinearConfig::new(features, size(1)).init(device);
                    features = size(1);
                    Layer::Dense(module)
                }
                "conv" if layer.ends_with("3x3 pad 1") => {
                    let config = Conv2dConfig::new([channels, size(1)], [3, 3]);
                    channels = size(1);
                    features = channels * SIDE * SIDE;
                    Layer::Conv(
                        config.with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1)).init(device),
                    )
                }
                "batchnorm" => Layer::BatchNorm(BatchNormConfig::new(features).init(device)),
                "dropout" => Layer::Dropout(
                    DropoutConfig::new(words[1].parse().expect("a probability")).init(),
                ),
                "relu" => {
                    *relu_after.last_mut().expect("no network begins with ReLU") = true;
                    continue;
                }
                "flatten" => continue,
                _ => panic!("a layer that is not known here: {layer}"),
            };
            layers.push(module);
            relu_after.push(false);
        }
        Network { layers, relu_after, is_convolutional: channels > 1 }
    }

    /// Images `[batch, 784]` to logits `[batch, 10]`.
    pub fn forward(&self, images: Tensor<2>) -> Tensor<2> {
        let batch = images.dims()[0];
        let mut layers = self.layers.iter().zip(&self.relu_after).peekable();
        let mut x = images;
        if self.is_convolutional {
            let mut maps: Tensor<4> = x.reshape([batch, 1, SIDE, SIDE]);
            while let Some((Layer::Conv(layer), has_relu)) = layers.peek() {
                maps = layer.forward(maps);
                maps = if **has_relu { relu(maps) } else { maps };
                layers.next();
            }
            x = maps.flatten(1, 3);
        }
        for (layer, &has_relu) in layers {
            x = match layer {
                Layer::Dense(layer) => layer.forward(x),
                Layer::BatchNorm(layer) => layer.forward(x),
                Layer::Dropout(layer) => layer.forward(x),
                Layer::Conv(_) => panic!("a convolution behind a dense layer"),
            };
            x = if has_relu { relu(x) } else { x };
        }
        x
    }
}
