//! A dense layer computes its formulas, whichever kernels it chooses and whichever zeros it leaves
//! out.

use super::linear::Linear;
use crate::kernel::is_sparse;
use crate::layer::execution::{Backward, Forward, Layer, Mode};
use crate::layer::relu::{mask, rectify};
use crate::thread_team::ThreadTeam;
use crate::trained::Trained;
use crate::update::Update;

#[test]
fn forward_and_backward_of_two_images_by_hand() {
    let mut dense = Linear::new(2, 3, 2);
    // W = [[1, 2, 3], [4, 5, 6]], b = [0.5, 0, -1].
    let mut parameters = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.5, 0.0, -1.0];
    let x = [1.0, 0.0, 2.0, -1.0];
    let mut y = [0.0; 6];
    let team = ThreadTeam::new(1);
    forward(&mut dense, &team, &parameters, &x, &mut y);
    assert_eq!(y, [1.5, 2.0, 2.0, -1.5, -1.0, -1.0]);

    let mut dy = [1.0, 0.0, 2.0, 0.0, 1.0, -1.0];
    let (mut gradients, mut dx) = ([0.0; 9], [0.0; 4]);
    dense.backward(Backward {
        team: &team,
        trained: Trained::without_moments(&mut parameters, &mut gradients),
        update: Update::NONE,
        x: &x,
        y: &y,
        dy: &mut dy,
        dx: Some(&mut dx),
    });
    assert_eq!(gradients, [1.0, 2.0, 0.0, 0.0, -1.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(dx, [7.0, 16.0, -1.0, -1.0]);
}

#[test]
fn leaving_out_outputs_without_gradient_changes_no_weight_gradient() {
    let (images, inputs, outputs) = (64, 37, 70);
    // Small whole numbers, so that sums are exact in any order.
    let numbers = |len: usize, seed: usize| -> Vec<f32> {
        (0..len).map(|i| ((i * 7919 + seed * 31) % 11) as f32 - 5.0).collect()
    };
    let (parameters, dense_x) = (numbers((inputs + 1) * outputs, 1), numbers(images * inputs, 2));
    let mut sparse_x = dense_x.clone();
    rectify(&mut sparse_x);
    for filled in [0, 1, 40, 64, 70] {
        for x in [&dense_x, &sparse_x] {
            let mut dense = Linear::new(inputs, outputs, images);
            let mut dy = numbers(images * outputs, 3);
            dy.chunks_exact_mut(outputs).for_each(|dy| {
                (0..outputs).filter(|j| j * 27 % outputs >= filled).for_each(|j| dy[j] = 0.0);
            });
            let mut gradients = vec![f32::NAN; parameters.len()];
            dense.backward(Backward {
                team: &ThreadTeam::new(1),
                trained: Trained::without_moments(&mut parameters.clone(), &mut gradients),
                update: Update::NONE,
                x,
                y: &[],
                dy: &mut dy,
                dx: None,
            });
            for (at, gradient) in gradients[..inputs * outputs].iter().enumerate() {
                let (i, j) = (at / outputs, at % outputs);
                let expected = (0..images)
                    .map(|image| x[image * inputs + i] * dy[image * outputs + j])
                    .sum::<f32>();
                assert_eq!(*gradient, expected, "{filled} outputs, input {i}, output {j}");
            }
        }
    }
}

#[test]
fn fused_relus_give_the_same_bits_on_any_number_of_threads() {
    let (images, inputs, outputs) = (40, 130, 60);
    // Fractions, so that sums in another order would differ.
    let numbers = |len: usize, seed: usize| -> Vec<f32> {
        (0..len)
            .map(|i| (((i * 7919 + seed * 31) % 11) as f32 - 5.0) / (1 + i % 13) as f32)
            .collect()
    };
    let parameters = numbers((inputs + 1) * outputs, 1);
    let (mut x, dy) = (numbers(images * inputs, 2), numbers(images * outputs, 3));
    let mut sparse_dy = dy.clone();
    rectify(&mut x);
    rectify(&mut sparse_dy);
    let passes = |dy: &[f32], threads: usize, relus: bool| {
        let mut dense = Linear::new(inputs, outputs, images);
        if relus {
            assert!(dense.fuse_next_relu() && dense.fuse_previous_relu());
        }
        dense.set_threads(threads);
        let team = ThreadTeam::new(threads);
        let (mut y, mut dx) = (vec![f32::NAN; images * outputs], vec![f32::NAN; images * inputs]);
        forward(&mut dense, &team, &parameters, &x, &mut y);
        let mut gradients = vec![f32::NAN; parameters.len()];
        dense.backward(Backward {
            team: &team,
            trained: Trained::without_moments(&mut parameters.clone(), &mut gradients),
            update: Update::NONE,
            x: &x,
            y: &y,
            dy: &mut dy.to_vec(),
            dx: Some(&mut dx),
        });
        (y, dx, gradients)
    };
    assert!(is_sparse(&x), "zeros of x are left out");
    assert!(!is_sparse(&dy) && is_sparse(&sparse_dy), "the input's gradient is computed both ways");
    for dy in [dy, sparse_dy] {
        let (mut y, mut dx, gradients) = passes(&dy, 1, false);
        rectify(&mut y);
        mask(&mut dx, &x);
        for threads in [1, 2, 3] {
            let expected = (y.clone(), dx.clone(), gradients.clone());
            assert_eq!(passes(&dy, threads, true), expected, "{threads} threads");
        }
    }
}

fn forward(dense: &mut Linear, team: &ThreadTeam, parameters: &[f32], x: &[f32], y: &mut [f32]) {
    dense.forward(Forward { team, parameters, x, y, mode: Mode::Inference });
}
