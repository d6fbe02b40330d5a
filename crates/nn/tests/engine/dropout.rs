//! Dropout changes nothing in inference. In training it zeroes the right share of values and scales
//! the others, with a mask that only seed, step and place decide.
//!
//! The tests read masks from gradients. Eight white images of eight different classes go through
//! `flatten, dropout p` and the last dense layer, which has nine outputs, and whose weights and
//! biases are zero. So the probability of each output is 1/9. If m is the factor by which dropout
//! multiplied an input, the gradient of a weight is g\[c, i\] = (Σₙ m\[n, i\] / 9 − m\[c, i\]) / 8
//! for the eight classes of the images, and Σₙ m\[n, i\] / 72 for the ninth. So m\[c, i\] =
//! 8·(g\[8, i\] − g\[c, i\]).

use fitroom_nn::{Architecture, Network, Recipe, Shape, Tensor};

use crate::generator;

const IMAGES: usize = 8;
const SIDE: usize = 28;
const PIXELS: usize = SIDE * SIDE;

fn network(layers: &str, classes: usize, seed: u64) -> Network {
    let input = Shape::Image { channels: 1, height: SIDE, width: SIDE };
    let architecture = Architecture::parse(input, layers, classes).unwrap();
    let mut network = Network::new(&architecture, &Recipe::default(), IMAGES, seed);
    network.keep_gradients();
    network
}

/// The factors of dropout in the network's next step, `[IMAGES, PIXELS]`.
fn factors(network: &mut Network) -> Vec<f32> {
    let mut tensors = network.tensors();
    tensors.iter_mut().for_each(|t| t.values.fill(0.0));
    network.load_tensors(&tensors).unwrap();
    let labels: Vec<u8> = (0..IMAGES as u8).collect();
    let indices: Vec<u32> = (0..IMAGES as u32).collect();
    network.train_batch(&[255; IMAGES * PIXELS], &labels, &indices, 0.0);
    let gradients = network.gradients();
    let weight = gradients.iter().find(|t| t.name.ends_with(".weight")).unwrap();
    assert_eq!(weight.shape, [IMAGES + 1, PIXELS]);
    let ninth = &weight.values[IMAGES * PIXELS..];
    weight.values[..IMAGES * PIXELS]
        .iter()
        .enumerate()
        .map(|(i, g)| 8.0 * (ninth[i % PIXELS] - g))
        .collect()
}

/// Asserts that a share of `expected` in `count` draws is within five standard deviations.
fn assert_share(what: &str, got: usize, count: usize, expected: f64) {
    let deviation = (count as f64 * expected * (1.0 - expected)).sqrt();
    let off = (got as f64 - count as f64 * expected).abs();
    assert!(off <= 5.0 * deviation, "{what}: {got} of {count}, expected a share of {expected}");
}

fn is_zero(factor: f32) -> bool {
    factor.abs() < 1e-4
}

#[test]
fn training_zeroes_the_right_share_and_scales_the_rest() {
    for probability in [0.1_f32, 0.3, 0.5, 0.9] {
        let mut network = network(&format!("flatten, dropout {probability}"), IMAGES + 1, 1);
        let (mut zeros, mut sum) = (0, 0.0);
        for _ in 0..10 {
            for factor in factors(&mut network) {
                let survivor = 1.0 / (1.0 - probability);
                let near = (factor - survivor).abs() < 1e-5 * survivor;
                assert!(is_zero(factor) || near, "factor {factor} at probability {probability}");
                zeros += usize::from(is_zero(factor));
                sum += f64::from(factor);
            }
        }
        let count = 10 * IMAGES * PIXELS;
        assert_share("zeros", zeros, count, f64::from(probability));
        let p = f64::from(probability);
        let deviation = (p / (1.0 - p) / count as f64).sqrt();
        assert!(
            (sum / count as f64 - 1.0).abs() < 5.0 * deviation,
            "mean factor {}",
            sum / count as f64
        );
    }
}

#[test]
fn probability_zero_changes_nothing() {
    assert!(
        factors(&mut network("flatten, dropout 0", IMAGES + 1, 1))
            .iter()
            .all(|f| (f - 1.0).abs() < 1e-5)
    );
}

#[test]
fn masks_are_decided_by_seed_step_and_place() {
    let layers = "flatten, dropout 0.5";
    let mut first = network(layers, IMAGES + 1, 1);
    let steps: Vec<Vec<f32>> = (0..3).map(|_| factors(&mut first)).collect();
    // The same seed and step, but without the steps before.
    let mut again = network(layers, IMAGES + 1, 1);
    let moments = again.optimizer_tensors();
    again.load_optimizer(&moments, 2).unwrap();
    assert_eq!(factors(&mut again), steps[2]);
    // Independent masks agree in half of their places.
    let count = IMAGES * PIXELS;
    let same = |a: &[f32], b: &[f32]| {
        a.iter().zip(b).filter(|(x, y)| is_zero(**x) == is_zero(**y)).count()
    };
    assert_share("same in steps 0 and 1", same(&steps[0], &steps[1]), count, 0.5);
    assert_share("same in steps 1 and 2", same(&steps[1], &steps[2]), count, 0.5);
    let other = factors(&mut network(layers, IMAGES + 1, 2));
    assert_share("same for seeds 1 and 2", same(&steps[0], &other), count, 0.5);
    let shifted = &steps[0][PIXELS..];
    assert_share("same for neighbouring images", same(&steps[0], shifted), count - PIXELS, 0.5);
    assert_share("same for neighbouring pixels", same(&steps[0], &steps[0][1..]), count - 1, 0.5);
}

#[test]
fn two_dropout_layers_have_masks_of_their_own() {
    let factors = factors(&mut network("flatten, dropout 0.5, dropout 0.5", IMAGES + 1, 1));
    let kept = factors.iter().filter(|f| !is_zero(**f)).count();
    assert_share("kept by both", kept, IMAGES * PIXELS, 0.25);
    assert!(factors.iter().all(|&f| is_zero(f) || (f - 4.0).abs() < 1e-4));
}

/// With one image, the factors m of dropout follow from the gradient of the last layer's weight.
/// Then the gradient of the first layer's bias must be m·(Wᵀδ).
#[test]
fn backward_uses_the_mask_of_forward() {
    const UNITS: usize = 50;
    let mut network = network("dense 50, dropout 0.3", 4, 1);
    let mut tensors = network.tensors();
    generator::fill(&mut tensors);
    network.load_tensors(&tensors).unwrap();
    network.train_batch(&[255; PIXELS], &[2], &[0], 0.0);
    let gradients = network.gradients();
    let values =
        |of: &[Tensor], name: &str| of.iter().find(|t| t.name == name).unwrap().values.clone();
    let (weight, delta) = (values(&tensors, "2.weight"), values(&gradients, "2.bias"));
    let (first, last) = (values(&gradients, "0.bias"), values(&gradients, "2.weight"));
    let mut dropped = 0;
    for unit in 0..UNITS {
        let expected: f32 = (0..4).map(|class| weight[class * UNITS + unit] * delta[class]).sum();
        let is_kept = (0..4).any(|class| last[class * UNITS + unit] != 0.0);
        let expected = if is_kept { expected / 0.7 } else { 0.0 };
        assert!(
            (first[unit] - expected).abs() < 1e-6,
            "unit {unit}: {} instead of {expected}",
            first[unit]
        );
        dropped += usize::from(!is_kept);
    }
    assert!((5..25).contains(&dropped), "{dropped} of {UNITS} dropped");
}

#[test]
fn inference_leaves_values_alone() {
    let data = generator::images(IMAGES, [1, SIDE, SIDE], 9, false);
    let indices: Vec<u32> = (0..IMAGES as u32).collect();
    let mut logits = ["flatten, dropout 0.5", "flatten, flatten"].map(|layers| {
        let mut network = network(layers, 9, 1);
        let mut tensors = network.tensors();
        generator::fill(&mut tensors);
        network.load_tensors(&tensors).unwrap();
        let score = network.score(&data.pixels, &data.labels, &indices);
        (network.logits(&data.pixels, &indices), score)
    });
    let [dropped, plain] = &mut logits;
    assert_eq!(dropped, plain);
    assert!(dropped.0.iter().any(|&x| x != 0.0));
}
