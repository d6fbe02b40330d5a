//! The layers that one network has and the other lacks.

use std::collections::BTreeSet;

use fitroom_results::NetworkFacts;

/// The layers that one network has and the other lacks, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerChange {
    /// Layers of the network that the baseline lacks.
    pub added: Vec<String>,
    /// Layers of the baseline that the network lacks.
    pub removed: Vec<String>,
    /// Whether one uses an activation that the other doesn't, where both use any.
    is_activated_otherwise: bool,
}

impl LayerChange {
    /// Compares the layers by their longest common subsequence. Layers that are not known count as
    /// none.
    pub fn between(network: &NetworkFacts, baseline: &NetworkFacts) -> Self {
        let [network, baseline] =
            [network, baseline].map(|facts| facts.layers.as_deref().unwrap_or_default());
        let activations = |layers: &[String]| {
            layers
                .iter()
                .filter(|layer| LayerKind::of(layer) == LayerKind::Activation)
                .cloned()
                .collect::<BTreeSet<_>>()
        };
        let (ours, theirs) = (activations(network), activations(baseline));
        let is_activated_otherwise = !ours.is_empty() && !theirs.is_empty() && ours != theirs;
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
        let mut change =
            LayerChange { added: Vec::new(), removed: Vec::new(), is_activated_otherwise };
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

    /// The kinds of layers that change. The activation that comes with a hidden layer, and the
    /// `flatten` that makes a vector of an image, count as part of that layer.
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let all = || self.added.iter().chain(&self.removed).map(|layer| LayerKind::of(layer));
        let has_hidden = all().any(|kind| matches!(kind, LayerKind::Dense | LayerKind::Conv));
        let mut names = Vec::new();
        for kind in all() {
            let name = match kind {
                LayerKind::Activation if has_hidden && !self.is_activated_otherwise => continue,
                LayerKind::Flatten => continue,
                LayerKind::Dense => "dense layers",
                LayerKind::Conv => "convolutions",
                LayerKind::Pool => "pooling",
                LayerKind::BatchNorm => "batch normalisation",
                LayerKind::Dropout => "dropout",
                LayerKind::Activation => "activation",
                LayerKind::Other => "layers",
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() { vec!["layers"] } else { names }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum LayerKind {
    Dense,
    Conv,
    Pool,
    Flatten,
    BatchNorm,
    Dropout,
    Activation,
    Other,
}

impl LayerKind {
    /// The kind of a layer, by the first word of its text.
    fn of(layer: &str) -> Self {
        match layer.split(' ').next() {
            Some("dense") => LayerKind::Dense,
            Some("conv") => LayerKind::Conv,
            Some("maxpool" | "avgpool") => LayerKind::Pool,
            Some("flatten") => LayerKind::Flatten,
            Some("batchnorm") => LayerKind::BatchNorm,
            Some("dropout") => LayerKind::Dropout,
            Some("relu" | "leakyrelu" | "gelu" | "tanh" | "sigmoid") => LayerKind::Activation,
            _ => LayerKind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(network: &str, baseline: &str) -> LayerChange {
        let facts = |layers: &str| NetworkFacts {
            layers: Some(layers.split(", ").map(String::from).collect()),
            ..NetworkFacts::new("a")
        };
        LayerChange::between(&facts(network), &facts(baseline))
    }

    #[test]
    fn added_and_removed_layers_are_found() {
        let plain = "dense 128, relu, dense 64, relu";
        let normed = change("dense 128, batchnorm, relu, dense 64, batchnorm, relu", plain);
        assert_eq!(
            (normed.added.join(", ").as_str(), normed.removed.len()),
            ("batchnorm, batchnorm", 0)
        );
        let wider = change("dense 256, relu, dense 64, relu", plain);
        assert_eq!(
            (wider.added, wider.removed),
            (vec!["dense 256".to_owned()], vec!["dense 128".to_owned()])
        );
    }

    #[test]
    fn a_hidden_layer_is_one_thing_and_two_kinds_of_layers_are_two() {
        let plain = "dense 128, relu, dense 64, relu";
        for (network, baseline, kinds) in [
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
        ] {
            assert_eq!(change(network, baseline).kinds().join(", "), kinds, "{network}");
        }
    }
}
