//! Dense: y = x·W + b, with W kept `[in, out]` (PyTorch's `nn.Linear` keeps its transpose).
//!
//! Shapes: x `[batch, in]`, y `[batch, out]`. Backward: dW = xᵀ·dy, db = Σ dy over the batch, dx =
//! dy·Wᵀ.

mod input_gradient;

use super::bias::add_rows;
use super::{Backward, Initial, Parameter, rectify};
use crate::Shape;
use crate::buffer::Buffer;
use crate::kernel::{FilledColumns, Matrix, Product, SPARSE_SCRATCH, Start, is_sparse};
use crate::layout::Layout;
use crate::thread_team::{Scratches, ThreadTeam, VALUE_COST};
use crate::trained::{Trained, TrainedRows};
use crate::update::Update;
use input_gradient::InputGradient;

pub(crate) struct Dense {
    input: Shape,
    inputs: usize,
    outputs: usize,
    batch: usize,
    /// Whether its output is put through a ReLU.
    pub(super) rectifies: bool,
    /// Whether its input comes out of a ReLU, and its input's gradient goes through that too.
    pub(super) input_is_rectified: bool,
    /// Outputs whose gradient isn't zero for all images of a batch, and the gradient of those
    /// alone.
    filled: FilledColumns,
    filled_dy: Buffer,
    /// For what is transposed in the input gradient, gradients of weights, or what a sparse product
    /// copies: one for each thread.
    scratches: Vec<Buffer>,
}

impl Dense {
    /// `input` is the image that the vector was flattened from, or the vector's own shape; `batch`
    /// the most images that a backward pass has.
    pub(crate) fn new(input: Shape, outputs: usize, batch: usize) -> Self {
        let mut dense = Dense {
            input,
            inputs: input.len(),
            outputs,
            batch,
            rectifies: false,
            input_is_rectified: false,
            filled: FilledColumns::new(outputs),
            filled_dy: Buffer::zeros(batch * outputs),
            scratches: Vec::new(),
        };
        dense.set_threads(1);
        dense
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let initial = Initial::Uniform { fan_in: self.inputs };
        let layout = Layout::dense(self.input, self.outputs);
        vec![
            Parameter { layout, initial },
            Parameter { layout: Layout::same(self.outputs), initial },
        ]
    }

    /// Makes room for each of `threads` threads.
    pub(crate) fn set_threads(&mut self, threads: usize) {
        let gradients = self.rows_at_once() * self.outputs;
        let values =
            InputGradient::scratch(self.outputs, self.batch).max(2 * gradients + SPARSE_SCRATCH);
        self.scratches = (0..threads).map(|_| Buffer::zeros(values)).collect();
    }

    pub(crate) fn forward(
        &mut self,
        team: &ThreadTeam,
        parameters: &[f32],
        x: &[f32],
        y: &mut [f32],
    ) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let (weights, bias) = parameters.split_at(inputs * outputs);
        let (sparse, rectifies) = (self.leaves_out_zeros(x), self.rectifies);
        team.rows_with(
            y,
            outputs,
            TILE,
            inputs * outputs,
            &mut self.scratches,
            |first, y, scratch| {
                let product = Product {
                    a: Matrix { data: &x[first * inputs..], stride: inputs, outer: 0, inner: 1 },
                    b: Matrix { data: weights, stride: 1, outer: 0, inner: outputs },
                    rows: y.len() / outputs,
                    columns: outputs,
                    outer: 1,
                    inner: inputs,
                    start: Start::Row(bias),
                };
                if sparse {
                    product.compute_sparse(y, outputs, scratch, None);
                } else {
                    product.compute(y, outputs);
                }
                if rectifies {
                    rectify(y);
                }
            },
        );
    }

    pub(crate) fn backward(&mut self, pass: Backward) {
        let Backward { team, trained, update, x, dy, dx, .. } = pass;
        let (dy, inputs, outputs) = (&*dy, self.inputs, self.outputs);
        let (sparse, masked) = (self.leaves_out_zeros(x), self.input_is_rectified);
        if let Some(dx) = dx {
            let (weights, cost) = (&trained.parameters[..inputs * outputs], inputs * outputs);
            let sparse = self.leaves_out_zeros(dy);
            team.rows_with(
                dx,
                inputs,
                input_gradient::TILE,
                cost,
                &mut self.scratches,
                |first, dx, scratch| {
                    let dy = &dy[first * outputs..][..dx.len() / inputs * outputs];
                    let rectified = masked.then(|| &x[first * inputs..][..dx.len()]);
                    let gradient = InputGradient { weights, dy, rectified, inputs, outputs };
                    if sparse {
                        gradient.compute_sparse(dx, scratch);
                    } else {
                        gradient.compute_dense(dx, scratch);
                    }
                },
            );
        }
        let (weights, bias) = trained.split_at(inputs * outputs);
        self.update_weights(Pass { team, x, dy, sparse }, weights, update);
        bias.gradients.fill(0.0);
        add_rows(dy, bias.gradients);
        update.layer(team, bias, 0);
    }

    /// The weights' gradient and, block by block behind it, their update.
    fn update_weights(&mut self, pass: Pass, weights: Trained, update: Update) {
        let Pass { team, x, dy, sparse } = pass;
        let (inputs, outputs, rows) = (self.inputs, self.outputs, self.rows_at_once());
        let batch = dy.len() / outputs;
        let Dense { filled, filled_dy, scratches, .. } = self;
        filled.find(dy);
        let left_out = outputs.saturating_sub(filled.width());
        let leaves_out = batch * left_out >= SPREAD_COST * outputs;
        let (dy, columns) = match leaves_out {
            true => {
                let filled_dy = &mut filled_dy[..batch * filled.width()];
                filled.gather(dy, filled_dy);
                (&*filled_dy, filled.width())
            }
            false => (dy, outputs),
        };
        let out = (TrainedRows { trained: weights, row_len: outputs }, Scratches(scratches));
        team.divide(
            inputs,
            TILE,
            (batch + 2 * VALUE_COST) * outputs,
            out,
            |of, (weights, scratches)| {
                let mut left = weights.trained;
                for first in of.step_by(rows) {
                    let values = (rows * outputs).min(left.parameters.len());
                    let (block, rest) = left.split_at(values);
                    left = rest;
                    let (gradients, scratch) = scratches.0[0].split_at_mut(rows * outputs);
                    let (of_filled, scratch) = scratch.split_at_mut(rows * outputs);
                    let gradients = &mut gradients[..values];
                    let of_filled = &mut of_filled[..values / outputs * columns];
                    let products = if leaves_out { &mut *of_filled } else { &mut *gradients };
                    let product = Product {
                        a: Matrix { data: &x[first..], stride: 1, outer: 0, inner: inputs },
                        b: Matrix { data: dy, stride: 1, outer: 0, inner: columns },
                        rows: values / outputs,
                        columns,
                        outer: 1,
                        inner: batch,
                        start: Start::Zero,
                    };
                    if sparse {
                        product.compute_sparse(products, columns, scratch, None);
                    } else {
                        product.compute(products, columns);
                    }
                    if leaves_out {
                        filled.spread(of_filled, gradients);
                    }
                    let Trained { parameters, gradients: kept, moments } = block;
                    update.weights(Trained { parameters, gradients: &mut *gradients, moments });
                    if update.keeps_gradients {
                        kept.copy_from_slice(gradients);
                    }
                }
            },
        );
    }

    /// Rows of weights whose gradient is computed before they are updated.
    fn rows_at_once(&self) -> usize {
        (WEIGHTS_AT_ONCE / self.outputs).max(1).next_multiple_of(SPARSE_ROWS).min(self.inputs)
    }

    /// Whether products with `values` leave out their zeros. Few outputs are not worth looking for
    /// them.
    fn leaves_out_zeros(&self, values: &[f32]) -> bool {
        self.outputs >= LEAST_OUTPUTS && is_sparse(values)
    }
}

/// What the backward pass reads.
struct Pass<'a> {
    team: &'a ThreadTeam,
    x: &'a [f32],
    dy: &'a [f32],
    /// Whether products leave out zeros of x.
    sparse: bool,
}

/// What it costs to spread a weight's gradient, where outputs were left out, in multiply-adds.
const SPREAD_COST: usize = 12;

/// Outputs from which on leaving out zeros pays.
const LEAST_OUTPUTS: usize = 48;

/// Rows of a [`Product`]'s tiles, and four pairs of rows of the sparse one.
const TILE: usize = 8;

/// Rows that a sparse product does at once.
const SPARSE_ROWS: usize = 64;

/// Weights whose gradient is computed before they are updated: 64 KiB, so that all that belongs to
/// them stays in L2.
const WEIGHTS_AT_ONCE: usize = 16384;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::mask;

    #[test]
    fn forward_and_backward_of_two_images_by_hand() {
        let mut dense = Dense::new(Shape::Flat { features: 2 }, 3, 2);
        // W = [[1, 2, 3], [4, 5, 6]], b = [0.5, 0, -1].
        let mut parameters = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.5, 0.0, -1.0];
        let x = [1.0, 0.0, 2.0, -1.0];
        let mut y = [0.0; 6];
        let team = ThreadTeam::new(1);
        dense.forward(&team, &parameters, &x, &mut y);
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
    fn outputs_that_change_for_no_image_are_left_out_of_the_weights_gradient() {
        let (images, inputs, outputs) = (64, 37, 70);
        // Small whole numbers, so that sums are exact in any order.
        let numbers = |len: usize, seed: usize| -> Vec<f32> {
            (0..len).map(|i| ((i * 7919 + seed * 31) % 11) as f32 - 5.0).collect()
        };
        let (parameters, dense_x) =
            (numbers((inputs + 1) * outputs, 1), numbers(images * inputs, 2));
        let mut sparse_x = dense_x.clone();
        rectify(&mut sparse_x);
        for filled in [0, 1, 40, 64, 70] {
            for x in [&dense_x, &sparse_x] {
                let mut dense = Dense::new(Shape::Flat { features: inputs }, outputs, images);
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
    fn relus_around_it_are_done_with_it_on_any_number_of_threads() {
        let (images, inputs, outputs) = (40, 130, 60);
        // Fractions, so that sums in another order would be others.
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
            let mut dense = Dense::new(Shape::Flat { features: inputs }, outputs, images);
            (dense.rectifies, dense.input_is_rectified) = (relus, relus);
            dense.set_threads(threads);
            let team = ThreadTeam::new(threads);
            let (mut y, mut dx) =
                (vec![f32::NAN; images * outputs], vec![f32::NAN; images * inputs]);
            dense.forward(&team, &parameters, &x, &mut y);
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
        assert!(
            !is_sparse(&dy) && is_sparse(&sparse_dy),
            "the input's gradient is computed both ways"
        );
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
}
