//! Folds a batch norm into the dense layer or the convolution directly before it.
//!
//! ```text
//! γ·(W·x + b − mean)/√(var + ε) + β = (s·W)·x + s·(b − mean) + β      s = γ/√(var + ε)
//! ```
//!
//! One s for each output of W. So it is as exact as f32 for these layers, and for no others: a batch norm
//! before a convolution is not folded, for the padding's zeros would have to be other numbers.

use std::collections::HashMap;

use fitroom_nn::layer::BatchNorm;
use fitroom_nn::{LayerSpec, Operation, PlacedLayer, Tensor};

use crate::checked::CheckedModel;
use crate::note::{ExportNote, KeptBecause};

/// What is left of a model's layers when batch norms are folded.
#[derive(Default)]
pub(super) struct Folding {
    /// The changed tensors, by their names.
    changed: HashMap<String, Tensor>,
    /// Whether the layer at each index is folded into one before it.
    is_folded: Vec<bool>,
    /// The batch norms that are kept.
    pub(super) notes: Vec<ExportNote>,
}

impl Folding {
    /// Nothing is folded.
    pub(super) fn none() -> Self {
        Folding::default()
    }

    /// Each batch norm is folded that can be.
    pub(super) fn of(model: &CheckedModel) -> Self {
        let mut folding = Folding::none();
        // The dense layer or convolution whose output comes in.
        let mut before = None;
        for operation in model.architecture.operations() {
            let &Operation::Layer(index) = operation else {
                // At either end of a block, another branch takes or gives the output too.
                before = None;
                continue;
            };
            let layer = &model.architecture.layers()[index];
            let role = role(layer.spec);
            let folded = match role {
                Role::Norm(norm) => match folding.fold(model, before, layer, norm) {
                    Ok(()) => true,
                    Err(reason) => {
                        let position = layer.position();
                        folding.notes.push(ExportNote::BatchNormKept { position, reason });
                        false
                    }
                },
                Role::Weights | Role::Neither => false,
            };
            folding.is_folded.push(folded);
            if !folded {
                before = (role == Role::Weights).then_some(layer);
            }
        }
        folding
    }

    /// Whether the layer at `index` has no nodes of its own.
    pub(super) fn has_folded(&self, index: usize) -> bool {
        self.is_folded.get(index).is_some_and(|&is_folded| is_folded)
    }

    /// A tensor as it is now.
    pub(super) fn tensor<'a>(
        &'a self,
        model: &CheckedModel<'a>,
        layer: &PlacedLayer,
        name: &str,
    ) -> &'a Tensor {
        let changed = self.changed.get(&format!("{}.{name}", layer.path()));
        changed.unwrap_or_else(|| model.tensor(layer, name))
    }

    fn fold(
        &mut self,
        model: &CheckedModel,
        before: Option<&PlacedLayer>,
        layer: &PlacedLayer,
        norm: BatchNorm,
    ) -> Result<(), KeptBecause> {
        let before = before.ok_or(KeptBecause::NothingBefore)?;
        let values = |name| &model.tensor(layer, name).values;
        let (gamma, beta) = (values("weight"), values("bias"));
        let (mean, var) = (values("running_mean"), values("running_var"));
        let mut weight = self.tensor(model, before, "weight").clone();
        let mut bias = self.tensor(model, before, "bias").clone();
        let of_output = weight.values.len() / bias.values.len();
        let numbers = gamma.iter().zip(beta).zip(mean.iter().zip(var));
        let outputs = weight.values.chunks_exact_mut(of_output).zip(&mut bias.values);
        let mut is_finite = true;
        for (((&gamma, &beta), (&mean, &var)), (weights, bias)) in numbers.zip(outputs) {
            let root = (f64::from(var) + f64::from(norm.epsilon)).sqrt();
            let scale = f64::from(gamma) / root;
            for value in weights {
                *value = (f64::from(*value) * scale) as f32;
                is_finite &= value.is_finite();
            }
            *bias = ((f64::from(*bias) - f64::from(mean)) * scale + f64::from(beta)) as f32;
            is_finite &= bias.is_finite();
        }
        if !is_finite {
            return Err(KeptBecause::NotFinite);
        }
        for tensor in [weight, bias] {
            self.changed.insert(tensor.name.clone(), tensor);
        }
        Ok(())
    }
}

/// What a layer is to a batch norm.
#[derive(PartialEq)]
enum Role {
    /// y = W·x + b, with a row of W and a value of b for each feature of a vector or channel of an image.
    Weights,
    /// A batch norm.
    Norm(BatchNorm),
    /// Anything else.
    Neither,
}

fn role(spec: LayerSpec) -> Role {
    match spec {
        LayerSpec::Dense(_) | LayerSpec::Conv(_) | LayerSpec::Depthwise(_) => Role::Weights,
        LayerSpec::BatchNorm(norm) => Role::Norm(norm),
        LayerSpec::MaxPool(_)
        | LayerSpec::AvgPool(_)
        | LayerSpec::GlobalMaxPool(_)
        | LayerSpec::GlobalAvgPool(_)
        | LayerSpec::LayerNorm(_)
        | LayerSpec::GroupNorm(_)
        | LayerSpec::Dropout(_)
        | LayerSpec::SpatialDropout(_)
        | LayerSpec::Relu(_)
        | LayerSpec::LeakyRelu(_)
        | LayerSpec::Elu(_)
        | LayerSpec::Selu(_)
        | LayerSpec::Gelu(_)
        | LayerSpec::Silu(_)
        | LayerSpec::HardSwish(_)
        | LayerSpec::Tanh(_)
        | LayerSpec::Sigmoid(_)
        | LayerSpec::Flatten(_) => Role::Neither,
    }
}
