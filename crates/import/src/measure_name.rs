//! What the name of a measure says: which images or episodes it is of, and what it measures.

use crate::measure_words::{self, is_among};
use crate::names::{plain, words};

/// The part of the data that a measure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Data that are held out to choose between networks.
    Validation,
    /// Data that are scored once.
    Test,
    /// The name does not say.
    Unknown,
    /// Data that are trained on.
    Train,
}

/// What kind of number a measure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The share of cases that are right.
    Accuracy,
    /// Another share between 0 and 1, such as F1.
    Share,
    /// Anything else, such as a reward.
    Other,
    /// A loss or an error.
    Loss,
    /// Time, memory or speed.
    Cost,
}

/// Names of shares besides the accuracy.
#[rustfmt::skip]
const SHARES: [&str; 38] = [
    "f1", "precision", "recall", "specificity", "sensitivity", "auc", "auroc", "auprc", "ap", "map", "map50", "iou",
    "miou", "dice", "top1", "top5", "acc1", "acc5", "top", "rate", "ndcg", "rouge", "rouge1", "rouge2", "rougel",
    "meteor", "pass", "hits", "hit", "em", "exact", "win", "winrate", "success", "pck", "tpr", "tnr", "mrr",
];

/// Names of what a run costs.
const COSTS: [&str; 10] = [
    "seconds", "second", "runtime", "duration", "elapsed", "time", "memory", "latency", "epoch",
    "step",
];

/// What the name of a measure says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureName {
    /// The name with one word for each thing: `val_accuracy` for `valid/acc`.
    pub canonical: String,
    /// The part of the data.
    pub part: Part,
    /// What it measures.
    pub kind: Kind,
}

impl MeasureName {
    /// Reads a name.
    ///
    /// ```
    /// use fitroom_import::{Kind, MeasureName, Part};
    ///
    /// let name = MeasureName::read("validation/acc");
    /// assert_eq!((name.part, name.kind), (Part::Validation, Kind::Accuracy));
    /// assert_eq!(name.canonical, MeasureName::read("val_accuracy").canonical);
    /// ```
    pub fn read(name: &str) -> Self {
        let plain = plain(name);
        let mut words: Vec<&str> = words(&plain).map(usual).collect();
        // Lightning and Keras add how a value was summed up over an epoch.
        while words.len() > 1 && ["epoch", "step"].contains(words.last().unwrap_or(&"")) {
            words.pop();
        }
        while words.len() > 1 && words[0] == "epoch" {
            words.remove(0);
        }
        let has = |some: &[&str]| words.iter().any(|word| is_among(word, some));
        let is_lower = measure_words::is_lower_better(&words) == Some(true);
        // Ultralytics' YOLO measures `metrics/mAP50(B)` on the validation data.
        let is_yolo =
            words.first() == Some(&"metrics") && has(&["map", "precision", "recall", "top"]);
        let part = match () {
            () if has(&["val"]) => Part::Validation,
            () if has(&["test"]) => Part::Test,
            () if has(&["train", "fit"]) => Part::Train,
            () if is_yolo => Part::Validation,
            () => Part::Unknown,
        };
        let kind = match () {
            () if has(&COSTS) => Kind::Cost,
            () if is_lower => Kind::Loss,
            () if has(&["accuracy", "acc"]) => Kind::Accuracy,
            () if has(&SHARES) || name.contains('%') => Kind::Share,
            () => Kind::Other,
        };
        MeasureName { canonical: words.join("_"), part, kind }
    }

    /// How likely networks are judged by the measure: of two, the one with the lower rank.
    pub fn rank(&self) -> (bool, Part, Kind) {
        (self.kind == Kind::Cost, self.part, self.kind)
    }

    /// Whether the measure is a share: from 0 to 1, or from 0 to 100.
    pub fn is_share(&self) -> bool {
        match self.kind {
            Kind::Accuracy | Kind::Share => true,
            Kind::Other | Kind::Loss | Kind::Cost => false,
        }
    }
}

/// One word for each thing.
fn usual(word: &str) -> &str {
    match word {
        "valid" | "validation" | "eval" | "evaluation" | "dev" => "val",
        "training" => "train",
        "testing" => "test",
        "acc" => "accuracy",
        "losses" => "loss",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_tools_are_understood() {
        let read = |name| {
            let MeasureName { part, kind, .. } = MeasureName::read(name);
            (part, kind)
        };
        assert_eq!(read("val_acc"), (Part::Validation, Kind::Accuracy));
        assert_eq!(read("eval/accuracy"), (Part::Validation, Kind::Accuracy));
        assert_eq!(read("test_f1_macro"), (Part::Test, Kind::Share));
        assert_eq!(read("train_loss_epoch"), (Part::Train, Kind::Loss));
        assert_eq!(read("loss"), (Part::Unknown, Kind::Loss));
        assert_eq!(read("rollout/ep_rew_mean"), (Part::Unknown, Kind::Other));
        assert_eq!(read("val_perplexity"), (Part::Validation, Kind::Loss));
        assert_eq!(read("train_runtime"), (Part::Train, Kind::Cost));
        assert_eq!(read("success_rate"), (Part::Unknown, Kind::Share));
    }

    #[test]
    fn shares_are_understood() {
        for name in [
            "acc@1",
            "acc1",
            "top1",
            "pass@1",
            "recall@5",
            "hits@10",
            "EM",
            "AP50",
            "mAP50(B)",
            "win%",
            "Val Acc (%)",
            "val acc %",
            "acc_val",
            "testAccuracy",
        ] {
            assert!(MeasureName::read(name).is_share(), "{name}");
        }
        for name in ["Error (%)", "memory %", "reward", "val_loss"] {
            assert!(!MeasureName::read(name).is_share(), "{name}");
        }
        let rank = |name| MeasureName::read(name).rank();
        assert!(rank("metrics/mAP50(B)") < rank("val/box_loss"));
    }

    #[test]
    fn one_measure_has_one_canonical_name() {
        for name in ["val_acc", "valid/accuracy", "Validation-Acc", "epoch_val_accuracy"] {
            assert_eq!(MeasureName::read(name).canonical, "val_accuracy", "{name}");
        }
        assert_eq!(MeasureName::read("train_loss_epoch").canonical, "train_loss");
        assert_eq!(MeasureName::read("epoch").canonical, "epoch");
    }

    #[test]
    fn validation_is_judged_before_test_and_accuracy_before_loss() {
        let mut names =
            ["loss", "val_loss", "seconds", "test_acc", "val_acc", "train_acc", "reward"];
        names.sort_by_key(|name| MeasureName::read(name).rank());
        assert_eq!(
            names,
            ["val_acc", "val_loss", "test_acc", "reward", "loss", "train_acc", "seconds"]
        );
    }
}
