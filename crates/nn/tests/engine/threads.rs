//! Any number of threads computes the same numbers, bit for bit.

use fitroom_nn::{
    Architecture, Augmentation, LayerSpec, Network, Optimizer, Penalty, PenaltyScope, Recipe,
    Score, Shape, Tensor,
};

use crate::generator::{self, Images};

const INPUT: [usize; 3] = [2, 16, 18];
const CLASSES: usize = 6;
const IMAGES: usize = 150;
/// So many images that the work of every layer is divided, also into unequal parts.
const BATCH: usize = 65;
/// Most kinds of layers, in a mixed order.
const LAYERS: &str = "conv 12 3x3 pad 1, batchnorm, relu, dropout 0.1, maxpool 2x2, conv 33 3x3 pad 1, leakyrelu, \
                      avgpool 2x2 stride 1, batchnorm, gelu, flatten, dense 600, batchnorm, tanh, dropout 0.3, \
                      dense 300, sigmoid, dense 90, relu";

/// Layers with as many parameters as an optimizer's work must have to be divided.
const DENSE: &str = "conv 5 3x3, flatten, dense 600, batchnorm, tanh, dense 90";

fn network(optimizer: Optimizer, penalty: Penalty) -> Network {
    network_of(LAYERS, optimizer, penalty)
}

fn network_of(layers: &str, optimizer: Optimizer, penalty: Penalty) -> Network {
    let [channels, height, width] = INPUT;
    let architecture =
        Architecture::parse(Shape::Image { channels, height, width }, layers, CLASSES).unwrap();
    let augmentation = Augmentation {
        shift: 2,
        flip: true,
        cutout: 5,
        rotate: 15.0,
        mixup: 0.5,
        cutmix: 1.0,
        test_time: true,
    };
    let recipe =
        Recipe { label_smoothing: 0.1, penalty, optimizer, augmentation, ..Recipe::default() };
    Network::new(&architecture, &recipe, BATCH, 1)
}

fn data() -> Images {
    generator::images(IMAGES, INPUT, CLASSES, false)
}

/// Everything that can be read from a network.
#[derive(Debug, PartialEq)]
struct State {
    trained: Vec<Score>,
    scored: Score,
    logits: Vec<f32>,
    predicted: (Vec<u8>, Vec<f32>),
    tensors: Vec<Tensor>,
    gradients: Vec<Tensor>,
    moments: Vec<Tensor>,
}

/// The state after one step on each number of `threads`, and after scoring on the last number.
fn trained(mut network: Network, threads: &[usize]) -> State {
    network.keep_gradients();
    let data = data();
    let all: Vec<u32> = (0..IMAGES as u32).rev().collect();
    let step = |(step, &threads): (usize, &usize)| {
        network.set_threads(threads);
        // The last batch of an epoch is small.
        let batch = if step % 3 == 2 { 20 } else { BATCH };
        network.train_batch(&data.pixels, &data.labels, &all[step % 3 * BATCH..][..batch], 0.01)
    };
    let predict = |network: &mut Network| {
        let (mut classes, mut probabilities) = (vec![0; IMAGES], vec![0.0; IMAGES * CLASSES]);
        network.predict(&data.pixels, &data.labels, &all, &mut classes, &mut probabilities);
        (classes, probabilities)
    };
    State {
        trained: threads.iter().enumerate().map(step).collect(),
        scored: network.score(&data.pixels, &data.labels, &all),
        logits: network.logits(&data.pixels, &all),
        predicted: predict(&mut network),
        tensors: network.tensors(),
        gradients: network.gradients(),
        moments: network.optimizer_tensors(),
    }
}

#[test]
fn threads_change_nothing() {
    let penalty = Penalty { l1: 0.001, l2: 0.002, on: PenaltyScope::All };
    let network = || network(Optimizer::default(), penalty);
    let expected = trained(network(), &[1; 6]);
    for threads in [2, 3, 5] {
        assert!(trained(network(), &[threads; 6]) == expected, "{threads} threads");
    }
    assert!(
        trained(network(), &[2, 1, 5, 3, 3, 2]) == expected,
        "another number of threads in every step"
    );
}

/// A layer that is added to the list of all kinds is checked here too.
#[test]
fn every_kind_of_layer_gives_the_same_bits_on_any_number_of_threads() {
    for layer in LayerSpec::EXAMPLES {
        let takes_vectors = matches!(layer.parse(), Ok(LayerSpec::Dense(_)));
        let before = if takes_vectors { "flatten, dense 70" } else { "conv 12 3x3 pad 1" };
        let layers = format!("{before}, {layer}, dropout 0.1, flatten, dense 70");
        let network = || network_of(&layers, Optimizer::default(), Penalty::default());
        assert!(trained(network(), &[3; 2]) == trained(network(), &[1; 2]), "{layer}");
    }
}

#[test]
fn every_optimizer_gives_the_same_bits_on_any_number_of_threads() {
    let with_settings = [
        r#"{"name": "sgd", "momentum": 0.9, "nesterov": true, "weight_decay": 0.01}"#,
        r#"{"name": "rmsprop", "momentum": 0.5}"#,
    ];
    let optimizers = Optimizer::NAMES
        .iter()
        .map(|name| Optimizer::named(name).unwrap())
        .chain(with_settings.map(|json| serde_json::from_str(json).unwrap()));
    for optimizer in optimizers {
        let network = || network_of(DENSE, optimizer, Penalty::default());
        assert!(trained(network(), &[3; 3]) == trained(network(), &[1; 3]), "{optimizer:?}");
    }
}

#[test]
fn every_convolution_gives_the_same_bits_on_any_number_of_threads() {
    for layers in [
        "conv 8 3x3 pad 1, relu, conv 8 3x3 pad 1, relu, conv 8 3x3 pad 1, relu, flatten",
        "conv 8 3x3, tanh, maxpool 2x2, conv 9 3x3 pad 2, batchnorm, relu, conv 8 5x5 pad 2, flatten",
        "conv 8 3x3 stride 2 pad 1, relu, conv 8 3x3 pad 1, relu, dropout 0.5, conv 8 3x3, flatten",
        "conv 8 3x3 pad 1, relu, conv 8 5x5 pad 2, relu, flatten, dense 50, relu",
        "conv 9 3x3, relu, residual shortcut conv (conv 8 3x3 stride 2 pad 1, batchnorm, relu, concat (conv 5 3x3 pad 1, dropout 0.2)), \
         relu, flatten, residual (tanh), dense 50, relu, concat (dense 30)",
        "conv 24 3x3 pad 1, relu, conv 16 3x3 pad 1 groups 2, relu, depthwise 3x3 stride 2 pad 1, relu, conv 8 1x1, \
         globalavgpool",
    ] {
        let network = || network_of(layers, Optimizer::default(), Penalty::default());
        assert!(trained(network(), &[3; 3]) == trained(network(), &[1; 3]), "{layers}");
    }
}

#[test]
fn steps_inside_together_are_the_same_as_outside() {
    let data = data();
    let indices: Vec<u32> = (0..BATCH as u32).collect();
    let mut apart = network(Optimizer::default(), Penalty::default());
    let mut together = network(Optimizer::default(), Penalty::default());
    together.set_threads(2);
    let step =
        |network: &mut Network| network.train_batch(&data.pixels, &data.labels, &indices, 0.01);
    let scores: Vec<Score> = together.together(|network| (0..3).map(|_| step(network)).collect());
    assert_eq!(scores, (0..3).map(|_| step(&mut apart)).collect::<Vec<_>>());
    assert!(together.tensors() == apart.tensors());
}

#[test]
#[should_panic(expected = "a team of no threads")]
fn no_threads_are_refused() {
    network(Optimizer::default(), Penalty::default()).set_threads(0);
}
