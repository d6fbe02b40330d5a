//! Tests from results to the readings in their report.

use fitroom_results::Monitor;
use fitroom_stats::DEFAULT_MARGIN;

use super::{find, rules};
use crate::content::document;
use crate::fixture::{Fixture, Plan};
use crate::html::to_html;
use crate::markdown::to_markdown;
use crate::reading::{Drawback, Observation, Rule, read_network};
use crate::summary::Summary;

#[test]
fn networks_are_compared_with_those_on_the_same_loss() {
    let results = Fixture::new(5)
        .with(Plan::new("L1").reference(6))
        .with(Plan::new("convolutional").reference(8))
        .with(
            Plan::new("dropout")
                .reference(4)
                .softmax_twice()
                .gain_in_inference(0.02)
                .layers("dense 128, dropout 0.5"),
        )
        .results();
    let summary = Summary::new(&results, DEFAULT_MARGIN);
    let [l1, convolutional, dropout] =
        [0, 1, 2].map(|at| read_network(&summary, &summary.networks[at]));
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
fn divergence_is_reported_with_seed_and_epoch() {
    let results = Fixture::new(3).with(Plan::new("a").diverged(2, 3).pending(3, 5)).results();
    let summary = Summary::new(&results, DEFAULT_MARGIN);
    let found = read_network(&summary, &summary.networks[0]);
    let Observation::Divergence { runs, of } = find(&found, Rule::Divergence) else {
        unreachable!()
    };
    assert_eq!((runs[0].seed, runs[0].epoch, runs.len(), *of), (2, 4, 1, 2));
    assert!(runs[0].loss_before.is_some());
}

#[test]
fn the_best_epoch_is_the_one_that_the_study_chose() {
    let mut results = Fixture::new(2).with(Plan::new("a").reference(8)).results();
    results.networks[0].monitor = Monitor::Loss;
    for run in &mut results.runs {
        run.outcome.as_mut().unwrap().best.epoch = 6;
    }
    let summary = Summary::new(&results, DEFAULT_MARGIN);
    let found = read_network(&summary, &summary.networks[0]);
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
    let results = Fixture::new(5).with(Plan::new("convolutional").reference(8)).results();
    let document = document(&Summary::new(&results, DEFAULT_MARGIN), Vec::new());
    for page in [to_html(&document), to_markdown(&document)] {
        for words in [
            "What the curves say",
            "Over-confidence after epoch 6:",
            "By the same rules, the reference curve (network 8), one run, shows: over-confidence after epoch 6,",
            "How curves are read",
        ] {
            assert!(page.contains(words), "{words}");
        }
        for rule in Rule::ALL {
            assert!(page.contains(&format!("{}:", rule.name())), "{rule:?}");
        }
    }
    assert!(!to_markdown(&document).contains("Runs ended at different epochs"));
    let early = Fixture::new(2).with(Plan::new("a").ended_early(1, 8, 3)).results();
    let page =
        to_markdown(&crate::content::document(&Summary::new(&early, DEFAULT_MARGIN), Vec::new()));
    assert!(page.contains("Runs ended at different epochs: their mean is read up to epoch 8,"));
    let unbegun = Fixture::new(1).with(Plan::new("a").pending(1, 3)).results();
    let page =
        to_markdown(&crate::content::document(&Summary::new(&unbegun, DEFAULT_MARGIN), Vec::new()));
    assert!(!page.contains("What the curves say") && !page.contains("By the same rules"));
}

/// `docs/reading-curves.md` has the words of the report's section.
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
