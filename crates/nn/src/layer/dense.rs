//! Dense: y = x·W + b, with W kept `[in, out]` (PyTorch's `nn.Linear` keeps its transpose).
//!
//! Shapes: x `[batch, in]`, y `[batch, out]`. Backward: dW = xᵀ·dy, db = Σ dy over the batch, dx = dy·Wᵀ.

use super::{Backward, Initial, Parameter};
use crate::Shape;
use crate::kernel::{Matrix, Product, Start, vectorized};
use crate::layout::Layout;
use crate::team::Team;

pub(crate) struct Dense {
    input: Shape,
    inputs: usize,
    outputs: usize,
    /// For Wᵀ, strip by strip: one for each thread.
    scratches: Vec<Vec<f32>>,
}

impl Dense {
    /// `input` is the image that the vector was flattened from, or the vector's own shape.
    pub(crate) fn new(input: Shape, outputs: usize) -> Self {
        Dense { input, inputs: input.len(), outputs, scratches: vec![vec![0.0; Product::scratch_len(outputs)]] }
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
        self.scratches.resize(threads, vec![0.0; Product::scratch_len(self.outputs)]);
    }

    pub(crate) fn forward(&self, team: &Team, parameters: &[f32], x: &[f32], y: &mut [f32]) {
        let (weights, bias) = parameters.split_at(self.inputs * self.outputs);
        team.rows(y, self.outputs, TILE, self.inputs * self.outputs, |first, y| {
            let product = Product {
                a: Matrix { data: &x[first * self.inputs..], stride: self.inputs, outer: 0, inner: 1 },
                b: Matrix { data: weights, stride: 1, outer: 0, inner: self.outputs },
                rows: y.len() / self.outputs,
                columns: self.outputs,
                outer: 1,
                inner: self.inputs,
                start: Start::Row(bias),
            };
            product.compute(y, self.outputs, &mut []);
        });
    }

    pub(crate) fn backward(&mut self, pass: Backward) {
        let Backward { team, parameters, gradients, x, dy, dx, batch, .. } = pass;
        let (dy, inputs, outputs) = (&*dy, self.inputs, self.outputs);
        let (d_weights, d_bias) = gradients.split_at_mut(inputs * outputs);
        team.rows(d_weights, outputs, TILE, batch * outputs, |first, d_weights| {
            let product = Product {
                a: Matrix { data: &x[first..], stride: 1, outer: 0, inner: inputs },
                b: Matrix { data: dy, stride: 1, outer: 0, inner: outputs },
                rows: d_weights.len() / outputs,
                columns: outputs,
                outer: 1,
                inner: batch,
                start: Start::Zero,
            };
            product.compute(d_weights, outputs, &mut []);
        });
        sum_rows(dy, d_bias);
        let Some(dx) = dx else { return };
        team.rows_with(dx, inputs, TILE, inputs * outputs, &mut self.scratches, |first, dx, scratch| {
            let product = Product {
                a: Matrix { data: &dy[first * outputs..], stride: outputs, outer: 0, inner: 1 },
                b: Matrix { data: parameters, stride: outputs, outer: 0, inner: 1 },
                rows: dx.len() / inputs,
                columns: inputs,
                outer: 1,
                inner: outputs,
                start: Start::Zero,
            };
            product.compute(dx, inputs, scratch);
        });
    }
}

/// Rows of a [`Product`]'s tiles.
const TILE: usize = 8;

/// The sum of all rows of `rows`, each as long as `sum`: a bias's gradient.
pub(crate) fn sum_rows(rows: &[f32], sum: &mut [f32]) {
    vectorized(|| {
        sum.fill(0.0);
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
        let mut dense = Dense::new(Shape::Flat { features: 2 }, 3);
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
