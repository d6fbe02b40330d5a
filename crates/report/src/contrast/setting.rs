//! In what two networks differ, so that nobody credits one change with the work of another.

use std::collections::BTreeSet;

use fitroom_study::NetworkPlan;

use crate::settings::fields;

/// A setting that two networks differ in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDifference {
    /// Its key in a study file.
    pub key: &'static str,
    /// The network's value, as a study file writes it.
    pub network: String,
    /// The baseline's.
    pub baseline: String,
    /// What of it differs: its name in words, or, of an optimizer or an augmentation, each of its
    /// own settings that both have, and the optimizer itself.
    pub things: Vec<String>,
}

/// Every setting that differs, in the order of a study file.
pub fn differing_settings(network: &NetworkPlan, baseline: &NetworkPlan) -> Vec<SettingDifference> {
    let both = network.settings().into_iter().zip(baseline.settings());
    let differing = both.filter(|((_, network), (_, baseline))| network != baseline);
    let (ours, theirs) = (&network.training, &baseline.training);
    let difference = |((key, network), (_, baseline))| {
        let things = match key {
            "optimizer" => parts(key, &fields(&ours.optimizer), &fields(&theirs.optimizer)),
            "augmentation" => {
                parts(key, &fields(&ours.augmentation), &fields(&theirs.augmentation))
            }
            _ => vec![words(key)],
        };
        SettingDifference { key, network, baseline, things }
    };
    differing.map(difference).collect()
}

/// What differs between two values of a setting that has settings of its own. Another optimizer
/// brings its own with it: only those count beside it that both have, such as the learning rate.
fn parts(key: &str, ours: &[(String, String)], theirs: &[(String, String)]) -> Vec<String> {
    let value = |fields: &[(String, String)], name: &str| {
        fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
    };
    let is_other = value(ours, "name") != value(theirs, "name");
    let names: BTreeSet<&String> = ours.iter().chain(theirs).map(|(name, _)| name).collect();
    let differs = |name: &&&String| {
        let (ours, theirs) = (value(ours, name), value(theirs, name));
        ours != theirs && (!is_other || (ours.is_some() && theirs.is_some()))
    };
    let name = |name: &String| words(if name == "name" { key } else { name });
    names.iter().filter(differs).map(|field| name(field)).collect()
}

fn words(key: &str) -> String {
    key.replace('_', " ")
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
        let names =
            |plan: &NetworkPlan| plan.layers.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (network, baseline) = (names(network), names(baseline));
        let activations = |layers: &[String]| {
            layers
                .iter()
                .filter(|layer| kind(layer) == Kind::Activation)
                .cloned()
                .collect::<BTreeSet<_>>()
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

    /// What kinds of layers change. The activation that comes with each hidden layer, and what
    /// makes a vector of an image, are part of that layer's coming.
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

/// What differs, a name for each thing: settings, and each kind of layer for itself. More than one,
/// and a difference in accuracy can't be put down to any of them.
pub fn things_that_differ(differences: &[SettingDifference], layers: &LayerChange) -> Vec<String> {
    let names = differences.iter().flat_map(|difference| match difference.key {
        "layers" => layers.kinds().into_iter().map(str::to_owned).collect(),
        _ => difference.things.clone(),
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

    #[test]
    fn each_setting_of_an_optimizer_counts() {
        let optimizers = |ours: &str, theirs: &str| {
            let text = format!(
                "name = \"t\"\n[[network]]\nname = \"a\"\nlayers = \"\"\n{ours}\n[[network]]\nname = \"b\"\nlayers = \"\"\n{theirs}\n"
            );
            let study = fitroom_study::Study::parse(&text, "t.toml").unwrap();
            let settings = differing_settings(&study.networks[0], &study.networks[1]);
            things_that_differ(
                &settings,
                &LayerChange::between(&study.networks[0], &study.networks[1]),
            )
            .join(", ")
        };
        let adam = "optimizer = { name = \"adam\", learning_rate = 0.01 }";
        assert_eq!(optimizers(adam, ""), "learning rate");
        assert_eq!(optimizers("optimizer = \"adamw\"", "optimizer = \"sgd\""), "optimizer");
        assert_eq!(
            optimizers(adam, "optimizer = { name = \"sgd\", learning_rate = 0.1, momentum = 0.9 }"),
            "learning rate, optimizer"
        );
        assert_eq!(
            optimizers(
                "optimizer = { name = \"adam\", learning_rate = 0.01, weight_decay = 0.1 }",
                ""
            ),
            "learning rate, weight decay"
        );
        assert_eq!(optimizers("augmentation = { flip = true, shift = 2 }", ""), "flip, shift");
        assert_eq!(optimizers("penalty = { l1 = 0.1 }", "penalty = { l2 = 0.1 }"), "penalty");
    }

    fn things(network: &'static str, baseline: &'static str) -> String {
        differing(Plan::new("a").layers(network), Plan::new("b").layers(baseline)).2
    }

    #[test]
    fn settings_that_differ_are_named_with_both_values() {
        let stored = Fixture::new(1)
            .with(Plan::new("a").penalty(0.001, 0.0))
            .with(Plan::new("b").softmax_twice())
            .stored();
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
        assert_eq!(
            (layers.added.join(", ").as_str(), layers.removed.len()),
            ("batchnorm, batchnorm", 0)
        );
        let (_, layers, _) = differing(
            Plan::new("a").layers("dense 256, relu, dense 64, relu"),
            Plan::new("b").layers("dense 128, relu, dense 64, relu"),
        );
        assert_eq!(
            (layers.added, layers.removed),
            (vec!["dense 256".to_owned()], vec!["dense 128".to_owned()])
        );
    }

    #[test]
    fn a_hidden_layer_is_one_thing_and_two_kinds_of_layers_are_two() {
        let plain = "dense 128, relu, dense 64, relu";
        assert_eq!(
            things("dense 512, relu, dense 128, relu, dense 64, relu", plain),
            "dense layers"
        );
        assert_eq!(
            things("conv 8 3x3, relu, flatten, dense 128, relu, dense 64, relu", plain),
            "convolutions"
        );
        assert_eq!(things("dense 128, relu, dropout 0.5, dense 64, relu", plain), "dropout");
        assert_eq!(things("dense 128, gelu, dense 64, gelu", plain), "activation");
        assert_eq!(
            things("dense 128, batchnorm, relu, dropout 0.5, dense 64, relu", plain),
            "batch normalisation, dropout"
        );
        assert_eq!(
            things(
                "conv 8 3x3, relu, maxpool 2x2, flatten, dense 128, relu, dense 64, relu",
                plain
            ),
            "convolutions, pooling"
        );
        assert_eq!(things("dense 128, tanh", "dense 64, relu"), "dense layers, activation");
        assert_eq!(things("flatten, dense 128, relu, dense 64, relu", plain), "layers");
    }
}
