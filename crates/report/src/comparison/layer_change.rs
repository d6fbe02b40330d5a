//! The layers that one network has and the other lacks.

use std::collections::BTreeSet;

use fitroom_results::{LayerFacts, LayerFamily, NetworkFacts};

/// The layers that one network has and the other lacks, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerChange {
    /// Layers of the network that the baseline lacks.
    pub added: Vec<LayerFacts>,
    /// Layers of the baseline that the network lacks.
    pub removed: Vec<LayerFacts>,
    /// Whether one uses an activation that the other doesn't, where both use any.
    is_activated_otherwise: bool,
    /// Whether all hidden layers of both have the same norm behind them, or none has.
    is_normed_alike: bool,
}

impl LayerChange {
    /// Compares the layers by their longest common subsequence. Layers that are not known count as
    /// none.
    pub fn between(network: &NetworkFacts, baseline: &NetworkFacts) -> Self {
        let [network, baseline] =
            [network, baseline].map(|facts| facts.layers.as_deref().unwrap_or_default());
        let activations = |layers: &[LayerFacts]| {
            layers
                .iter()
                .filter(|layer| layer.family == LayerFamily::Activation)
                .cloned()
                .collect::<BTreeSet<_>>()
        };
        let (ours, theirs) = (activations(network), activations(baseline));
        let is_activated_otherwise = !ours.is_empty() && !theirs.is_empty() && ours != theirs;
        let (ours, theirs) = (norms(network), norms(baseline));
        let is_normed_alike = ours == theirs && ours.len() == 1;
        // common[i][j]: the length of the longest common subsequence of the layers from i and from
        // j on.
        let mut common = vec![vec![0; baseline.len() + 1]; network.len() + 1];
        for i in (0..network.len()).rev() {
            for j in (0..baseline.len()).rev() {
                common[i][j] = match network[i] == baseline[j] {
                    true => common[i + 1][j + 1] + 1,
                    false => common[i + 1][j].max(common[i][j + 1]),
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        let mut change = LayerChange {
            added: Vec::new(),
            removed: Vec::new(),
            is_activated_otherwise,
            is_normed_alike,
        };
        while i < network.len() || j < baseline.len() {
            if i < network.len() && j < baseline.len() && network[i] == baseline[j] {
                (i, j) = (i + 1, j + 1);
            } else if j == baseline.len()
                || i < network.len() && common[i + 1][j] >= common[i][j + 1]
            {
                change.added.push(network[i].clone());
                i += 1;
            } else {
                change.removed.push(baseline[j].clone());
                j += 1;
            }
        }
        change
    }

    /// The families of layers that change. The activation that comes with a hidden layer, its norm if all hidden layers
    /// have the same, and the `flatten` that makes a vector of an image count as part of that layer. One norm in place
    /// of another is one change.
    pub(super) fn families(&self) -> Vec<&'static str> {
        let all = || self.added.iter().chain(&self.removed).map(|layer| layer.family);
        let count = |layers: &[LayerFacts]| layers.iter().filter(|it| is_norm(it.family)).count();
        let swaps_norms = all().any(|family| family == LayerFamily::Normalisation)
            && count(&self.added) == count(&self.removed);
        let has_hidden =
            all().any(|family| matches!(family, LayerFamily::Dense | LayerFamily::Convolution));
        let mut names = Vec::new();
        for family in all() {
            let name = match family {
                LayerFamily::Activation if has_hidden && !self.is_activated_otherwise => continue,
                LayerFamily::BatchNormalisation | LayerFamily::Normalisation
                    if has_hidden && self.is_normed_alike =>
                {
                    continue;
                }
                LayerFamily::Reshape => continue,
                LayerFamily::Dense => "dense layers",
                LayerFamily::Convolution => "convolutions",
                LayerFamily::Pooling => "pooling",
                LayerFamily::Block => "blocks",
                LayerFamily::BatchNormalisation if !swaps_norms => "batch normalisation",
                LayerFamily::BatchNormalisation | LayerFamily::Normalisation => "normalisation",
                LayerFamily::Dropout => "dropout",
                LayerFamily::Activation => "activation",
                LayerFamily::Other => "layers",
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() { vec!["layers"] } else { names }
    }
}

/// The norms between a hidden layer and the next one, of all hidden layers, each such list once.
fn norms(layers: &[LayerFacts]) -> BTreeSet<Vec<&LayerFacts>> {
    let mut behind: Vec<Vec<&LayerFacts>> = Vec::new();
    for layer in layers {
        if matches!(layer.family, LayerFamily::Dense | LayerFamily::Convolution) {
            behind.push(Vec::new());
        } else if is_norm(layer.family) {
            match behind.last_mut() {
                Some(last) => last.push(layer),
                None => behind.push(vec![layer]),
            }
        }
    }
    behind.into_iter().collect()
}

fn is_norm(family: LayerFamily) -> bool {
    matches!(family, LayerFamily::BatchNormalisation | LayerFamily::Normalisation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::written_layers;

    fn change(network: &str, baseline: &str) -> LayerChange {
        let facts = |layers: &str| NetworkFacts {
            layers: Some(written_layers(layers)),
            ..NetworkFacts::new("a")
        };
        LayerChange::between(&facts(network), &facts(baseline))
    }

    #[test]
    fn added_and_removed_layers_are_found() {
        let plain = "dense 128, relu, dense 64, relu";
        let normed = change("dense 128, batchnorm, relu, dense 64, batchnorm, relu", plain);
        assert_eq!(
            (normed.added, normed.removed),
            (written_layers("batchnorm, batchnorm"), Vec::new())
        );
        let wider = change("dense 256, relu, dense 64, relu", plain);
        assert_eq!(
            (wider.added, wider.removed),
            (written_layers("dense 256"), written_layers("dense 128"))
        );
    }

    #[test]
    fn a_hidden_layer_is_one_thing_and_two_kinds_of_layers_are_two() {
        let plain = "dense 128, relu, dense 64, relu";
        for (network, baseline, families) in [
            ("dense 512, relu, dense 128, relu, dense 64, relu", plain, "dense layers"),
            ("conv 8 3x3, relu, flatten, dense 128, relu, dense 64, relu", plain, "convolutions"),
            ("dense 128, relu, dropout 0.5, dense 64, relu", plain, "dropout"),
            ("dense 128, gelu, dense 64, gelu", plain, "activation"),
            (
                "dense 128, batchnorm, relu, dropout 0.5, dense 64, relu",
                plain,
                "batch normalisation, dropout",
            ),
            (
                "conv 8 3x3, relu, maxpool 2x2, flatten, dense 128, relu, dense 64, relu",
                plain,
                "convolutions, pooling",
            ),
            ("dense 128, tanh", "dense 64, relu", "dense layers, activation"),
            ("flatten, dense 128, relu, dense 64, relu", plain, "layers"),
            ("dense 128, layernorm, relu", "dense 128, batchnorm, relu", "normalisation"),
            (
                "dense 128, batchnorm, relu, dense 64, batchnorm, relu",
                "dense 128, batchnorm, relu",
                "dense layers",
            ),
            (
                "dense 128, relu, dense 64, batchnorm, relu",
                "dense 128, relu",
                "dense layers, batch normalisation",
            ),
            (
                "dense 256, layernorm, relu",
                "dense 128, batchnorm, relu",
                "dense layers, normalisation",
            ),
            (
                "dense 256, batchnorm, relu, dense 64, batchnorm, relu",
                "dense 128, batchnorm, relu, dense 64, relu",
                "dense layers, batch normalisation",
            ),
            (
                "dense 128, batchnorm, relu, dense 64, layernorm, relu",
                plain,
                "batch normalisation, normalisation",
            ),
        ] {
            assert_eq!(change(network, baseline).families().join(", "), families, "{network}");
        }
    }
}
