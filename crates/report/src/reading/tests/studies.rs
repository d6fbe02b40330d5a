//! From stored studies to what their reports say.

use fitroom_study::Monitor;

use super::{find, rules};
use crate::content::document;
use crate::digest::Digest;
use crate::fixture::{Fixture, Plan};
use crate::html::to_html;
use crate::markdown::to_markdown;
use crate::reading::{Drawback, Observation, Rule, read_network};

#[test]
fn networks_are_held_against_those_on_the_same_loss() {
    let stored = Fixture::new(5)
        .with(Plan::new("L1").published(6))
        .with(Plan::new("convolutional").published(8))
        .with(
            Plan::new("dropout")
                .published(4)
                .softmax_twice()
                .gain_in_inference(0.02)
                .layers("dense 128, dropout 0.5"),
        )
        .stored();
    let digest = Digest::new(&stored).unwrap();
    let [l1, convolutional, dropout] =
        [0, 1, 2].map(|at| read_network(&digest, &digest.networks[at]));
    let Observation::Underfitting { drawback: Drawback::Network { name, .. }, .. } =
        find(&l1, Rule::Underfitting)
    else {
        unreachable!()
    };
    assert_eq!(name, "convolutional");
    assert!(
        !rules(&convolutional).contains(&Rule::Underfitting)
            && !rules(&dropout).contains(&Rule::Underfitting)
    );
    let Observation::AsTrained { handicaps, .. } = find(&dropout, Rule::AsTrained) else {
        unreachable!()
    };
    assert_eq!(handicaps, &["dropout on"]);
}

#[test]
fn divergence_is_told_with_seed_and_epoch() {
    let stored = Fixture::new(3).with(Plan::new("a").diverged(2, 3).pending(3, 5)).stored();
    let digest = Digest::new(&stored).unwrap();
    let found = read_network(&digest, &digest.networks[0]);
    let Observation::Divergence { runs, of } = find(&found, Rule::Divergence) else {
        unreachable!()
    };
    assert_eq!((runs[0].seed, runs[0].epoch, runs.len(), *of), (2, 4, 1, 2));
    assert!(runs[0].loss_before.is_some());
}

#[test]
fn the_best_epoch_is_the_one_that_the_study_chose() {
    let mut stored = Fixture::new(2).with(Plan::new("a").published(8)).stored();
    stored.study.networks[0].training.monitor = Monitor::Loss;
    for run in &mut stored.runs {
        run.outcome.as_mut().unwrap().best.epoch = 6;
    }
    let digest = Digest::new(&stored).unwrap();
    let found = read_network(&digest, &digest.networks[0]);
    let best = find(&found, Rule::BestEpoch);
    assert!(
        matches!(best, Observation::BestEpoch { epoch, monitor: Monitor::Loss, .. } if epoch.mean == 6.0)
    );
    assert!(
        best.sentence().starts_with(
            "there each run's validation loss is lowest, and its validation accuracy 9"
        )
    );
}

#[test]
fn both_forms_of_the_report_have_what_was_read_and_the_rules() {
    let stored = Fixture::new(5).with(Plan::new("convolutional").published(8)).stored();
    let document = document(&Digest::new(&stored).unwrap());
    for page in [to_html(&document), to_markdown(&document)] {
        for words in [
            "What the curves say",
            "Over-confidence after epoch 6:",
            "By the same rules, the published curve of network 8, one run, shows: over-confidence after epoch 6,",
            "How curves are read",
        ] {
            assert!(page.contains(words), "{words}");
        }
        for rule in Rule::ALL {
            assert!(page.contains(&format!("{}:", rule.name())), "{rule:?}");
        }
    }
    assert!(!to_markdown(&document).contains("Runs ended at different epochs"));
    let early = Fixture::new(2).with(Plan::new("a").ended_early(1, 8, 3)).stored();
    let page = to_markdown(&crate::content::document(&Digest::new(&early).unwrap()));
    assert!(page.contains("Runs ended at different epochs: their mean is read up to epoch 8,"));
    let unbegun = Fixture::new(1).with(Plan::new("a").pending(1, 3)).stored();
    let page = to_markdown(&crate::content::document(&Digest::new(&unbegun).unwrap()));
    assert!(!page.contains("What the curves say") && !page.contains("By the same rules"));
}

/// `docs/reading-curves.md` says what the report's section says, word for word.
#[test]
fn the_documentation_has_every_rule() {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = words(include_str!("../../../../../docs/reading-curves.md"));
    for rule in Rule::ALL {
        let definition = format!("**{}:** {}", rule.name(), rule.definition());
        assert!(
            page.contains(&words(&definition)),
            "docs/reading-curves.md lacks:\n- {definition}"
        );
    }
    assert!(
        page.contains(&words(&crate::reading::section::preamble())),
        "{}",
        crate::reading::section::preamble()
    );
}
