//! A thousand random studies, judged as the reference implementation judges them.

use fitroom_stats::Verdict;
use fitroom_stats::sequential::{Behind, SeedDifference, SignBets, replay};

/// One comparison of a study, and what the reference says of it.
struct Expected {
    verdict: Verdict,
    seeds: usize,
    not_worse_after: Option<usize>,
    seeds_to_go: Option<usize>,
    interval: Option<(f64, f64)>,
    differences: Vec<SeedDifference>,
}

/// Reads `verdict seeds not_worse_after seeds_to_go low high:differences`.
fn comparison(text: &str) -> Expected {
    let (said, images) = text.split_once(':').unwrap();
    let said: Vec<&str> = said.split(' ').collect();
    let points = |image: &str| image.parse::<f64>().ok().map(|image| image / 100.0);
    Expected {
        verdict: match said[0] {
            "b" => Verdict::Better,
            "w" => Verdict::Worse,
            "e" => Verdict::Equivalent,
            _ => Verdict::Undecided,
        },
        seeds: said[1].parse().unwrap(),
        not_worse_after: said[2].parse().ok(),
        seeds_to_go: said[3].parse().ok(),
        interval: said[4].parse().ok().zip(said[5].parse().ok()),
        differences: images.split_whitespace().map(points).collect(),
    }
}

/// The interval of a verdict does not contradict it.
fn belongs_to(verdict: Verdict, low: f64, high: f64) {
    let agrees = match verdict {
        Verdict::Better => low > 0.0,
        Verdict::Worse => high < 0.0,
        Verdict::Equivalent => -0.5 < low && high < 0.5,
        Verdict::Undecided | Verdict::Exploratory => true,
    };
    assert!(agrees, "{verdict:?}: {low} to {high}");
}

/// tests/fixtures/sequential.py made the studies and the reference's answers.
#[test]
fn a_thousand_random_studies_are_judged_as_the_reference_judges_them() {
    let (bets, image) = (SignBets::new(0.5, 0.5), 0.01);
    let mut studies = 0;
    for (line, text) in (1..).zip(include_str!("fixtures/sequential.txt").lines()) {
        let expected: Vec<Expected> = text.split(';').map(comparison).collect();
        let study: Vec<_> = expected.iter().map(|it| it.differences.clone()).collect();
        for (index, (found, said)) in
            replay(&study, Behind::Awaited, &bets, image).iter().zip(&expected).enumerate()
        {
            let place = format!("line {line}, comparison {index}");
            assert_eq!((found.verdict, found.seeds), (said.verdict, said.seeds), "{place}");
            assert_eq!(found.not_worse_after, said.not_worse_after, "{place}");
            assert_eq!(found.seeds_to_go, said.seeds_to_go, "{place}");
            let interval = found.interval();
            assert_eq!(interval.is_some(), said.interval.is_some(), "{place}");
            if let (Some((low, high)), Some((l, h))) = (interval, said.interval) {
                // The reference's ends are written to a thousandth of a point.
                assert!((low - l).abs() < 6e-4 && (high - h).abs() < 6e-4, "{place}: {low} {high}");
                belongs_to(found.verdict, low, high);
            }
        }
        studies += 1;
    }
    assert_eq!(studies, 1000);
}
