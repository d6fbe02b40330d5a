//! Readings of the article's curves, beside the article's own conclusions (quoted).

use fitroom_report::{Drawback, Observation, Rule, Summary, Trend, read_network, read_reference};
use fitroom_results::{
    EpochRecord, NetworkFacts, Outcome, ReferenceCurve, Results, Run, RunStatus, ScoresAt,
};
use fitroom_stats::DEFAULT_MARGIN;

use crate::article::curve;
use crate::fixture::written_layers;

/// Results whose networks have the article's curves as their runs, one run each. The article's
/// validation was measured on 10,000 images.
fn results(numbers: &[usize]) -> Results {
    let mut results = Results::new("article");
    results.dataset.classes = (0..10).map(|class| class.to_string()).collect();
    results.dataset.test_images = Some(10_000);
    results.validation = Some(10_000);
    for (index, &number) in numbers.iter().enumerate() {
        let is_softmax_twice = number <= 5;
        let reference = ReferenceCurve {
            network: number.to_string(),
            epochs: curve(number).to_vec(),
            dataset: None,
        };
        results.networks.push(NetworkFacts {
            epochs: Some(20),
            loss: Some(if is_softmax_twice { "softmax twice" } else { "cross-entropy" }.into()),
            // The lowest value of cross-entropy-of-softmax with ten classes: log(1 + 9/e).
            lowest_loss: if is_softmax_twice { (9.0 / std::f64::consts::E).ln_1p() } else { 0.0 },
            layers: (number == 4).then(|| written_layers("dropout 0.5")),
            reference: Some(reference),
            ..NetworkFacts::new(number.to_string())
        });
        results.runs.push(run(index, number));
    }
    results
}

fn run(network: usize, number: usize) -> Run {
    let record = |at: &fitroom_results::ReferenceEpoch| EpochRecord {
        train_loss: at.train_loss,
        train_accuracy: at.train_accuracy,
        val_loss: at.test_loss,
        val_accuracy: at.test_accuracy,
        ..EpochRecord::new(at.epoch)
    };
    let epochs: Vec<EpochRecord> = curve(number).iter().map(record).collect();
    let best = epochs.iter().rev().max_by(|a, b| a.val_accuracy.total_cmp(&b.val_accuracy));
    let best = ScoresAt::new(best.map_or(0, |record| record.epoch));
    Run {
        status: RunStatus::Finished,
        epochs,
        outcome: Some(Outcome::untimed(best, ScoresAt::new(20))),
        ..Run::new(network, 1)
    }
}

fn observations(results: &Results, network: usize) -> Vec<Observation> {
    let summary = Summary::new(results, DEFAULT_MARGIN);
    read_network(&summary, &summary.networks[network])
}

/// The observations on one of the article's curves.
fn published(number: usize) -> Vec<Observation> {
    let results = results(&[number]);
    let summary = Summary::new(&results, DEFAULT_MARGIN);
    let found = read_network(&summary, &summary.networks[0]);
    assert_eq!(
        found,
        read_reference(&summary, &summary.networks[0]),
        "as a run and as a reference"
    );
    found
}

/// The rules of these observations, except gap and best epoch, which always find something.
fn rules(found: &[Observation]) -> Vec<Rule> {
    found
        .iter()
        .map(Observation::rule)
        .filter(|rule| !matches!(rule, Rule::Gap | Rule::BestEpoch))
        .collect()
}

fn find(found: &[Observation], rule: Rule) -> &Observation {
    found
        .iter()
        .find(|observation| observation.rule() == rule)
        .unwrap_or_else(|| panic!("no {rule:?} in {found:#?}"))
}

fn gap(number: usize) -> Trend {
    let Observation::Gap { trend, .. } = *find(&published(number), Rule::Gap) else {
        unreachable!()
    };
    trend
}

/// "Validation accuracy comes close to 87% and fluctuates from there": from epoch 9 on, no later
/// change exceeds noise. The fluctuation is 1.5 times what sampling explains, and 18 triples of epochs
/// can be off by more (1.64 times).
#[test]
fn network_1_comes_close_to_87_percent() {
    let found = published(1);
    assert_eq!(rules(&found), [Rule::Plateau]);
    let Observation::Plateau { from, end, noise } = *find(&found, Rule::Plateau) else {
        unreachable!()
    };
    assert_eq!((from.first, end.first, end.last), (9, 16, 20));
    assert!((end.mean - 0.86992).abs() < 1e-9 && noise > 0.009 && end.mean - from.mean < noise);
}

/// "The gap between training and validation suggests overfitting": validation accuracy
/// falls in neither network, and the gap of network 1 grows by no more than noise. "More epochs may improve validation": network 2
/// still improves.
#[test]
fn networks_1_and_2_have_a_gap_and_one_still_improves() {
    assert_eq!([1, 2].map(gap), [Trend::Steady, Trend::Steady]);
    assert_eq!(rules(&published(2)), [Rule::StillImproving]);
    let found = published(2);
    let Observation::StillImproving { before, end, noise, rising, runs } =
        *find(&found, Rule::StillImproving)
    else {
        unreachable!()
    };
    assert_eq!((before.first, before.last, end.first, rising, runs), (11, 15, 16, 1, 1));
    assert!((end.mean - before.mean - 0.0061).abs() < 1e-9 && noise < 0.0061);
}

/// "No improvement after epoch 6": the rule finds none even earlier. The curve jumps so much that
/// nothing after epoch 2 exceeds noise.
#[test]
fn network_3_does_not_improve_after_epoch_6_and_is_unstable() {
    let found = published(3);
    assert_eq!(rules(&found), [Rule::Plateau, Rule::Instability]);
    let Observation::Plateau { from, noise, .. } = *find(&found, Rule::Plateau) else {
        unreachable!()
    };
    assert!(from.first <= 6 && noise > 0.015, "{from:?} {noise}");
    let Observation::Instability { is_severe, fall, epoch, .. } = *find(&found, Rule::Instability)
    else {
        unreachable!()
    };
    assert!(is_severe && (fall - (0.8358 - 0.8081)).abs() < 1e-9 && epoch == 5);
}

/// "With dropout, validation is always better than training": training was measured with dropout
/// on.
#[test]
fn network_4_is_measured_with_dropout_on() {
    let found = published(4);
    assert_eq!(rules(&found), [Rule::Plateau, Rule::AsTrained]);
    let Observation::AsTrained { training, inference, validation, ref handicaps } =
        *find(&found, Rule::AsTrained)
    else {
        unreachable!()
    };
    assert!(validation - training > 0.01 && inference.is_none() && handicaps == &["dropout on"]);
    assert!(
        !found.iter().any(|found| found.rule() == Rule::Gap),
        "a gap to such a number says nothing"
    );
    // Its low training accuracy does not mean that it underfits, although another network has 99%.
    let mut beside = results(&[4, 5]);
    beside.runs[1].epochs.iter_mut().for_each(|record| record.val_accuracy = 0.99);
    assert!(!rules(&observations(&beside, 0)).contains(&Rule::Underfitting));
}

/// "Batch normalisation has the highest validation accuracy": it is still rising at the end.
#[test]
fn network_5_still_improves_and_its_gap_grows() {
    assert_eq!(rules(&published(5)), [Rule::StillImproving]);
    assert_eq!(gap(5), Trend::Growing);
}

/// "L1 performs badly": network 6 underfits, compared with network 8, which has the same loss.
#[test]
fn network_6_underfits() {
    let beside = results(&[6, 7, 8]);
    let found = observations(&beside, 0);
    assert_eq!(rules(&found), [Rule::Underfitting, Rule::Plateau]);
    let Observation::Underfitting {
        training,
        gap,
        drawback: Drawback::Network { name, validation },
    } = find(&found, Rule::Underfitting)
    else {
        unreachable!()
    };
    assert!(
        name == "8"
            && (validation - 0.91518).abs() < 1e-9
            && (training - 0.83194).abs() < 1e-9
            && *gap < 0.01
    );
    for network in [1, 2] {
        assert!(!rules(&observations(&beside, network)).contains(&Rule::Underfitting));
    }
}

/// The penalty of network 7 had no effect (docs/reproduction.md): validation loss rises as without
/// a penalty.
#[test]
fn network_7_becomes_over_confident_late() {
    let found = published(7);
    assert_eq!(rules(&found), [Rule::OverConfidence, Rule::Plateau]);
    let Observation::OverConfidence { epoch, rise, .. } = *find(&found, Rule::OverConfidence)
    else {
        unreachable!()
    };
    assert!(epoch == 7 && (rise - (0.3791 / 0.3288 - 1.0)).abs() < 1e-9);
}

/// The validation loss of network 8 is lowest at epoch 6 and doubles afterwards, while accuracy
/// holds.
#[test]
fn network_8_becomes_over_confident_after_epoch_6() {
    let found = published(8);
    assert_eq!(rules(&found), [Rule::OverConfidence, Rule::Plateau]);
    let Observation::OverConfidence {
        epoch,
        lowest,
        last_epoch,
        last,
        rise,
        floor,
        accuracy,
        end,
        accuracy_rises,
    } = *find(&found, Rule::OverConfidence)
    else {
        unreachable!()
    };
    assert_eq!((epoch, lowest, last_epoch, last, floor), (6, 0.2437, 20, 0.4875, None));
    assert!(
        (rise - 1.0).abs() < 0.01
            && accuracy == 0.9180
            && accuracy - end.mean < 0.005
            && !accuracy_rises
    );
    assert_eq!(gap(8), Trend::Growing);
}
