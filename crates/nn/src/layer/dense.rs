//! Dense: y = x·W + b, with W kept `[in, out]` (PyTorch's `nn.Linear` keeps its transpose).
//!
//! Shapes: x `[batch, in]`, y `[batch, out]`. Backward: dW = xᵀ·dy, db = Σ dy over the batch, dx = dy·Wᵀ.

use super::{Backward, Initial, Parameter};
use crate::Shape;
use crate::buffer::Buffer;
use crate::kernel::{Matrix, Product, SPARSE_SCRATCH, Start, is_sparse, transpose, vectorized};
use crate::layout::Layout;
use crate::team::Team;

pub(crate) struct Dense {
    input: Shape,
    inputs: usize,
    outputs: usize,
    batch: usize,
    /// For what is transposed in the input gradient, or what a sparse product copies: one for each thread.
    scratches: Vec<Buffer>,
}

impl Dense {
    /// `input` is the image that the vector was flattened from, or the vector's own shape; `batch` the most images that a
    /// backward pass has.
    pub(crate) fn new(input: Shape, outputs: usize, batch: usize) -> Self {
        let mut dense = Dense { input, inputs: input.len(), outputs, batch, scratches: Vec::new() };
        dense.set_threads(1);
        dense
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let initial = Initial::Uniform { fan_in: self.inputs };
        let layout = Layout::Dense { input: self.input, outputs: self.outputs };
        vec![
            Parameter { layout, len: self.inputs * self.outputs, initial },
            Parameter { layout: Layout::Same, len: self.outputs, initial },
        ]
    }

    /// Makes room for each of `threads` threads.
    pub(crate) fn set_threads(&mut self, threads: usize) {
        let values = ((self.outputs + INPUTS_AT_ONCE) * self.batch).max(SPARSE_SCRATCH);
        self.scratches = (0..threads).map(|_| Buffer::zeros(values)).collect();
    }

    pub(crate) fn forward(&mut self, team: &Team, parameters: &[f32], x: &[f32], y: &mut [f32]) {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let (weights, bias) = parameters.split_at(inputs * outputs);
        let sparse = self.leaves_out_zeros(x);
        team.rows_with(y, outputs, TILE, inputs * outputs, &mut self.scratches, |first, y, scratch| {
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
                product.compute_sparse(y, outputs, scratch);
            } else {
                product.compute(y, outputs);
            }
        });
    }

    pub(crate) fn backward(&mut self, pass: Backward) {
        let Backward { team, parameters, gradients, x, dy, dx, batch, .. } = pass;
        let (dy, inputs, outputs) = (&*dy, self.inputs, self.outputs);
        let (d_weights, d_bias) = gradients.split_at_mut(inputs * outputs);
        let sparse = self.leaves_out_zeros(x);
        team.rows_with(d_weights, outputs, TILE, batch * outputs, &mut self.scratches, |first, d_weights, scratch| {
            let product = Product {
                a: Matrix { data: &x[first..], stride: 1, outer: 0, inner: inputs },
                b: Matrix { data: dy, stride: 1, outer: 0, inner: outputs },
                rows: d_weights.len() / outputs,
                columns: outputs,
                outer: 1,
                inner: batch,
                start: Start::Zero,
            };
            if sparse {
                product.compute_sparse(d_weights, outputs, scratch);
            } else {
                product.compute(d_weights, outputs);
            }
        });
        d_bias.fill(0.0);
        add_rows(dy, d_bias);
        let Some(dx) = dx else { return };
        let cost = inputs * outputs;
        team.rows_with(dx, inputs, INPUT_GRADIENT_TILE, cost, &mut self.scratches, |first, dx, scratch| {
            input_gradient(parameters, &dy[first * outputs..], dx, (inputs, outputs), scratch);
        });
    }

    /// Whether products with `x` leave out its zeros. Few outputs are not worth looking for them.
    fn leaves_out_zeros(&self, x: &[f32]) -> bool {
        self.outputs >= LEAST_OUTPUTS && is_sparse(x)
    }
}

/// Outputs from which on leaving out zeros pays.
const LEAST_OUTPUTS: usize = 48;

/// dx of some images. It is computed as its transpose, W·dyᵀ: W is read once, as it lies, and only what is small is
/// transposed.
fn input_gradient(weights: &[f32], dy: &[f32], dx: &mut [f32], (inputs, outputs): (usize, usize), scratch: &mut [f32]) {
    let images = dx.len() / inputs;
    let (transposed_dy, transposed_dx) = scratch.split_at_mut(outputs * images);
    transpose(dy, outputs, (images, outputs), transposed_dy, images);
    for first in (0..inputs).step_by(INPUTS_AT_ONCE) {
        let rows = INPUTS_AT_ONCE.min(inputs - first);
        let product = Product {
            a: Matrix { data: &weights[first * outputs..], stride: outputs, outer: 0, inner: 1 },
            b: Matrix { data: transposed_dy, stride: 1, outer: 0, inner: images },
            rows,
            columns: images,
            outer: 1,
            inner: outputs,
            start: Start::Zero,
        };
        product.compute(transposed_dx, images);
        transpose(transposed_dx, images, (rows, images), &mut dx[first..], inputs);
    }
}

/// Rows of a [`Product`]'s tiles.
const TILE: usize = 8;

/// Images that the input gradient's columns are, in whole vectors.
const INPUT_GRADIENT_TILE: usize = 16;

/// Inputs whose gradient is computed before it is transposed: 64 KiB for 64 images.
const INPUTS_AT_ONCE: usize = 256;

/// Adds all rows of `rows`, each as long as `sum`, in order: a bias's gradient.
pub(crate) fn add_rows(rows: &[f32], sum: &mut [f32]) {
    vectorized(|| {
        for row in rows.chunks_exact(sum.len()) {
            for (sum, &value) in sum.iter_mut().zip(row) {
                *sum += value;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forward_and_backward_of_two_images_by_hand() {
        let mut dense = Dense::new(Shape::Flat { features: 2 }, 3, 2);
        // W = [[1, 2, 3], [4, 5, 6]], b = [0.5, 0, -1].
        let parameters = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.5, 0.0, -1.0];
        let x = [1.0, 0.0, 2.0, -1.0];
        let mut y = [0.0; 6];
        let team = Team::new(1);
        dense.forward(&team, &parameters, &x, &mut y);
        assert_eq!(y, [1.5, 2.0, 2.0, -1.5, -1.0, -1.0]);

        let mut dy = [1.0, 0.0, 2.0, 0.0, 1.0, -1.0];
        let (mut gradients, mut dx) = ([0.0; 9], [0.0; 4]);
        dense.backward(Backward {
            team: &team,
            parameters: &parameters,
            gradients: &mut gradients,
            x: &x,
            y: &y,
            dy: &mut dy,
            dx: Some(&mut dx),
            batch: 2,
        });
        assert_eq!(gradients, [1.0, 2.0, 0.0, 0.0, -1.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(dx, [7.0, 16.0, -1.0, -1.0]);
    }
}
