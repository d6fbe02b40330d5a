//! The section of the report on the article's conclusions.

use fitroom_report::Summary;
use fitroom_report::document::{Block, Section, Text};
use fitroom_report::number::{capitalised, listed};

use crate::claim::{Claim, Standing};
use crate::networks::ArticleNetworks;
use crate::rules::claims;

/// Each conclusion with its standing; `None` if the study does not reproduce the article's
/// networks, or has too few runs.
pub fn claims_section(summary: &Summary) -> Option<Section> {
    let claims = claims(&ArticleNetworks::of(summary)?);
    let numbers = |standing: Standing| {
        let numbers: Vec<String> = claims
            .iter()
            .filter(|claim| claim.standing == standing)
            .map(|claim| claim.number.to_string())
            .collect();
        (!numbers.is_empty()).then(|| {
            let noun = if numbers.len() == 1 { "number" } else { "numbers" };
            format!(
                "{} {} ({noun} {})",
                numbers.len(),
                verb(standing, numbers.len()),
                listed(&numbers)
            )
        })
    };
    let all =
        [Standing::Holds, Standing::HoldsInPart, Standing::DoesNotHold, Standing::CannotBeTold];
    let counts: Vec<String> = all.into_iter().filter_map(numbers).collect();
    let counts = format!("Of the published conclusions, {}.", counts.join("; "));
    let rule = "Networks are compared seed by seed, by validation accuracy at each run's best epoch. One rule decides \
                each conclusion, whatever the data. If two networks differ in more than one thing, the difference \
                decides nothing about either. A statement about single runs holds if nine in ten runs agree with it, \
                and does not hold if nine in ten disagree.";
    Some(Section {
        id: "claims".into(),
        heading: Some("What the published report concludes".into()),
        blocks: vec![
            Block::paragraph(counts),
            Block::List(claims.iter().map(item).collect()),
            Block::paragraph(rule),
        ],
    })
}

/// The standing as a verb of one conclusion or of several.
fn verb(standing: Standing, count: usize) -> String {
    match count {
        1 => standing.name().to_owned(),
        _ => standing.name().replace("holds", "hold").replace("does not", "do not"),
    }
}

/// `4. Network 3: … – holds in part. …`
fn item(claim: &Claim) -> Text {
    let standing =
        format!("{}. “{}” {}.", claim.number, claim.words, capitalised(claim.standing.name()));
    Text::strong(standing).then(format!(" {}", claim.evidence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use fitroom_results::Results;
    use fitroom_stats::DEFAULT_MARGIN;

    /// The eight networks with their published curves. `shifts` are added to their accuracies, in
    /// points.
    fn study(seeds: u32, shifts: [f64; 8]) -> Results {
        let mut fixture = Fixture::new(seeds);
        for (number, shift) in (1..).zip(shifts) {
            let plan =
                Plan::new(&format!("network {number}")).reference(number).shifted(shift / 100.0);
            fixture = fixture.with(match number {
                1..=5 => plan.softmax_twice(),
                6 => plan.penalty(0.001, 0.0),
                7 => plan.penalty(0.0, 0.001),
                _ => plan.layers("conv 32 3x3 pad 1, relu, flatten, dense 64, relu"),
            });
        }
        fixture.results()
    }

    fn standings(results: &Results) -> Vec<Standing> {
        let summary = Summary::new(results, DEFAULT_MARGIN);
        claims(&ArticleNetworks::of(&summary).unwrap())
            .into_iter()
            .map(|claim| claim.standing)
            .collect()
    }

    #[test]
    fn on_the_published_curves_most_conclusions_stand() {
        use Standing::{CannotBeTold, DoesNotHold, Holds};
        let standings = standings(&study(10, [0.0; 8]));
        assert_eq!(standings[0..2], [Holds, Holds]);
        // Conclusion 6: network 8 is higher. Conclusion 7: the results have no weights, so accuracy
        // alone decides. Conclusion 8: the losses differ.
        assert_eq!(standings[5..], [DoesNotHold, Holds, CannotBeTold]);
    }

    #[test]
    fn a_conclusion_falls_where_the_runs_say_otherwise() {
        // Network 1 is far below 87%, network 2 is far above network 1, network 3 is above network
        // 2, and network 7 is below network 6.
        let standings = standings(&study(10, [-4.0, -1.0, 6.0, 0.0, 0.0, 0.0, -9.0, 0.0]));
        assert_eq!(
            [standings[0], standings[1], standings[3], standings[6]],
            [Standing::DoesNotHold; 4]
        );
    }

    #[test]
    fn a_statement_about_single_runs_needs_nearly_all_of_them() {
        let with_low_seeds = |low: usize| {
            let mut results = study(10, [0.0; 8]);
            for run in results.runs.iter_mut().filter(|run| run.network == 0).take(low) {
                run.outcome.as_mut().unwrap().last.test.accuracy = 0.81;
            }
            standings(&results)[0]
        };
        let standings = [0, 1, 3, 8, 9].map(with_low_seeds);
        let [holds, open, falls] = [Standing::Holds, Standing::CannotBeTold, Standing::DoesNotHold];
        assert_eq!(standings, [holds, holds, open, open, falls]);
    }

    #[test]
    fn a_worse_network_with_a_late_best_epoch_makes_conclusion_4_hold_in_part() {
        let with_best = |epoch: u32| {
            let mut results = study(10, [0.0, 0.0, -3.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
            for run in results.runs.iter_mut().filter(|run| run.network == 2) {
                run.outcome.as_mut().unwrap().best.epoch = epoch;
            }
            standings(&results)[3]
        };
        assert_eq!((with_best(5), with_best(17)), (Standing::Holds, Standing::HoldsInPart));
    }

    #[test]
    fn dropout_is_judged_in_inference_mode() {
        let with_gain = |gain: f64| {
            let mut results = study(3, [0.0; 8]);
            for run in results.runs.iter_mut().filter(|run| run.network == 3) {
                run.epochs
                    .iter_mut()
                    .for_each(|record| record.fit_accuracy = record.val_accuracy + gain);
            }
            standings(&results)[4]
        };
        assert_eq!((with_gain(0.01), with_gain(-0.01)), (Standing::DoesNotHold, Standing::Holds));
    }

    #[test]
    fn more_epochs_help_if_both_networks_still_rise() {
        let with_slope = |slope: f64| {
            let mut results = study(5, [0.0; 8]);
            for run in results.runs.iter_mut().filter(|run| run.network < 2) {
                for record in &mut run.epochs {
                    record.val_accuracy += slope * f64::from(record.epoch);
                }
            }
            standings(&results)[2]
        };
        assert_eq!(
            (with_slope(0.002), with_slope(-0.01)),
            (Standing::Holds, Standing::DoesNotHold)
        );
    }

    #[test]
    fn few_runs_and_other_studies_have_no_such_section() {
        let page =
            |results: &Results| claims_section(&Summary::new(results, DEFAULT_MARGIN)).is_some();
        assert!(page(&study(2, [0.0; 8])) && !page(&study(1, [0.0; 8])));
        let mut other = study(2, [0.0; 8]);
        other.networks[4].reference = None;
        assert!(!page(&other));
        let mut short = study(2, [0.0; 8]);
        short.networks[1].epochs = Some(19);
        assert!(!page(&short));
        let mut part = study(2, [0.0; 8]);
        part.train_images = Some(6000);
        assert!(!page(&part));
        let mut drawn = study(2, [0.0; 8]);
        drawn.dataset.name = "drawn".into();
        assert!(!page(&drawn));
    }

    #[test]
    fn the_summary_has_each_conclusion() {
        let results = study(10, [0.0; 8]);
        let section = claims_section(&Summary::new(&results, DEFAULT_MARGIN)).unwrap();
        let Block::Paragraph(counts) = &section.blocks[0] else {
            panic!("a paragraph comes first")
        };
        let words = format!("{counts:?}");
        assert!((1..=8).all(|number| words.contains(&number.to_string())), "{words}");
        assert!(
            words.contains("hold (numbers 1") && words.contains("cannot be told (number 8)"),
            "{words}"
        );
    }
}
