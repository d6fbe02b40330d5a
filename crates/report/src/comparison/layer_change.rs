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
    /// Whether both use the same kinds of normalisation.
    is_normed_alike: bool,
}

impl LayerChange {
    /// Compares the layers by their longest common subsequence. Layers that are not known count as
    /// none.
    pub fn between(network: &NetworkFacts, baseline: &NetworkFacts) -> Self {
        let [network, baseline] =
            [network, baseline].map(|facts| facts.layers.as_deref().unwrap_or_default());
        let [ours, theirs] =
            [network, baseline].map(|layers| kinds(layers, |it| it == LayerFamily::Activation));
        let is_activated_otherwise = !ours.is_empty() && !theirs.is_empty() && ours != theirs;
        let is_normed_alike = kinds(network, is_norm) == kinds(baseline, is_norm);
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

    /// The families of layers that change. The activation and the norm that come with a hidden layer, and the
    /// `flatten` that makes a vector of an image, count as part of that layer. One norm in place of another is one
    /// change.
    pub(super) fn families(&self) -> Vec<&'static str> {
        let all = || self.added.iter().chain(&self.removed).map(|layer| layer.family);
        let swaps_norms = all().any(|family| family == LayerFamily::Normalisation);
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

/// The layers of one family, each once.
fn kinds(layers: &[LayerFacts], is_wanted: fn(LayerFamily) -> bool) -> BTreeSet<&LayerFacts> {
    layers.iter().filter(|layer| is_wanted(layer.family)).collect()
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
        ] {
            assert_eq!(change(network, baseline).families().join(", "), families, "{network}");
        }
    }
}
