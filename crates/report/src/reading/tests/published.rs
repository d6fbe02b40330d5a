//! The published curves, and what their own report says of them (quoted from its conclusions).

use super::{find, rules};
use crate::published::published_curve;
use crate::reading::curves::Curves;
use crate::reading::level::{Yardstick, underfitting};
use crate::reading::{Drawback, Observation, Rule, Trend, read};

fn published(network: u32) -> Vec<Observation> {
    read(&Curves::published(published_curve(network)), &[])
}

fn gap(network: u32) -> Trend {
    let Observation::Gap { trend, .. } = *find(&published(network), Rule::Gap) else {
        unreachable!()
    };
    trend
}

/// "Validation accuracy comes close to 87% and fluctuates from there": from epoch 11 on, nothing
/// beyond noise, by a hair (0.61 points where noise is 0.63).
#[test]
fn network_1_comes_close_to_87_percent_and_fluctuates() {
    let found = published(1);
    assert_eq!(rules(&found), [Rule::Plateau, Rule::Instability]);
    let Observation::Plateau { from, end, noise } = *find(&found, Rule::Plateau) else {
        unreachable!()
    };
    assert_eq!((from.first, end.first, end.last), (11, 16, 20));
    assert!((end.mean - 0.86992).abs() < 1e-9 && noise > 0.006 && end.mean - from.mean < noise);
    let Observation::Instability { fluctuation, sampling, fall, epoch, seed, is_severe, .. } =
        *find(&found, Rule::Instability)
    else {
        unreachable!()
    };
    assert!(fluctuation > 0.0045 && sampling < 0.0035 && !is_severe);
    assert!((fall - (0.8667 - 0.8558)).abs() < 1e-9 && epoch == 14 && seed.is_none());
}

/// "The gap between training and validation suggests overfitting": it grows in network 1; in
/// neither does validation accuracy fall. "More epochs may improve validation": so it looks for
/// network 2.
#[test]
fn networks_1_and_2_have_a_gap_and_one_still_improves() {
    assert_eq!([1, 2].map(gap), [Trend::Growing, Trend::Steady]);
    assert_eq!(rules(&published(2)), [Rule::StillImproving]);
    let found = published(2);
    let Observation::StillImproving { before, end, noise, rising, runs } =
        *find(&found, Rule::StillImproving)
    else {
        unreachable!()
    };
    assert_eq!((before.first, before.last, end.first, rising, runs), (11, 15, 16, 1, 1));
    assert!((end.mean - before.mean - 0.0061).abs() < 1e-9 && noise < 0.006);
}

/// "No improvement after epoch 6": even earlier, since its curve jumps so that nothing after epoch
/// 2 stands out.
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

/// "With dropout, validation is always better than training": it is measured with dropout on.
#[test]
fn network_4_is_measured_with_dropout_on() {
    let found = published(4);
    assert_eq!(rules(&found), [Rule::AsTrained]);
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
    let sure = Yardstick { name: "sure".into(), validation: 0.99 };
    assert_eq!(
        underfitting(&Curves::published(published_curve(4)), &[sure]),
        None,
        "nor does how low it is"
    );
}

/// "Batch normalisation has the highest validation accuracy": it has not come to rest.
#[test]
fn network_5_still_improves_and_its_gap_grows() {
    assert_eq!(rules(&published(5)), [Rule::StillImproving]);
    assert_eq!(gap(5), Trend::Growing);
}

/// "L1 performs badly": it underfits, held against network 8, which was trained on the same loss.
#[test]
fn network_6_underfits() {
    let end = |network: u32| {
        Yardstick::of(&network.to_string(), &Curves::published(published_curve(network))).unwrap()
    };
    let found = read(&Curves::published(published_curve(6)), &[end(7), end(8)]);
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
    assert_eq!(underfitting(&Curves::published(published_curve(8)), &[end(6), end(7)]), None);
    assert_eq!(underfitting(&Curves::published(published_curve(7)), &[end(6), end(8)]), None);
}

/// Its penalty held nothing back (docs/reproduction.md): validation loss rises as without one.
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

/// Its validation loss is lowest at epoch 6 and doubles afterwards, while accuracy holds.
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
