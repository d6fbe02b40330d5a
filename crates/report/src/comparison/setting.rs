//! The settings in which two networks differ, so that nobody credits one change with the effect of
//! another.

use std::collections::BTreeSet;

use fitroom_results::{NetworkFacts, Setting, SettingField};

use super::LayerChange;

/// A setting in which two networks differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDifference {
    /// The setting's key in a study file.
    pub key: String,
    /// The network's value, as a study file writes it.
    pub network: String,
    /// The baseline's value.
    pub baseline: String,
    /// A name for each thing that differs: the setting, or, for an optimizer or an augmentation,
    /// each of its fields. Of two optimizers it is the optimizer, and what does not belong to it.
    pub things: Vec<String>,
}

/// Every setting that differs, in the order of a study file.
pub fn differing_settings(
    network: &NetworkFacts,
    baseline: &NetworkFacts,
) -> Vec<SettingDifference> {
    let known = network.settings.iter().map(|ours| (Some(ours), counterpart(baseline, ours)));
    let theirs_only =
        baseline.settings.iter().filter(|theirs| counterpart(network, theirs).is_none());
    let both = known.chain(theirs_only.map(|theirs| (None, Some(theirs))));
    // A rate at the end of its list need not be the best one for its optimizer.
    let is_tuned = |facts: &NetworkFacts| facts.tuned.as_ref().is_some_and(|it| !it.is_at_an_end);
    let are_tuned = is_tuned(network) && is_tuned(baseline);
    both.filter_map(|(ours, theirs)| difference(ours, theirs, are_tuned)).collect()
}

/// The settings of which a network has one: each says how long training takes.
const LENGTHS: [&str; 3] = ["epochs", "steps", "budget"];

/// The setting of `network` that says what `setting` says of another network.
fn counterpart<'a>(network: &'a NetworkFacts, setting: &Setting) -> Option<&'a Setting> {
    let length = || match LENGTHS.contains(&setting.key.as_str()) {
        true => LENGTHS.into_iter().find_map(|key| network.setting(key)),
        false => None,
    };
    network.setting(&setting.key).or_else(length)
}

/// `are_tuned`: each network has its own best learning rate.
fn difference(
    ours: Option<&Setting>,
    theirs: Option<&Setting>,
    are_tuned: bool,
) -> Option<SettingDifference> {
    let is_other_key = ours.zip(theirs).is_some_and(|(ours, theirs)| ours.key != theirs.key);
    let value = |setting: Option<&Setting>| {
        setting.map(|setting| match is_other_key {
            true => format!("{} = {}", setting.key, setting.value),
            false => setting.value.clone(),
        })
    };
    if value(ours) == value(theirs) {
        return None;
    }
    let key = &ours.or(theirs)?.key;
    let fields =
        |setting: Option<&Setting>| setting.map_or(Vec::new(), |setting| setting.fields.clone());
    let things = match key.as_str() {
        "optimizer" | "augmentation" => {
            differing_fields(key, &fields(ours), &fields(theirs), are_tuned)
        }
        _ if is_other_key => vec!["length of training".to_owned()],
        _ => vec![words(key)],
    };
    let or_unknown = |value: Option<String>| value.unwrap_or_else(|| "not known".into());
    Some(SettingDifference {
        key: key.clone(),
        network: or_unknown(value(ours)),
        baseline: or_unknown(value(theirs)),
        things,
    })
}

/// A field of which each optimizer has a default of its own.
const OF_THE_OPTIMIZER: &str = "epsilon";

/// The fields in which two values of a setting differ. Another optimizer has other fields: beside the optimizer
/// itself, only fields that both have count, such as the weight decay. Not among them are [`OF_THE_OPTIMIZER`] and
/// learning rates that were tuned for each.
fn differing_fields(
    key: &str,
    ours: &[SettingField],
    theirs: &[SettingField],
    are_tuned: bool,
) -> Vec<String> {
    let value = |fields: &[SettingField], name: &str| {
        fields.iter().find(|field| field.key == name).map(|field| field.value.clone())
    };
    let is_other = value(ours, "name") != value(theirs, "name");
    let names: BTreeSet<&String> = ours.iter().chain(theirs).map(|field| &field.key).collect();
    let differs = |name: &&&String| {
        let (ours, theirs) = (value(ours, name), value(theirs, name));
        let is_shared = ours.is_some()
            && theirs.is_some()
            && name.as_str() != OF_THE_OPTIMIZER
            && !(are_tuned && name.as_str() == "learning_rate");
        ours != theirs && (!is_other || is_shared)
    };
    let name = |name: &String| words(if name == "name" { key } else { name });
    names.iter().filter(differs).map(|field| name(field)).collect()
}

fn words(key: &str) -> String {
    match key {
        "normalise" => "normalisation of images".to_owned(),
        "init" => "initial weights".to_owned(),
        _ => key.replace('_', " "),
    }
}

/// A name for each thing that differs: settings, and each kind of layer separately. Where there are
/// several, a difference in accuracy can't be attributed to any of them.
pub fn things_that_differ(differences: &[SettingDifference], layers: &LayerChange) -> Vec<String> {
    let names = differences.iter().flat_map(|difference| match difference.key.as_str() {
        "layers" => layers.families().into_iter().map(str::to_owned).collect(),
        _ => difference.things.clone(),
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use fitroom_results::TunedFacts;

    use super::*;
    use crate::fixture::{Fixture, Plan};

    fn things(ours: Setting, theirs: Setting) -> String {
        let network = |setting| NetworkFacts { settings: vec![setting], ..NetworkFacts::new("a") };
        let settings = differing_settings(&network(ours), &network(theirs));
        settings.into_iter().flat_map(|setting| setting.things).collect::<Vec<_>>().join(", ")
    }

    fn setting(key: &str, fields: &[(&str, &str)]) -> Setting {
        let field =
            |&(key, value): &(&str, &str)| SettingField { key: key.into(), value: value.into() };
        Setting {
            key: key.into(),
            value: format!("{fields:?}"),
            fields: fields.iter().map(field).collect(),
        }
    }

    #[test]
    fn epochs_and_a_budget_are_one_difference() {
        let of = |key: &str, value: &str| Setting {
            key: key.into(),
            value: value.into(),
            fields: Vec::new(),
        };
        let network = |setting| NetworkFacts { settings: vec![setting], ..NetworkFacts::new("a") };
        let (epochs, budget) = (network(of("epochs", "9")), network(of("budget", "{ s = 1 }")));
        let [difference] = &differing_settings(&budget, &epochs)[..] else { panic!("one") };
        assert_eq!(
            (&*difference.network, &*difference.baseline),
            ("budget = { s = 1 }", "epochs = 9")
        );
        assert_eq!(
            (&*difference.key, &difference.things[..]),
            ("budget", &["length of training".to_owned()][..])
        );
        assert!(differing_settings(&budget, &budget).is_empty());
        // A log may know nothing of the length of training.
        assert_eq!(differing_settings(&NetworkFacts::new("b"), &epochs)[0].network, "not known");
    }

    #[test]
    fn each_field_of_an_optimizer_counts() {
        let optimizer = |fields: &[(&str, &str)]| setting("optimizer", fields);
        let adam = || optimizer(&[("learning_rate", "0.001"), ("beta1", "0.9"), ("name", "adam")]);
        let fast = || optimizer(&[("learning_rate", "0.01"), ("beta1", "0.9"), ("name", "adam")]);
        assert_eq!(things(fast(), adam()), "learning rate");
        assert_eq!(
            things(adam(), optimizer(&[("learning_rate", "0.001"), ("name", "sgd")])),
            "optimizer"
        );
        let adagrad = [("epsilon", "1e-10"), ("learning_rate", "0.001"), ("name", "adagrad")];
        let nadam = [("epsilon", "1e-8"), ("learning_rate", "0.001"), ("name", "nadam")];
        assert_eq!(things(optimizer(&adagrad), optimizer(&nadam)), "optimizer");
        let sgd = optimizer(&[("learning_rate", "0.1"), ("momentum", "0.9"), ("name", "sgd")]);
        assert_eq!(things(fast(), sgd), "learning rate, optimizer");
        let [eager, calm] = [("adam", "0.5"), ("nadam", "0.9")]
            .map(|(name, beta)| optimizer(&[("beta1", beta), ("name", name)]));
        assert_eq!(things(eager, calm), "beta1, optimizer");
        let decayed = [
            ("learning_rate", "0.01"),
            ("beta1", "0.9"),
            ("name", "adam"),
            ("weight_decay", "0.1"),
        ];
        assert_eq!(things(optimizer(&decayed), adam()), "learning rate, weight decay");
        let augmented = setting("augmentation", &[("flip", "true"), ("shift", "2")]);
        assert_eq!(things(augmented, setting("augmentation", &[])), "flip, shift");
        let penalty = |key| setting("penalty", &[(key, "0.1"), ("on", "all")]);
        assert_eq!(things(penalty("l1"), penalty("l2")), "penalty");
        let normalised = Setting { value: "\"mean-std\"".into(), ..setting("normalise", &[]) };
        assert_eq!(things(normalised, setting("normalise", &[])), "normalisation of images");
    }

    #[test]
    fn a_learning_rate_that_was_tuned_for_an_optimizer_belongs_to_it() {
        let network = |name: &str, rates: &str, tuned: Option<TunedFacts>| NetworkFacts {
            settings: vec![setting("optimizer", &[("learning_rate", rates), ("name", name)])],
            tuned,
            ..NetworkFacts::new("a")
        };
        let tuned = || {
            let tried = vec![0.1, 0.3, 1.0];
            Some(TunedFacts { tried, chosen: 0.3, seeds: 2, is_at_an_end: false })
        };
        let at_an_end = tuned().map(|tuned| TunedFacts { is_at_an_end: true, ..tuned });
        let things = |ours: NetworkFacts, theirs: NetworkFacts| {
            differing_settings(&ours, &theirs).remove(0).things.join(", ")
        };
        let (sgd, adam) = (network("sgd", "0.1, 0.3", tuned()), || network("adam", "0.1", tuned()));
        assert_eq!(things(sgd.clone(), adam()), "optimizer");
        assert_eq!(things(network("adam", "0.1, 0.3", tuned()), adam()), "learning rate");
        for not_tuned in [None, at_an_end] {
            let adam = network("adam", "0.1", not_tuned);
            assert_eq!(things(sgd.clone(), adam), "learning rate, optimizer");
        }
    }

    #[test]
    fn settings_that_differ_are_named_with_both_values() {
        let results = Fixture::new(1)
            .with(Plan::new("a").penalty(0.001, 0.0))
            .with(Plan::new("b").softmax_twice())
            .with(Plan::new("c").layers("dense 128, batchnorm, relu, dense 64, batchnorm, relu"))
            .with(Plan::new("d"))
            .results();
        let [a, b, c, d] = &results.networks[..] else { panic!("four networks") };
        let found = differing_settings(a, b);
        assert_eq!(
            found.iter().map(|found| found.key.as_str()).collect::<Vec<_>>(),
            ["loss", "penalty"]
        );
        assert_eq!(
            [found[0].network.as_str(), found[0].baseline.as_str()],
            ["\"cross-entropy\"", "\"cross-entropy-of-softmax\""]
        );
        assert!(differing_settings(d, d).is_empty());
        let layers = differing_settings(c, d);
        assert_eq!(
            things_that_differ(&layers, &LayerChange::between(c, d)),
            ["batch normalisation"]
        );
        let nothing = NetworkFacts::new("not known");
        assert_eq!(differing_settings(&nothing, d)[1].network, "not known");
        assert_eq!(differing_settings(d, &nothing).len(), d.settings.len());
    }
}
