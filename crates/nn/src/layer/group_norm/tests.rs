//! Group normalisation against its formula.

use super::passes::GroupNormaliser;
use crate::layer::execution::{Backward, Forward, Layer, Mode};
use crate::layer::extent::Extent;
use crate::thread_team::ThreadTeam;
use crate::trained::Trained;
use crate::update::Update;
use crate::{Architecture, Shape};

/// Values of two groups of two channels: mean 4 and variance 5, and a constant.
const X: [f32; 8] = [1.0, 3.0, 1e6, 1e6, 5.0, 7.0, 1e6, 1e6];
const PARAMETERS: [f32; 8] = [2.0, 1.0, 3.0, 3.0, 0.5, 0.0, 1.0, 2.0];

#[test]
fn each_group_is_normalised_by_its_own_values_in_training_and_in_inference() {
    let input = Extent { height: 2, width: 1, channels: 4 };
    let mut layer = GroupNormaliser::new(1e-5, 2, input, 1);
    let team = &ThreadTeam::new(1);
    let unit = 1.0 / 5f32.sqrt();
    let expected = [-6.0 * unit + 0.5, -unit, 1.0, 2.0, 2.0 * unit + 0.5, 3.0 * unit, 1.0, 2.0];
    // More images than the training batch has.
    let x = X.repeat(3);
    for (images, mode) in [(1, Mode::Training { seed: 0, step: 0 }), (3, Mode::Inference)] {
        let mut y = vec![9.0; images * 8];
        let x = &x[..images * 8];
        layer.forward(Forward { team, parameters: &PARAMETERS, x, y: &mut y, mode });
        for (y, expected) in y.iter().zip(expected.repeat(images)) {
            assert!((y - expected).abs() < 1e-5, "{y} {expected}");
        }
    }
}

#[test]
fn gradients_are_the_formula_far_from_zero() {
    let input = Extent { height: 5, width: 9, channels: 6 };
    let (groups, images, values) = (3, 2, input.len());
    let numbers = |by: usize, len: usize| -> Vec<f32> {
        (0..len).map(|i| (i * by % 101) as f32 / 50.0 - 1.0).collect()
    };
    let x: Vec<f32> = numbers(37, images * values).iter().map(|x| x + 1000.0).collect();
    let (mut parameters, given) = (numbers(29, 12), numbers(13, images * values));
    let mut layer = GroupNormaliser::new(1e-5, groups, input, images);
    let (team, mode) = (&ThreadTeam::new(1), Mode::Training { seed: 0, step: 0 });
    let mut y = vec![0.0; x.len()];
    layer.forward(Forward { team, parameters: &parameters, x: &x, y: &mut y, mode });
    let (mut dy, mut dx) = (given.clone(), vec![9.0; x.len()]);
    let (gamma, mut gradients) = (parameters.clone(), vec![9.0; 12]);
    layer.backward(Backward {
        team,
        trained: Trained::without_moments(&mut parameters, &mut gradients),
        update: Update::NONE,
        x: &x,
        y: &y,
        dy: &mut dy,
        dx: Some(&mut dx),
    });
    let mut expected = [0.0; 12];
    for (image, group) in (0..images).flat_map(|image| (0..groups).map(move |g| (image, g))) {
        let members: Vec<usize> = (0..values).filter(|at| at % 6 / 2 == group).collect();
        let of = |all: &[f32]| -> Vec<f64> {
            members.iter().map(|at| f64::from(all[image * values + at])).collect()
        };
        let (x, dy, dx, n) = (of(&x), of(&given), of(&dx), members.len() as f64);
        let mean = x.iter().sum::<f64>() / n;
        let root = (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n + 1e-5).sqrt();
        let normal: Vec<f64> = x.iter().map(|x| (x - mean) / root).collect();
        let g = members.iter().zip(&dy).map(|(at, dy)| f64::from(gamma[at % 6]) * dy);
        let g: Vec<f64> = g.collect();
        let of_sum = g.iter().sum::<f64>() / n;
        let of_product = g.iter().zip(&normal).map(|(g, x)| g * x).sum::<f64>() / n;
        for (i, at) in members.iter().enumerate() {
            let truth = (g[i] - of_sum - normal[i] * of_product) / root;
            assert!((dx[i] - truth).abs() < 2e-4, "{} {truth}", dx[i]);
            expected[at % 6] += dy[i] * normal[i];
            expected[6 + at % 6] += dy[i];
        }
    }
    for (&found, truth) in gradients.iter().zip(&expected) {
        assert!((f64::from(found) - truth).abs() < 1e-3, "{found} {truth}");
    }
}

#[test]
fn groups_must_divide_the_channels_of_an_image() {
    let image = Shape::Image { channels: 2, height: 5, width: 4 };
    for (layers, message) in [
        (
            "conv 6 1x1, groupnorm 4, flatten",
            "layer 2 `groupnorm 4` has 4 groups, but 6 channels come in\n\
             hint: the number must be a multiple of the number of groups",
        ),
        (
            "dense 8, groupnorm 4",
            "layer 2 `groupnorm 4` takes an image (channels × height × width), but a vector of 8 comes in\n\
             hint: put it before `flatten` and the dense layers",
        ),
    ] {
        let error = Architecture::parse(image, layers, 3).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    assert!(Architecture::parse(image, "conv 6 1x1, groupnorm 3, flatten", 3).is_ok());
}
