//! In what two networks differ, so that nobody credits one change with the work of another.

use std::collections::BTreeSet;

use fitroom_study::NetworkPlan;

/// A setting that two networks differ in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDifference {
    /// Its key in a study file.
    pub key: &'static str,
    /// The network's value, as a study file writes it.
    pub network: String,
    /// The baseline's.
    pub baseline: String,
}

/// Every setting that differs, in the order of a study file.
pub fn differing_settings(network: &NetworkPlan, baseline: &NetworkPlan) -> Vec<SettingDifference> {
    let both = network.settings().into_iter().zip(baseline.settings());
    let differing = both.filter(|((_, network), (_, baseline))| network != baseline);
    differing.map(|((key, network), (_, baseline))| SettingDifference { key, network, baseline }).collect()
}

/// The layers of one network that the other lacks, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerChange {
    /// Of the network, not of the baseline.
    pub added: Vec<String>,
    /// Of the baseline, not of the network.
    pub removed: Vec<String>,
    /// Whether one uses an activation that the other doesn't, where both use any.
    is_activated_otherwise: bool,
}

impl LayerChange {
    /// By the longest common subsequence of both.
    pub fn between(network: &NetworkPlan, baseline: &NetworkPlan) -> Self {
        let names = |plan: &NetworkPlan| plan.layers.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (network, baseline) = (names(network), names(baseline));
        let activations = |layers: &[String]| {
            layers.iter().filter(|layer| kind(layer) == Kind::Activation).cloned().collect::<BTreeSet<_>>()
        };
        let (ours, theirs) = (activations(&network), activations(&baseline));
        let is_activated_otherwise = !ours.is_empty() && !theirs.is_empty() && ours != theirs;
        // common[i][j]: how long the longest common subsequence of what begins at i and at j is.
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
        let mut change = LayerChange { added: Vec::new(), removed: Vec::new(), is_activated_otherwise };
        while i < network.len() || j < baseline.len() {
            if i < network.len() && j < baseline.len() && network[i] == baseline[j] {
                (i, j) = (i + 1, j + 1);
            } else if j == baseline.len() || i < network.len() && common[i + 1][j] >= common[i][j + 1] {
                change.added.push(network[i].clone());
                i += 1;
            } else {
                change.removed.push(baseline[j].clone());
                j += 1;
            }
        }
        change
    }

    /// What kinds of layers change. The activation that comes with each hidden layer, and what makes a vector of an
    /// image, are part of that layer's coming.
    fn kinds(&self) -> Vec<&'static str> {
        let all = || self.added.iter().chain(&self.removed).map(|layer| kind(layer));
        let has_hidden = all().any(|kind| matches!(kind, Kind::Dense | Kind::Conv));
        let mut names = Vec::new();
        for kind in all() {
            let name = match kind {
                Kind::Activation if has_hidden && !self.is_activated_otherwise => continue,
                Kind::Flatten => continue,
                Kind::Dense => "dense layers",
                Kind::Conv => "convolutions",
                Kind::Pool => "pooling",
                Kind::BatchNorm => "batch normalisation",
                Kind::Dropout => "dropout",
                Kind::Activation => "activation",
                Kind::Other => "layers",
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() { vec!["layers"] } else { names }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Dense,
    Conv,
    Pool,
    Flatten,
    BatchNorm,
    Dropout,
    Activation,
    Other,
}

fn kind(layer: &str) -> Kind {
    match layer.split(' ').next() {
        Some("dense") => Kind::Dense,
        Some("conv") => Kind::Conv,
        Some("maxpool" | "avgpool") => Kind::Pool,
        Some("flatten") => Kind::Flatten,
        Some("batchnorm") => Kind::BatchNorm,
        Some("dropout") => Kind::Dropout,
        Some("relu" | "leakyrelu" | "gelu" | "tanh" | "sigmoid") => Kind::Activation,
        _ => Kind::Other,
    }
}

/// What differs, a name for each thing: settings, and each kind of layer for itself. More than one, and a difference in
/// accuracy can't be put down to any of them.
pub fn things_that_differ(differences: &[SettingDifference], layers: &LayerChange) -> Vec<String> {
    let names = differences.iter().flat_map(|difference| match difference.key {
        "layers" => layers.kinds().into_iter().map(str::to_owned).collect(),
        key => vec![key.replace('_', " ")],
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};

    fn differing(network: Plan, baseline: Plan) -> (Vec<&'static str>, LayerChange, String) {
        let stored = Fixture::new(1).with(network).with(baseline).stored();
        let [network, baseline] = &stored.study.networks[..] else { panic!("two networks") };
        let settings = differing_settings(network, baseline);
        let layers = LayerChange::between(network, baseline);
        let things = things_that_differ(&settings, &layers).join(", ");
        (settings.iter().map(|setting| setting.key).collect(), layers, things)
    }

    fn things(network: &'static str, baseline: &'static str) -> String {
        differing(Plan::new("a").layers(network), Plan::new("b").layers(baseline)).2
    }

    #[test]
    fn settings_that_differ_are_named_with_both_values() {
        let stored =
            Fixture::new(1).with(Plan::new("a").penalty(0.001, 0.0)).with(Plan::new("b").softmax_twice()).stored();
        let found = differing_settings(&stored.study.networks[0], &stored.study.networks[1]);
        assert_eq!(found.iter().map(|found| found.key).collect::<Vec<_>>(), ["loss", "penalty"]);
        assert_eq!(
            [found[0].network.as_str(), found[0].baseline.as_str()],
            ["\"cross-entropy\"", "\"cross-entropy-of-softmax\""]
        );
        assert!(differing(Plan::new("a"), Plan::new("b")).0.is_empty());
    }

    #[test]
    fn layers_that_came_and_went() {
        let (keys, layers, things) = differing(
            Plan::new("a").layers("dense 128, batchnorm, relu, dense 64, batchnorm, relu"),
            Plan::new("b").layers("dense 128, relu, dense 64, relu"),
        );
        assert_eq!((keys, things.as_str()), (vec!["layers"], "batch normalisation"));
        assert_eq!((layers.added.join(", ").as_str(), layers.removed.len()), ("batchnorm, batchnorm", 0));
        let (_, layers, _) = differing(
            Plan::new("a").layers("dense 256, relu, dense 64, relu"),
            Plan::new("b").layers("dense 128, relu, dense 64, relu"),
        );
        assert_eq!((layers.added, layers.removed), (vec!["dense 256".to_owned()], vec!["dense 128".to_owned()]));
    }

    #[test]
    fn a_hidden_layer_is_one_thing_and_two_kinds_of_layers_are_two() {
        let plain = "dense 128, relu, dense 64, relu";
        assert_eq!(things("dense 512, relu, dense 128, relu, dense 64, relu", plain), "dense layers");
        assert_eq!(things("conv 8 3x3, relu, flatten, dense 128, relu, dense 64, relu", plain), "convolutions");
        assert_eq!(things("dense 128, relu, dropout 0.5, dense 64, relu", plain), "dropout");
        assert_eq!(things("dense 128, gelu, dense 64, gelu", plain), "activation");
        assert_eq!(
            things("dense 128, batchnorm, relu, dropout 0.5, dense 64, relu", plain),
            "batch normalisation, dropout"
        );
        assert_eq!(
            things("conv 8 3x3, relu, maxpool 2x2, flatten, dense 128, relu, dense 64, relu", plain),
            "convolutions, pooling"
        );
        assert_eq!(things("dense 128, tanh", "dense 64, relu"), "dense layers, activation");
        assert_eq!(things("flatten, dense 128, relu, dense 64, relu", plain), "layers");
    }
}
