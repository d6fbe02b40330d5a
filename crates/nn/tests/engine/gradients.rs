//! Gradients against central differences of the training loss.
//!
//! For a tensor p and a direction d, L(p + εd) − L(p − εd) must be Σ g·Δp, where Δp is 2εd as
//! float32 rounds it. Half of the direction is the gradient itself, which tests its sign and size
//! everywhere. The other half is random, which tests that nothing is missing.
//!
//! ε is chosen so that the loss changes by about 4·10⁻⁴. The rounding of a float32 loss (some 10⁻⁷,
//! less in the mean over a batch) is then below 0.1%, and parameters move by 0.02 at most, so
//! curvature has no effect. Directions along which a unit crosses a kink of ReLU or max pooling are
//! left out. The check finds a gradient that is wrong by 1%.

use fitroom_nn::optimizer::Sgd;
use fitroom_nn::{
    Architecture, LayerSpec, Loss, Network, Optimizer, Penalty, PenaltyScope, Recipe, Shape, Tensor,
};

use crate::generator::{self, Images, unit};

const BATCH: u32 = 16;
/// The allowed difference is `RELATIVE` times the predicted change, plus `ROUNDING`.
const RELATIVE: f64 = 4e-3;
const ROUNDING: f64 = 4e-7;

/// A network that computes its training loss for any parameters, always with the same batch and the
/// same dropout.
struct Slope {
    network: Network,
    images: Images,
    indices: Vec<u32>,
}

impl Slope {
    fn new(layers: &str, loss: Loss, penalty: Penalty) -> (Self, Vec<Tensor>) {
        let input = [2, 7, 8];
        let [channels, height, width] = input;
        let architecture =
            Architecture::parse(Shape::Image { channels, height, width }, layers, 5).unwrap();
        let optimizer = Optimizer::Sgd(Sgd::default());
        let mut network = Network::new(
            &architecture,
            &Recipe { loss, penalty, optimizer, ..Recipe::default() },
            BATCH as usize,
            7,
        );
        network.keep_gradients();
        let mut point = network.tensors();
        generator::fill(&mut point);
        // No parameter moves by more than 0.02, so none passes the kink of |p|.
        point.iter_mut().flat_map(|t| &mut t.values).for_each(|p| *p += 0.02_f32.copysign(*p));
        let mut images = generator::images(BATCH as usize, input, 5, false);
        // Most images have the same class, so that every gradient is large enough to be measured.
        images.labels[..3 * BATCH as usize / 4].fill(2);
        (Slope { network, images, indices: (0..BATCH).collect() }, point)
    }

    /// The training loss at `point`. The network then has the gradients of the same step.
    fn loss(&mut self, point: &[Tensor]) -> f64 {
        self.network.load_tensors(point).unwrap();
        let moments = self.network.optimizer_tensors();
        self.network.load_optimizer(&moments, 3).unwrap();
        self.network
            .train_batch(&self.images.pixels, &self.images.labels, &self.indices, 0.0)
            .loss()
    }
}

/// Whether the loss changed as the gradient predicts.
fn agrees(predicted: f64, measured: f64) -> bool {
    (predicted - measured).abs() <= RELATIVE * predicted.abs() + ROUNDING
}

/// The change of the loss along a direction.
struct Move {
    /// As the gradient predicts.
    predicted: f64,
    measured: f64,
    /// Whether there is no kink between the two ends: the slope in the middle is then the mean of
    /// the slopes at the ends.
    is_smooth: bool,
}

/// Moves the tensor that `gradient` belongs to along direction `number`.
fn move_along(slope: &mut Slope, point: &[Tensor], gradient: &Tensor, number: usize) -> Move {
    let which = point.iter().position(|t| t.name == gradient.name).unwrap();
    let direction = direction(gradient, number);
    let epsilon = (2e-4 / dot(&direction, &gradient.values).abs()).min(0.02);
    let mut end = |sign: f64| {
        let mut moved = point.to_vec();
        for (value, d) in moved[which].values.iter_mut().zip(&direction) {
            *value += (sign * epsilon * d) as f32;
        }
        let loss = slope.loss(&moved);
        let there =
            slope.network.gradients().into_iter().find(|t| t.name == gradient.name).unwrap();
        (moved.swap_remove(which).values, loss, dot(&direction, &there.values))
    };
    let ((to, loss_to, slope_to), (from, loss_from, slope_from)) = (end(1.0), end(-1.0));
    let change: Vec<f64> =
        to.iter().zip(&from).map(|(&to, &from)| f64::from(to) - f64::from(from)).collect();
    let bend = 0.5 * (slope_to + slope_from) - dot(&direction, &gradient.values);
    let predicted = dot(&change, &gradient.values);
    let is_smooth = 2.0 * epsilon * bend.abs() <= 0.5 * RELATIVE * predicted.abs() + ROUNDING;
    Move { predicted, measured: loss_to - loss_from, is_smooth }
}

/// A direction of length 1 at most: half along the gradient, half at random. Both halves go uphill,
/// so that they do not cancel.
fn direction(gradient: &Tensor, number: usize) -> Vec<f64> {
    let stream = format!("direction {number} of {}", gradient.name);
    let random: Vec<f64> =
        (0..gradient.values.len()).map(|i| f64::from(unit(&stream, i))).collect();
    let along: Vec<f64> =
        gradient.values.iter().zip(&random).map(|(&g, r)| f64::from(g) * (1.0 + r)).collect();
    let length = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-12);
    let random_length = length(&random).copysign(dot(&random, &gradient.values));
    let along_length = length(&along);
    random
        .iter()
        .zip(&along)
        .map(|(r, a)| 0.5 * r / random_length + 0.5 * a / along_length)
        .collect()
}

fn dot(a: &[f64], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, &b)| a * f64::from(b)).sum()
}

/// Checks all parameters of a network along three directions each.
fn check(layers: &str, loss: Loss, penalty: Penalty) {
    let (mut slope, point) = Slope::new(layers, loss, penalty);
    slope.loss(&point);
    for gradient in slope.network.gradients() {
        let what = format!("{layers} with {loss:?} and {penalty:?}: {}", gradient.name);
        let moves = (0..12).map(|number| move_along(&mut slope, &point, &gradient, number));
        let smooth: Vec<Move> = moves.filter(|m| m.is_smooth).take(3).collect();
        assert_eq!(smooth.len(), 3, "{what}: kinks in all directions");
        for Move { predicted, measured, .. } in smooth {
            assert!(
                agrees(predicted, measured),
                "{what}: gradient {predicted:.4e}, loss {measured:.4e}"
            );
            // The check must be able to fail. Only a bias before batch normalisation has no
            // gradient.
            let is_seen =
                !agrees(1.01 * predicted, measured) && !agrees(0.99 * predicted, measured);
            let is_zero = bias_before_batchnorm(layers, &gradient.name);
            assert!(is_seen || is_zero, "{what}: 1% would not be seen of {predicted:.1e}");
        }
    }
}

fn bias_before_batchnorm(layers: &str, name: &str) -> bool {
    let Some(index) = name.strip_suffix(".bias").and_then(|i| i.parse::<usize>().ok()) else {
        return false;
    };
    layers.split(',').nth(index + 1).is_some_and(|next| next.contains("batchnorm"))
}

const NO_PENALTY: Penalty = Penalty { l1: 0.0, l2: 0.0, on: PenaltyScope::All };

#[test]
fn gradients_of_every_layer_are_the_slopes_of_the_loss() {
    for layers in [
        "dense 11, dense 6",
        "conv 3 3x3 pad 1, conv 4 3x3, flatten",
        "conv 3 1x1, conv 4 5x4 stride 2 pad 2, flatten, dense 6",
        "conv 4 2x2, maxpool 3x3 stride 2 pad 1, conv 3 1x1, flatten",
        "conv 4 2x2, avgpool 3x3 stride 2 pad 1, conv 3 1x1, flatten",
        "conv 3 2x2 pad same, conv 4 3x4 stride 1x2 pad 2x0, flatten",
        "conv 4 2x2, maxpool 2x3 stride 1x2 pad 0x1, conv 3 1x1, flatten",
        "conv 4 2x2, maxpool 3x2 stride 2x1 pad 1x0, conv 3 1x1, flatten",
        "conv 4 2x2, avgpool 2x3, conv 3 1x1, flatten",
        "conv 4 2x2, avgpool 4x2 stride 1 pad same, conv 3 1x1, flatten",
        "dense 9, batchnorm, tanh, dense 6, batchnorm momentum 0.5 epsilon 0.1",
        "conv 3 3x3, batchnorm, tanh, conv 4 2x2, batchnorm, flatten",
        "dense 12, dropout 0.4, dense 8, dropout 0.2",
        "conv 3 3x3, dropout 0.5, conv 3 2x2, flatten, dropout 0.5",
        "dense 11, relu, dense 6, relu",
        "conv 3 3x3, relu, conv 3 3x3, relu, flatten",
        "dense 11, leakyrelu 0.2, dense 6, leakyrelu",
        "dense 11, gelu, dense 6, gelu",
        "dense 11, gelu tanh, dense 6, gelu tanh",
        "dense 11, elu, dense 6, elu 0.5",
        "dense 11, selu, dense 6, selu",
        "dense 11, silu, dense 6, silu",
        "dense 11, hardswish, dense 6, hardswish",
        "conv 4 2x2, tanh, globalavgpool",
        "conv 4 2x2, tanh, globalmaxpool, dense 6",
        "dense 9, layernorm, tanh, dense 6, layernorm epsilon 0.1",
        "conv 3 3x3, layernorm, tanh, conv 4 2x2, flatten, layernorm",
        "conv 6 3x3, groupnorm 3, tanh, conv 4 2x2, groupnorm 1 epsilon 0.1, flatten",
        "conv 3 3x3, spatialdropout 0.3, conv 3 2x2, spatialdropout 0.5, flatten",
        "conv 4 2x2, tanh, conv 6 3x3 pad 1 groups 2, tanh, conv 3 2x2 groups 3, flatten",
        "conv 4 2x2, tanh, depthwise 3x3 pad same, tanh, depthwise 2x3 stride 2x1 pad 0x1, flatten",
        "conv 4 2x2, relu, conv 4 3x3 stride 2 pad 1 groups 4, relu, conv 3 1x1, flatten",
        "dense 11, tanh, dense 6, tanh",
        "dense 11, sigmoid, dense 6, sigmoid",
        "dense 11, residual (tanh, dense 11), concat (dense 4, tanh), dense 6",
        "conv 3 3x3, concat (conv 2 3x3 pad same, tanh), residual (tanh, conv 5 1x1), flatten",
        "conv 3 3x3, residual shortcut conv (conv 4 3x3 stride 2 pad 1, tanh, residual (conv 4 1x1)), flatten",
    ] {
        check(layers, Loss::CrossEntropy, NO_PENALTY);
    }
}

/// A layer that is added to the list of all kinds is checked here too.
#[test]
fn gradients_before_and_after_every_kind_of_layer_are_the_slopes_of_the_loss() {
    for layer in LayerSpec::EXAMPLES {
        let image = Shape::Image { channels: 2, height: 7, width: 8 };
        let around_it = [
            format!("dense 11, {layer}, dense 6"),
            format!("conv 4 2x2, {layer}, conv 3 1x1, flatten"),
            format!("conv 4 2x2, {layer}, dense 6"),
        ];
        let layers = around_it
            .iter()
            .find(|layers| Architecture::parse(image, layers, 5).is_ok())
            .unwrap_or_else(|| panic!("no network for `{layer}`"));
        check(layers, Loss::CrossEntropy, NO_PENALTY);
    }
}

#[test]
fn gradients_of_losses_and_penalties_are_their_slopes() {
    for loss in [Loss::CrossEntropy, Loss::CrossEntropyOfSoftmax] {
        for on in [PenaltyScope::All, PenaltyScope::Weights] {
            for (l1, l2) in [(0.02, 0.0), (0.0, 0.05), (0.01, 0.02)] {
                check("dense 11, batchnorm, tanh, dense 6, tanh", loss, Penalty { l1, l2, on });
                check("conv 3 3x3, tanh, flatten", loss, Penalty { l1, l2, on });
            }
        }
    }
}
