//! A small network with its images, for tests of what goes into a network and what comes out of it.

use fitroom_nn::{Architecture, Network, Optimizer, Recipe, Score, Shape};

use crate::generator::{self, Images};

pub const INPUT: [usize; 3] = [1, 8, 9];
pub const CLASSES: usize = 6;
pub const IMAGES: usize = 50;
pub const BATCH: usize = 8;
/// Every kind of layer that has parameters, statistics or a memory of its forward pass.
pub const LAYERS: &str = "conv 4 3x3 pad 1, batchnorm, relu, maxpool 2x2, flatten, dense 10, batchnorm, relu, dropout 0.3";

/// A network on images of [`INPUT`].
pub fn network_of(layers: &str, optimizer: Optimizer, seed: u64) -> Network {
    let [channels, height, width] = INPUT;
    let architecture =
        Architecture::parse(Shape::Image { channels, height, width }, layers, CLASSES).unwrap();
    Network::new(&architecture, &Recipe { optimizer, ..Recipe::default() }, BATCH, seed)
}

/// A network of [`LAYERS`], trained with Adam.
pub fn network(seed: u64) -> Network {
    network_of(LAYERS, Optimizer::default(), seed)
}

/// All images that the tests train on.
pub fn data() -> Images {
    generator::images(IMAGES, INPUT, CLASSES, false)
}

/// The images of a training step, spread over all of them.
pub fn batch(step: usize) -> Vec<u32> {
    (0..BATCH).map(|i| ((step * BATCH + i) * 7 % IMAGES) as u32).collect()
}

/// Trains for some steps.
pub fn train(network: &mut Network, steps: std::ops::Range<usize>) -> Vec<Score> {
    let data = data();
    steps.map(|step| network.train_batch(&data.pixels, &data.labels, &batch(step), 0.01)).collect()
}
