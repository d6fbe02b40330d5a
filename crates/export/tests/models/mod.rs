//! Models of every kind of layer, at odd places and sizes, with made-up numbers.

use std::collections::BTreeMap;

use fitroom_data::{ModelImages, Surroundings};
use fitroom_export::Model;
use fitroom_nn::{Architecture, Augmentation, ChannelNorm, Network, Recipe, Shape};

/// A name, the images' channels, height and width, the classes, whether images are normalised, and the layers.
type Case = (&'static str, [usize; 3], usize, bool, &'static str);

/// All kinds of layers, and what is special about each.
const CASES: [Case; 24] = [
    ("no-layers", [3, 4, 6], 4, true, ""),
    ("one-value", [1, 1, 1], 1, false, ""),
    ("dense-first", [1, 5, 7], 10, false, "dense 12, relu"),
    ("dense-first-colour", [3, 5, 4], 7, true, "dense 12, batchnorm, tanh, dropout 0.5, dense 9"),
    (
        "strides",
        [3, 11, 8],
        5,
        true,
        "conv 6 3x2 stride 2x1 pad 1x0, relu, maxpool 2x2, flatten, dense 9, tanh",
    ),
    (
        "same-even",
        [2, 9, 10],
        5,
        false,
        "conv 5 2x4 pad same, gelu, maxpool 2x3 stride 1 pad same, avgpool 4x2 stride 1 pad same, flatten",
    ),
    (
        "pools",
        [1, 13, 9],
        6,
        false,
        "maxpool 3x3 stride 2 pad 1, avgpool 3x2 stride 2x1 pad 1, flatten, sigmoid",
    ),
    ("pools-2", [3, 9, 14], 6, true, "avgpool 2x4, maxpool 3x2 stride 1x3 pad 1x1, flatten"),
    ("wide-padding", [1, 3, 3], 3, true, "conv 4 1x1 pad 3, conv 3 5x5 stride 3 pad 4, flatten"),
    (
        "norms-of-images",
        [3, 8, 7],
        10,
        true,
        "batchnorm, conv 8 3x3 pad 1, batchnorm, relu, batchnorm momentum 0.2 epsilon 0.01, flatten",
    ),
    (
        "norms-of-vectors",
        [2, 5, 4],
        4,
        true,
        "conv 3 2x2, flatten, batchnorm, dense 8, batchnorm, leakyrelu 0.2, dropout 0.3, dense 7, batchnorm, batchnorm, tanh",
    ),
    (
        "flatten-twice",
        [3, 4, 5],
        4,
        false,
        "flatten, batchnorm, flatten, dense 6, flatten, sigmoid",
    ),
    (
        "winograd",
        [4, 14, 10],
        10,
        false,
        "conv 16 3x3 pad 1, relu, conv 16 5x5 pad 2, leakyrelu, conv 16 3x3 pad same, flatten",
    ),
    (
        "functions-of-images",
        [2, 5, 6],
        3,
        true,
        "relu, leakyrelu, gelu, tanh, sigmoid, dropout 0.5, flatten",
    ),
    (
        "later-functions",
        [2, 5, 6],
        3,
        true,
        "elu, selu, gelu tanh, silu, hardswish, elu 0.4, flatten",
    ),
    (
        "global-pools",
        [2, 9, 10],
        5,
        true,
        "conv 6 3x3, elu, globalavgpool, dense 8, batchnorm, silu",
    ),
    ("global-max", [1, 7, 5], 4, false, "conv 9 2x3, globalmaxpool"),
    (
        "norms-of-each-image",
        [3, 8, 7],
        6,
        true,
        "layernorm, conv 8 3x3 pad 1, groupnorm 4, relu, spatialdropout 0.2, conv 6 3x3, groupnorm 1 epsilon 0.01, \
         layernorm epsilon 0.001, flatten, layernorm, dense 7, layernorm",
    ),
    (
        "groups",
        [3, 11, 8],
        5,
        true,
        "depthwise 3x2 stride 2x1 pad 1x0, batchnorm, conv 8 1x1, relu, conv 12 3x3 pad same groups 4, batchnorm, \
         hardswish, depthwise 2x2 pad same, conv 12 3x3 groups 12, globalavgpool",
    ),
    (
        "negative-values",
        [3, 6, 5],
        4,
        true,
        "conv 6 3x3 pad 1, maxpool 3x3 stride 1 pad 1, leakyrelu -0.5, flatten",
    ),
    (
        "every-layer",
        [3, 28, 28],
        10,
        true,
        "conv 8 3x3 stride 1 pad 1, batchnorm, relu, maxpool 2x2, conv 8 5x5 pad same, batchnorm epsilon 0.001, \
         gelu, avgpool 2x2, dropout 0.25, flatten, dense 32, batchnorm, leakyrelu 0.1, dense 16, sigmoid, dense 16, tanh",
    ),
    (
        "blocks",
        [3, 9, 8],
        5,
        true,
        "conv 6 3x3 pad 1, batchnorm, relu, residual (batchnorm, conv 6 3x3 pad 1, batchnorm, relu, conv 6 1x1, batchnorm), relu, \
         residual shortcut conv (conv 8 3x3 stride 2 pad 1, concat (tanh, conv 3 1x1), batchnorm), concat (conv 4 3x3 pad 1, \
         batchnorm), flatten",
    ),
    (
        "block-first",
        [2, 6, 5],
        4,
        false,
        "concat (residual (gelu), maxpool 3x3 stride 1 pad 1), flatten, dense 12, residual (dense 12, sigmoid)",
    ),
    (
        "grey-28",
        [1, 28, 28],
        10,
        true,
        "conv 32 3x3 pad 1, relu, conv 32 3x3 pad 1, relu, maxpool 2x2, flatten, dense 64, relu",
    ),
];

/// A model with its name.
pub fn models() -> Vec<(&'static str, Model)> {
    CASES.iter().map(|case| (case.0, model(case))).collect()
}

/// The model of this name.
#[allow(dead_code)] // not every test needs a single one
pub fn named(name: &str) -> Model {
    model(CASES.iter().find(|case| case.0 == name).expect("a model of this name"))
}

fn model(&(network, [channels, height, width], classes, is_normalised, layers): &Case) -> Model {
    let image = Shape::Image { channels, height, width };
    let architecture = Architecture::parse(image, layers, classes).expect("layers that fit");
    let mut tensors = Network::new(&architecture, &Recipe::default(), 1, 3).tensors();
    for (at, tensor) in tensors.iter_mut().enumerate() {
        // Layer norms of images have parameters of three axes.
        let values = match tensor.shape[..] {
            [_] | [_, _, _] => tensor.values.len(),
            // Three times PyTorch's initial values: the images' differences reach the logits.
            _ => {
                tensor.values.iter_mut().for_each(|weight| *weight *= 3.0);
                continue;
            }
        };
        // Norms begin with 0 and 1, which hides mistakes.
        let centre = match tensor.name.ends_with("bias") || tensor.name.ends_with("mean") {
            true => 0.0,
            false => 1.0,
        };
        tensor.values =
            numbers(at as u64, values).map(|value| centre + 0.8 * (value - 0.5)).collect();
    }
    // The third channel is constant.
    let norm = |channel: usize| ChannelNorm {
        mean: 0.2 + 0.1 * channel as f32,
        std: if channel == 2 { 0.0 } else { 0.35 },
    };
    let surroundings = Some(Surroundings { border: 12.25, extent: 0.875 });
    Model {
        network: network.to_owned(),
        seed: 3,
        layers: layers.to_owned(),
        images: ModelImages { height, width, channels, surroundings },
        classes: (0..classes).map(class_name).collect(),
        normalisation: is_normalised.then(|| (0..channels).map(norm).collect()),
        views: Augmentation::default(),
        tensors,
        facts: BTreeMap::from([
            ("seed".to_owned(), "3".to_owned()),
            ("settings".to_owned(), "[training]\n\tepochs = 1".to_owned()),
        ]),
    }
}

/// Names that Python must take for text.
fn class_name(class: usize) -> String {
    match class % 4 {
        0 => format!("{class} größer 日本 😀"),
        1 => format!("{class}\"\"\"]); import os; os._exit(7) #"),
        2 => format!("{class} {{x}} %s 'y' \\"),
        _ => format!("\\\"{class}"),
    }
}

/// `count` images of a model: black, white, and noise over quarters of different brightness.
#[allow(dead_code)] // not every test needs images
pub fn images(model: &Model, count: usize) -> Vec<u8> {
    let ModelImages { height, width, channels, .. } = model.images;
    let values = height * width * channels;
    let brightness: Vec<f32> = numbers(98, count * 4 * channels).collect();
    let noise = numbers(99, count * values).enumerate();
    let value = |(at, noise): (usize, f32)| {
        let (image, pixel, channel) = (at / values, at % values / channels, at % channels);
        let quarter = 2 * usize::from(2 * (pixel / width) < height)
            + usize::from(2 * (pixel % width) < width);
        let brightness = brightness[(image * 4 + quarter) * channels + channel];
        (256.0 * (0.8 * brightness + 0.2 * noise)) as u8
    };
    let mut images: Vec<u8> = noise.map(value).collect();
    images[..values].fill(0);
    images[values..2 * values].fill(255);
    images
}

/// Numbers from 0 to below 1: SplitMix64 of a stream.
fn numbers(stream: u64, count: usize) -> impl Iterator<Item = f32> {
    (0..count as u64).map(move |at| {
        let mut x = (stream << 32).wrapping_add(at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) >> 40) as f32 / (1 << 24) as f32
    })
}
