//! The passes of a dense layer; [`super`] has the formulas.

use super::input_gradient::{self, DenseInputGradient};
use crate::buffer::Buffer;
use crate::kernel::{FilledColumns, Matrix, Product, SPARSE_SCRATCH, Start, is_sparse};
use crate::layer::bias::add_rows;
use crate::layer::execution::{Backward, Forward, Layer};
use crate::layer::relu::rectify;
use crate::thread_team::{Scratches, ThreadTeam, VALUE_COST};
use crate::trained::{Trained, TrainedRows};
use crate::update::Update;

/// A dense layer as it is executed.
pub(super) struct Linear {
    inputs: usize,
    outputs: usize,
    batch: usize,
    /// Whether the output is put through a ReLU.
    rectifies: bool,
    /// Whether the input is the output of a ReLU, through which its gradient goes too.
    input_is_rectified: bool,
    /// The outputs whose gradient is not zero for all images of a batch.
    filled: FilledColumns,
    /// The gradient of those outputs alone.
    filled_dy: Buffer,
    /// Scratch memory for each thread: for the matrices that the input gradient transposes, for
    /// gradients of weights, and for the blocks that a sparse product copies.
    scratches: Vec<Buffer>,
}

impl Linear {
    /// For training batches of up to `batch` images.
    pub(super) fn new(inputs: usize, outputs: usize, batch: usize) -> Self {
        let mut linear = Linear {
            inputs,
            outputs,
            batch,
            rectifies: false,
            input_is_rectified: false,
            filled: FilledColumns::new(outputs),
            filled_dy: Buffer::zeros(batch * outputs),
            scratches: Vec::new(),
        };
        linear.set_threads(1);
        linear
    }

    /// Bytes of the memory of a layer for batches of `batch` images on `threads` threads.
    pub(super) fn bytes(inputs: usize, outputs: usize, batch: usize, threads: usize) -> usize {
        let values = batch * outputs + threads * scratch(inputs, outputs, batch);
        values * size_of::<f32>() + FilledColumns::bytes(outputs)
    }

    /// Computes the weights' gradient block by block, and updates each block after its gradient.
    fn update_weights(&mut self, pass: WeightPass, weights: Trained, update: Update) {
        let WeightPass { team, x, dy, sparse } = pass;
        let (inputs, outputs, rows) =
            (self.inputs, self.outputs, rows_at_once(self.inputs, self.outputs));
        let batch = dy.len() / outputs;
        let Linear { filled, filled_dy, scratches, .. } = self;
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

    /// Whether products with `values` leave out their zeros. With few outputs it is not worth
    /// looking for zeros.
    fn leaves_out_zeros(&self, values: &[f32]) -> bool {
        self.outputs >= LEAST_OUTPUTS && is_sparse(values)
    }
}

impl Layer for Linear {
    fn set_threads(&mut self, threads: usize) {
        let values = scratch(self.inputs, self.outputs, self.batch);
        self.scratches = (0..threads).map(|_| Buffer::zeros(values)).collect();
    }

    fn fuse_next_relu(&mut self) -> bool {
        self.rectifies = true;
        true
    }

    fn fuse_previous_relu(&mut self) -> bool {
        self.input_is_rectified = true;
        true
    }

    fn forward(&mut self, pass: Forward) {
        let Forward { team, parameters, x, y, .. } = pass;
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

    fn backward(&mut self, pass: Backward) {
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
                    let gradient = DenseInputGradient { weights, dy, rectified, inputs, outputs };
                    if sparse {
                        gradient.compute_sparse(dx, scratch);
                    } else {
                        gradient.compute_dense(dx, scratch);
                    }
                },
            );
        }
        let (weights, bias) = trained.split_at(inputs * outputs);
        self.update_weights(WeightPass { team, x, dy, sparse }, weights, update);
        bias.gradients.fill(0.0);
        add_rows(dy, bias.gradients);
        update.layer(team, bias, 0);
    }
}

/// How many rows of weights are updated at once, after their gradient is computed.
fn rows_at_once(inputs: usize, outputs: usize) -> usize {
    (WEIGHTS_AT_ONCE / outputs).max(1).next_multiple_of(SPARSE_ROWS).min(inputs)
}

/// Values of scratch memory that each thread needs.
fn scratch(inputs: usize, outputs: usize, batch: usize) -> usize {
    let gradients = rows_at_once(inputs, outputs) * outputs;
    DenseInputGradient::scratch(outputs, batch).max(2 * gradients + SPARSE_SCRATCH)
}

/// What the update of the weights reads.
struct WeightPass<'a> {
    team: &'a ThreadTeam,
    x: &'a [f32],
    dy: &'a [f32],
    /// Whether products leave out zeros of x.
    sparse: bool,
}

/// The cost of spreading one weight's gradient after outputs were left out, in multiply-adds.
const SPREAD_COST: usize = 12;

/// The fewest outputs with which leaving out zeros pays.
const LEAST_OUTPUTS: usize = 48;

/// Rows that are divided over threads together: a tile of a [`Product`], or four pairs of rows of
/// the sparse product.
const TILE: usize = 8;

/// Rows that a sparse product does at once.
const SPARSE_ROWS: usize = 64;

/// Weights that are updated at once, after their gradient is computed: 64 KiB of f32, so that
/// gradients and moments of these weights stay in L2.
const WEIGHTS_AT_ONCE: usize = 16384;
