//! Made-up curves: for each rule, one on which it finds something and one on which it doesn't.

use std::borrow::Cow;

use super::{CLEAN, Made, find, rules};
use crate::reading::curves::{Curves, Diverged};
use crate::reading::gap::Yardstick;
use crate::reading::{Drawback, Observation, Rule, Trend, read};

#[test]
fn a_clean_curve_has_a_plateau_and_a_steady_gap_and_nothing_else() {
    for key in 0..20 {
        let found = Made { key, ..CLEAN }.read();
        assert_eq!(rules(&found), [Rule::Plateau], "{key}: {found:#?}");
        let Observation::Gap { trend, course: Some([_, end]), .. } = *find(&found, Rule::Gap)
        else {
            unreachable!()
        };
        assert!(trend == Trend::Steady && (end.mean - 0.01).abs() < 0.001);
    }
}

#[test]
fn a_curve_that_rises_to_the_last_epoch_still_improves() {
    let found = Made { validation: |epoch| 0.8 + 0.002 * epoch, ..CLEAN }.read();
    assert_eq!(rules(&found), [Rule::StillImproving]);
    let Observation::StillImproving { before, end, rising, .. } =
        *find(&found, Rule::StillImproving)
    else {
        unreachable!()
    };
    assert!((end.mean - before.mean - 0.01).abs() < 0.001 && rising == 3);
    // A rise that is ten times slower can't be told from noise.
    assert_eq!(Made { validation: |epoch| 0.8 + 0.0002 * epoch, ..CLEAN }.rules(), [Rule::Plateau]);
}

#[test]
fn one_run_that_recovers_at_the_end_does_not_lift_all() {
    let mut curves = CLEAN.curves();
    curves.runs[1].epochs.to_mut()[..17].iter_mut().for_each(|record| record.val_accuracy -= 0.06);
    assert!(!rules(&read(&curves, &[])).contains(&Rule::StillImproving));
}

#[test]
fn a_plateau_begins_where_the_curve_becomes_flat() {
    let flat_from_8 = Made { validation: |epoch| 0.8 + 0.01 * epoch.min(8.0), ..CLEAN };
    for key in 0..20 {
        let found = Made { key, ..flat_from_8 }.read();
        let Observation::Plateau { from, .. } = *find(&found, Rule::Plateau) else {
            unreachable!()
        };
        assert!((7..=9).contains(&from.first), "{key}: {from:?}");
    }
}

#[test]
fn rising_loss_is_over_confidence_where_accuracy_holds_and_overfitting_where_it_falls() {
    let u_shaped = Made { loss: |epoch| 0.3 + 0.01 * (epoch - 5.0).abs(), ..CLEAN };
    let found = u_shaped.read();
    assert_eq!(rules(&found), [Rule::OverConfidence, Rule::Plateau]);
    let Observation::OverConfidence { epoch, rise, accuracy_rises, .. } =
        *find(&found, Rule::OverConfidence)
    else {
        unreachable!()
    };
    assert!(epoch == 5 && (rise - 0.5).abs() < 0.02 && !accuracy_rises);

    let rising = Made { validation: |epoch| 0.8 + 0.002 * epoch, ..u_shaped };
    let found = rising.read();
    assert_eq!(rules(&found), [Rule::OverConfidence, Rule::StillImproving]);
    assert!(matches!(
        find(&found, Rule::OverConfidence),
        Observation::OverConfidence { accuracy_rises: true, .. }
    ));

    let falling = |epoch: f64| 0.9 - 0.002 * (epoch - 5.0).abs();
    let found = Made { validation: falling, fit: |epoch| 0.9 + 0.004 * epoch, ..u_shaped }.read();
    assert_eq!(rules(&found), [Rule::Overfitting, Rule::Plateau]);
    let Observation::Overfitting { best, end, training, .. } = *find(&found, Rule::Overfitting)
    else {
        unreachable!()
    };
    assert!(
        best.first <= 5
            && best.last >= 5
            && best.mean - end.mean > 0.02
            && training[1] > training[0]
    );

    // If training accuracy falls as well, training has become unstable, which is not overfitting.
    assert_eq!(
        Made { validation: falling, fit: |epoch| 0.95 - 0.002 * epoch, ..u_shaped }.rules(),
        [Rule::Plateau]
    );
}

#[test]
fn a_rise_of_the_loss_is_measured_above_its_floor() {
    let made = Made { loss: |epoch| 1.5 + 0.001 * (epoch - 5.0).abs(), jitter: 0.0003, ..CLEAN };
    assert_eq!(made.rules(), [Rule::Plateau], "1% of the loss");
    let mut curves = made.curves();
    curves.loss_floor = 1.4612;
    let found = read(&curves, &[]);
    let Observation::OverConfidence { rise, floor, .. } = *find(&found, Rule::OverConfidence)
    else {
        unreachable!()
    };
    assert!((rise - 0.015 / 0.0388).abs() < 0.03 && floor == Some(1.4612), "{rise}");
}

#[test]
fn noise_alone_is_rarely_taken_for_a_trend() {
    let mut wrong = 0;
    for key in 0..300 {
        let flat = Made {
            seeds: 1,
            fit: |_| 0.9,
            validation: |_| 0.89,
            loss: |_| 0.3,
            jitter: 0.003,
            key,
            ..CLEAN
        };
        let found = flat.read();
        let trends = [Rule::StillImproving, Rule::Overfitting, Rule::OverConfidence];
        wrong += usize::from(rules(&found).iter().any(|rule| trends.contains(rule)));
    }
    assert!(wrong <= 15, "{wrong} of 300");
}

#[test]
fn jumps_beyond_sampling_are_fluctuation_and_then_instability() {
    let severity = |jitter| {
        let found = Made { jitter, ..CLEAN }.read();
        found.iter().find_map(|found| {
            let Observation::Instability { is_severe, fluctuation, .. } = found else {
                return None;
            };
            Some((*is_severe, *fluctuation))
        })
    };
    // Sampling 10,000 images at 89% explains 0.31 points.
    assert_eq!(severity(0.002), None);
    let (is_severe, fluctuation) = severity(0.006).unwrap();
    assert!(!is_severe && (fluctuation - 0.006).abs() < 0.002, "{fluctuation}");
    assert!(severity(0.015).unwrap().0);
}

#[test]
fn seeds_that_stand_apart_are_named() {
    let ending = |accuracies: &[f64]| {
        let mut curves = Made { seeds: accuracies.len() as u64, ..CLEAN }.curves();
        for (run, accuracy) in curves.runs.iter_mut().zip(accuracies) {
            run.epochs.to_mut().last_mut().unwrap().val_accuracy = *accuracy;
        }
        read(&curves, &[]).into_iter().find_map(|found| {
            let Observation::Groups { low, high } = found else { return None };
            Some((low.seeds, high.seeds))
        })
    };
    // From networks of the study `report`; the first two lose a class (docs/reproduction.md).
    assert_eq!(
        ending(&[0.8830, 0.8174, 0.8784, 0.8757, 0.8823]),
        Some((vec![2], vec![1, 3, 4, 5]))
    );
    assert_eq!(
        ending(&[0.8018, 0.8546, 0.8512, 0.8017, 0.8533]),
        Some((vec![1, 4], vec![2, 3, 5]))
    );
    assert_eq!(ending(&[0.8760, 0.8733, 0.8739, 0.8742, 0.8908]), None);
    assert_eq!(ending(&[0.8830, 0.8174, 0.8831]), None, "three seeds are too few to tell");
    // Two groups, but less than half a point apart.
    assert_eq!(ending(&[0.880, 0.8801, 0.8802, 0.8840, 0.8801]), None);
    let normal = (0..1000).filter(|key| {
        Made { seeds: 5, jitter: 0.01, key: *key, ..CLEAN }.rules().contains(&Rule::Groups)
    });
    assert!(normal.count() <= 20, "of 1000 samples from one distribution");
}

#[test]
fn a_network_underfits_if_its_training_accuracy_is_below_anothers_validation_accuracy() {
    let curves = CLEAN.curves();
    let other = |validation| {
        [
            Yardstick { name: "other".into(), validation },
            Yardstick { name: "low".into(), validation: 0.5 },
        ]
    };
    let found = read(&curves, &other(0.93));
    assert_eq!(rules(&found), [Rule::Underfitting, Rule::Plateau]);
    let Observation::Underfitting { training, gap, drawback } = find(&found, Rule::Underfitting)
    else {
        unreachable!()
    };
    assert!((training - 0.9).abs() < 0.001 && (gap - 0.01).abs() < 0.001);
    assert_eq!(*drawback, Drawback::Network { name: "other".into(), validation: 0.93 });
    assert_eq!(rules(&read(&curves, &other(0.903))), [Rule::Plateau], "less than matters");
    let large_gap = Made { validation: |_| 0.85, ..CLEAN }.curves();
    assert_eq!(rules(&read(&large_gap, &other(0.93))), [Rule::Plateau], "more is lost in its gap");
    let guessing = Made { fit: |_| 0.1, validation: |_| 0.1, ..CLEAN }.read();
    let Observation::Underfitting { drawback, .. } = find(&guessing, Rule::Underfitting) else {
        unreachable!()
    };
    assert_eq!(*drawback, Drawback::Guessing { classes: 10 });
}

#[test]
fn training_as_trained_below_validation_is_explained_by_inference_mode() {
    let lower = |curves: &mut Curves, fit: f64| {
        for run in &mut curves.runs {
            for record in run.epochs.to_mut() {
                record.train_accuracy -= 0.04;
                record.fit_accuracy -= fit;
            }
        }
    };
    let mut curves = CLEAN.curves();
    // The loss as trained includes the penalty, so the rule must not use it.
    lower(&mut curves, 0.0);
    curves
        .runs
        .iter_mut()
        .flat_map(|run| run.epochs.to_mut())
        .for_each(|record| record.train_loss = 0.5);
    let found = read(&curves, &[]);
    assert_eq!(rules(&found), [Rule::Plateau, Rule::AsTrained]);
    let Observation::AsTrained { training, inference, validation, .. } =
        *find(&found, Rule::AsTrained)
    else {
        unreachable!()
    };
    assert!(training < validation && inference.is_some_and(|inference| inference > validation));
    // If accuracy is as low in inference mode, the rule does not apply.
    let mut curves = CLEAN.curves();
    lower(&mut curves, 0.04);
    curves
        .runs
        .iter_mut()
        .flat_map(|run| run.epochs.to_mut())
        .for_each(|record| record.train_loss = 0.5);
    assert_eq!(rules(&read(&curves, &[])), [Rule::Plateau]);
}

#[test]
fn gaps_grow_and_shrink() {
    let trend = |fit| {
        let Observation::Gap { trend, .. } = *find(&Made { fit, ..CLEAN }.read(), Rule::Gap) else {
            unreachable!()
        };
        trend
    };
    assert_eq!(trend(|epoch| 0.89 + 0.002 * epoch), Trend::Growing);
    assert_eq!(trend(|epoch| 0.94 - 0.002 * epoch), Trend::Shrinking);
    assert_eq!(trend(|_| 0.92), Trend::Steady);
}

#[test]
fn few_epochs_say_little() {
    for seeds in [1, 3] {
        let found = Made { seeds, epochs: 1, ..CLEAN }.read();
        assert_eq!(
            found.iter().map(Observation::rule).collect::<Vec<_>>(),
            [Rule::Gap, Rule::BestEpoch]
        );
        assert!(matches!(
            find(&found, Rule::Gap),
            Observation::Gap { course: None, trend: Trend::Steady, .. }
        ));
        for epochs in 2..=3 {
            let rising = Made { seeds, epochs, validation: |epoch| 0.7 + 0.03 * epoch, ..CLEAN };
            assert_eq!(rising.rules(), [Rule::StillImproving]);
            let flat = Made { seeds, epochs, validation: |_| 0.89, ..CLEAN };
            assert_eq!(flat.rules(), []);
        }
        assert_eq!(
            Made { seeds, epochs: 4, validation: |_| 0.89, loss: |_| 0.3, ..CLEAN }.rules(),
            [Rule::Plateau]
        );
    }
}

#[test]
fn without_validation_or_a_finished_run_nothing_is_read() {
    let mut curves = Made { validation: |_| f64::NAN, loss: |_| f64::NAN, ..CLEAN }.curves();
    assert_eq!(read(&curves, &[]), [Observation::NoValidation], "not measured");
    curves.images = Some(0);
    assert_eq!(read(&curves, &[]), [Observation::NoValidation]);
    let mut curves = CLEAN.curves();
    curves.runs[0].epochs.to_mut()[4].val_accuracy = f64::NAN;
    assert_eq!(read(&curves, &[]), [Observation::NoValidation], "not measured everywhere");
    curves.runs.clear();
    assert_eq!(read(&curves, &[]), []);
    curves.diverged = vec![Diverged { seed: 2, epoch: 1, loss_before: None }];
    assert_eq!(rules(&read(&curves, &[])), [Rule::Divergence]);
}

#[test]
fn runs_that_patience_ended_are_read_up_to_the_shortest() {
    let mut curves = Made { validation: |epoch| 0.8 + 0.002 * epoch, ..CLEAN }.curves();
    let short = curves.runs[1].epochs[..8].to_vec();
    curves.runs[1].epochs = Cow::Owned(short);
    curves.runs[1].best = 8;
    let found = read(&curves, &[]);
    assert_eq!(rules(&found), [], "their common end is not an end");
    let Observation::BestEpoch { epoch, .. } = find(&found, Rule::BestEpoch) else {
        unreachable!()
    };
    assert!((epoch.mean - 16.0).abs() < 1.1, "each run's own");
    assert!(matches!(find(&found, Rule::Gap), Observation::Gap { last_epoch: 8, .. }));
}
