//! What all norms have: ε, γ and β, and how study files write them.

use std::fmt;

use super::description::{Initial, Parameter};
use super::words::{LayerSpecError, Words};
use crate::layout::Layout;

/// Reads `epsilon 0.00001 scale 1`, each of which may be left out.
pub(super) fn parse_epsilon_and_scale(words: &mut Words) -> Result<(f32, f32), LayerSpecError> {
    let epsilon = words.named("epsilon")?.unwrap_or("0.00001");
    let scale = words.named("scale")?.unwrap_or("1");
    Ok((
        words.real("epsilon", "above 0", |x| x > 0.0 && x.is_finite(), epsilon)?,
        words.real("scale", "a finite number", f32::is_finite, scale)?,
    ))
}

/// Writes what [`parse_epsilon_and_scale`] reads.
pub(super) fn write_epsilon_and_scale(
    epsilon: f32,
    scale: f32,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if epsilon != 0.00001 {
        write!(f, " epsilon {epsilon}")?;
    }
    if scale != 1.0 {
        write!(f, " scale {scale}")?;
    }
    Ok(())
}

/// γ, which begins with `scale`, and β, which begins with 0. PyTorch calls them `weight` and `bias`.
pub(super) fn scale_and_shift(shape: Vec<usize>, layout: Layout, scale: f32) -> Vec<Parameter> {
    let tensor = |name, initial| Parameter {
        name,
        shape: shape.clone(),
        layout,
        initial: Initial::Constant(initial),
        is_weight: false,
    };
    vec![tensor("weight", scale), tensor("bias", 0.0)]
}

#[cfg(test)]
mod tests {
    use crate::{Architecture, LayerSpec, Network, Recipe, Shape};

    #[test]
    fn a_residual_block_whose_last_scale_is_0_gives_what_comes_in() {
        let image = Shape::Image { channels: 2, height: 3, width: 4 };
        let logits = |layers: &str| {
            let architecture = Architecture::parse(image, layers, 3).unwrap();
            let mut network = Network::new(&architecture, &Recipe::default(), 5, 1);
            let images: Vec<u8> = (0..5 * 24).map(|at| (at * 37 % 251) as u8).collect();
            network.logits(&images, &[0, 1, 2, 3, 4])
        };
        for norm in ["batchnorm", "layernorm", "groupnorm 2"] {
            let block =
                |scale| format!("residual (conv 2 3x3 pad 1, relu, {norm}{scale}), globalmaxpool");
            // The last layer is the third with parameters in both, so it draws the same weights.
            let zero = logits(&block(" scale 0"));
            assert_ne!(zero, logits(&block("")), "{norm}");
            let without = block(" scale 0").replace("relu, ", "tanh, ");
            assert_eq!(zero, logits(&without), "{norm}: what is in the block plays no part");
        }
    }

    #[test]
    fn a_scale_is_written_where_it_is_not_1() {
        for (text, written) in [
            ("batchnorm scale 0", "batchnorm scale 0"),
            ("layernorm epsilon 0.001 scale 0.5", "layernorm epsilon 0.001 scale 0.5"),
            ("groupnorm 2 scale 1", "groupnorm 2"),
        ] {
            assert_eq!(text.parse::<LayerSpec>().unwrap().to_string(), written);
        }
        for wrong in ["batchnorm scale NaN", "layernorm scale inf", "groupnorm 2 scale x"] {
            let error = wrong.parse::<LayerSpec>().unwrap_err().to_string();
            assert!(error.contains("scale must be a finite number, got `"), "{error}");
        }
    }
}
