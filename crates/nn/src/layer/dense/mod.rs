//! Dense: y = x·W + b. PyTorch's `nn.Linear`, which keeps the transpose of our W.
//!
//! Shapes: x `[batch, in]`, y `[batch, out]`, W `[in, out]`, b `[out]`. Backward: dW = xᵀ·dy, db =
//! Σ dy over the batch, dx = dy·Wᵀ. Initial values: W and b uniform in ±1/√in.

mod input_gradient;
mod linear;
#[cfg(test)]
mod tests;

use std::fmt;

use self::linear::Linear;
use super::description::{
    Initial, LayerDescription, LayerFamily, LayerPlace, Parameter, ShapeError,
};
use super::execution::Layer;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::Shape;
use crate::layout::Layout;

/// `dense 128`: y = x·W + b. PyTorch's `nn.Linear`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dense {
    /// Outputs.
    pub units: usize,
}

impl LayerSyntax for Dense {
    const NAME: &'static str = "dense";
    const EXAMPLE: &'static str = "dense 128";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(Dense { units: words.next_count("the number of units")? })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.units)
    }
}

impl LayerDescription for Dense {
    fn family(&self) -> LayerFamily {
        LayerFamily::Dense
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        match input {
            Shape::Flat { .. } => Ok(Shape::Flat { features: self.units }),
            Shape::Image { .. } => Err(ShapeError::NeedsFlat { got: input }),
        }
    }

    fn mixes_all_inputs(&self) -> bool {
        true
    }

    fn parameters(&self, place: &LayerPlace) -> Vec<Parameter> {
        let (inputs, outputs) = (place.input.len(), self.units);
        let initial = Initial::Uniform { fan_in: inputs };
        vec![
            Parameter {
                name: "weight",
                shape: vec![outputs, inputs],
                layout: Layout::dense(place.flattened_from, outputs),
                initial,
                is_weight: true,
            },
            Parameter {
                name: "bias",
                shape: vec![outputs],
                layout: Layout::same(outputs),
                initial,
                is_weight: false,
            },
        ]
    }

    fn multiply_adds(&self, input: Shape, _output: Shape) -> u64 {
        (self.units * input.len()) as u64
    }

    /// The weights change block by block while the block's gradient is in the cache.
    fn unstored_gradients(&self, input: Shape) -> u64 {
        (input.len() as u64).saturating_mul(self.units as u64)
    }

    fn own_bytes(&self, place: &LayerPlace, training_batch: usize, threads: usize) -> usize {
        Linear::bytes(place.input.len(), self.units, training_batch, threads)
    }

    fn build(&self, place: &LayerPlace, training_batch: usize) -> Box<dyn Layer> {
        Box::new(Linear::new(place.input.len(), self.units, training_batch))
    }
}
