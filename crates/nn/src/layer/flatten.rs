//! Flatten: an image becomes a vector of all its values, in PyTorch's order (channels × height ×
//! width). PyTorch's `nn.Flatten`.
//!
//! Shapes: x `[batch, height, width, channels]`, y `[batch, height · width · channels]`.
//!
//! Neither pass does anything. The values stay in memory as they are, channels last, and the next
//! dense layer keeps its weights in that order (`Layout`).

use std::fmt;

use super::description::{LayerDescription, LayerFamily, LayerPlace, ShapeError};
use super::execution::{Backward, Forward, Layer, OutputPlace};
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::Shape;

/// `flatten`: channels × height × width become one vector. PyTorch's `nn.Flatten`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flatten;

impl LayerSyntax for Flatten {
    const NAME: &'static str = "flatten";
    const EXAMPLE: &'static str = "flatten";

    fn parse(_: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(Flatten)
    }

    fn write_settings(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl LayerDescription for Flatten {
    fn family(&self) -> LayerFamily {
        LayerFamily::Reshape
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        Ok(Shape::Flat { features: input.len() })
    }

    fn keeps_pixels(&self) -> bool {
        true
    }

    fn output_place(&self) -> OutputPlace {
        OutputPlace::SameValues
    }

    fn build(&self, _place: &LayerPlace, _training_batch: usize) -> Box<dyn Layer> {
        Box::new(FlattenLayer)
    }
}

/// [`Flatten`] as it is executed.
struct FlattenLayer;

impl Layer for FlattenLayer {
    fn forward(&mut self, _pass: Forward) {}

    fn backward(&mut self, _pass: Backward) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_has_all_values_of_the_image() {
        let image = Shape::Image { channels: 3, height: 4, width: 5 };
        assert_eq!(Flatten.output_shape(image), Ok(Shape::Flat { features: 60 }));
    }
}
