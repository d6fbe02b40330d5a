//! Dense: y = x·W + b, with W kept `[in, out]` (PyTorch's `nn.Linear` keeps its transpose).
//!
//! Shapes: x `[batch, in]`, y `[batch, out]`. Backward: dW = xᵀ·dy, db = Σ dy over the batch, dx = dy·Wᵀ.

use super::{Backward, Initial, Parameter};
use crate::Shape;
use crate::kernel::{Matrix, Product, Start, vectorized};
use crate::layout::Layout;

pub(crate) struct Dense {
    input: Shape,
    inputs: usize,
    outputs: usize,
    /// For Wᵀ, strip by strip.
    scratch: Vec<f32>,
}

impl Dense {
    /// `input` is the image that the vector was flattened from, or the vector's own shape.
    pub(crate) fn new(input: Shape, outputs: usize) -> Self {
        Dense { input, inputs: input.len(), outputs, scratch: vec![0.0; Product::scratch_len(outputs)] }
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let initial = Initial::Uniform { fan_in: self.inputs };
        let layout = Layout::Dense { input: self.input, outputs: self.outputs };
        vec![
            Parameter { layout, len: self.inputs * self.outputs, initial },
            Parameter { layout: Layout::Same, len: self.outputs, initial },
        ]
    }

    pub(crate) fn forward(&self, parameters: &[f32], x: &[f32], y: &mut [f32], batch: usize) {
        let (weights, bias) = parameters.split_at(self.inputs * self.outputs);
        let product = Product {
            a: Matrix { data: x, stride: self.inputs, outer: 0, inner: 1 },
            b: Matrix { data: weights, stride: 1, outer: 0, inner: self.outputs },
            rows: batch,
            columns: self.outputs,
            outer: 1,
            inner: self.inputs,
            start: Start::Row(bias),
        };
        product.compute(y, self.outputs, &mut []);
    }

    pub(crate) fn backward(&mut self, pass: Backward) {
        let Backward { parameters, gradients, x, dy, dx, batch, .. } = pass;
        let (d_weights, d_bias) = gradients.split_at_mut(self.inputs * self.outputs);
        let product = Product {
            a: Matrix { data: x, stride: 1, outer: 0, inner: self.inputs },
            b: Matrix { data: dy, stride: 1, outer: 0, inner: self.outputs },
            rows: self.inputs,
            columns: self.outputs,
            outer: 1,
            inner: batch,
            start: Start::Zero,
        };
        product.compute(d_weights, self.outputs, &mut []);
        d_bias.fill(0.0);
        add_rows(dy, d_bias);
        if let Some(dx) = dx {
            let product = Product {
                a: Matrix { data: dy, stride: self.outputs, outer: 0, inner: 1 },
                b: Matrix { data: parameters, stride: self.outputs, outer: 0, inner: 1 },
                rows: batch,
                columns: self.inputs,
                outer: 1,
                inner: self.outputs,
                start: Start::Zero,
            };
            product.compute(dx, self.inputs, &mut self.scratch);
        }
    }
}

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
        let mut dense = Dense::new(Shape::Flat { features: 2 }, 3);
        // W = [[1, 2, 3], [4, 5, 6]], b = [0.5, 0, -1].
        let parameters = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.5, 0.0, -1.0];
        let x = [1.0, 0.0, 2.0, -1.0];
        let mut y = [0.0; 6];
        dense.forward(&parameters, &x, &mut y, 2);
        assert_eq!(y, [1.5, 2.0, 2.0, -1.5, -1.0, -1.0]);

        let mut dy = [1.0, 0.0, 2.0, 0.0, 1.0, -1.0];
        let (mut gradients, mut dx) = ([0.0; 9], [0.0; 4]);
        dense.backward(Backward {
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
