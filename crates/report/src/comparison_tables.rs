//! The tables of all comparisons: verdicts, test images, and what differs.

use fitroom_stats::{Superiority, Test};

use crate::comparison::Comparison;
use crate::document::{Cell, Row, Table, Text};
use crate::measure_words::{difference, interval, points as in_points, size};
use crate::number::{MISSING, p_value, points, signed, whole_percent};

/// The measure that the verdicts are on.
pub fn judged(comparisons: &[&Comparison]) -> Table {
    let measure = &comparisons[0].measure;
    let is_paired = comparisons[0].judged.samples.is_none();
    let rows = comparisons
        .iter()
        .map(|comparison| Row { header: header(comparison), cells: cells(comparison) });
    Table {
        caption: format!(
            "Difference in {} {}{}{}.",
            measure.name,
            measure.place,
            in_points(measure),
            if is_paired { ", paired by seed" } else { ", unpaired" }
        ),
        groups: Vec::new(),
        columns: [
            "comparison",
            if is_paired { "seeds" } else { "runs" },
            "mean",
            "interval",
            "p",
            "p after Holm",
            "beats the baseline",
            "correlation of the pairs",
            "verdict",
            "seeds needed",
        ]
        .map(String::from)
        .to_vec(),
        rows: rows.collect(),
        is_prose: false,
    }
}

/// What the test images say of each verdict.
pub fn on_test_images(comparisons: &[&Comparison]) -> Table {
    let cells = |comparison: &Comparison| {
        let test = comparison.test.as_ref();
        let answer = comparison.test_answer().map(|answer| answer.name().to_owned());
        let over =
            if comparison.over_images.is_some() { "seeds and images" } else { "seeds alone" };
        vec![
            test.map_or(0, |test| test.pairs.len()).to_string().into(),
            or_missing(test.and_then(|test| Some(points(test.difference?.mean)))).into(),
            Cell {
                text: or_missing(comparison.test_interval().map(interval_in_points)),
                below: comparison.test_interval().map(|_| over.to_owned()),
                is_apart: false,
            },
            or_missing(answer).into(),
        ]
    };
    let rows = comparisons
        .iter()
        .map(|comparison| Row { header: header(comparison), cells: cells(comparison) });
    Table {
        caption: "Difference in test accuracy at the same epoch, points: do test images confirm the verdict?".into(),
        groups: Vec::new(),
        columns: ["comparison", "seeds", "mean", "95% interval", "the verdict is"]
            .map(String::from)
            .to_vec(),
        rows: rows.collect(),
        is_prose: false,
    }
}

fn or_missing(text: Option<String>) -> String {
    text.unwrap_or_else(|| MISSING.to_owned())
}

fn interval_in_points((low, high): (f64, f64)) -> String {
    format!("{} to {}", points(low), points(high))
}

fn header(comparison: &Comparison) -> Text {
    Text::plain(format!("{} vs {}", comparison.network, comparison.baseline))
}

fn cells(comparison: &Comparison) -> Vec<Cell> {
    let (measure, effect) = (&comparison.measure, &comparison.judged);
    let p = |p: f64| p_value(p).trim_start_matches("p = ").trim_start_matches("p ").to_owned();
    let below = match (effect.test, effect.sign_flip_p) {
        (Some(Test::SignFlip), _) => Some("sign-flip".to_owned()),
        (Some(Test::PairedT), Some(sign_flip)) => {
            Some(format!("paired t; sign-flip {}", p(sign_flip)))
        }
        (Some(Test::PairedT), None) => Some("paired t".to_owned()),
        (Some(Test::WelchAndPermutation), _) => Some("Welch and permutation".to_owned()),
        (Some(Test::Welch), _) => Some("Welch".to_owned()),
        (Some(Test::Sequential), _) => Some("sequential".to_owned()),
        (None, _) => None,
    };
    let spread = effect.difference.and_then(|difference| difference.sd);
    let effect_size = comparison
        .effect_size()
        .map_or(String::new(), |d| format!("; d {}", signed(measure.directed(d))));
    let superiority = comparison.superiority();
    vec![
        match &effect.samples {
            Some(samples) => {
                format!("{} and {}", samples.candidate.len(), samples.baseline.len()).into()
            }
            None => effect.pairs.len().to_string().into(),
        },
        Cell {
            text: or_missing(effect.difference.map(|found| difference(measure, found.mean))),
            below: spread.map(|sd| format!("sd {}{effect_size}", size(measure, sd))),
            is_apart: false,
        },
        Cell {
            text: or_missing(effect.interval.map(|ends| interval(measure, ends))),
            below: effect.interval.map(|_| format!("{}%", effect.confidence_percent())),
            is_apart: false,
        },
        Cell { text: or_missing(effect.p.map(p)), below, is_apart: false },
        or_missing(effect.p_holm.map(p)).into(),
        Cell {
            text: or_missing(superiority.map(|found| whole_percent(found.probability))),
            below: superiority.map(|Superiority { interval: (low, high), .. }| {
                format!("{} to {}", whole_percent(low), whole_percent(high))
            }),
            is_apart: false,
        },
        or_missing(effect.correlation.map(|r| format!("{r:.2}").replace('-', "−"))).into(),
        or_missing(effect.verdict.map(|verdict| verdict.name().to_owned())).into(),
        or_missing(effect.seeds_needed().map(|(seeds, _)| seeds.to_string().replace(" seeds", "")))
            .into(),
    ]
}

/// The settings in which the networks of each comparison differ.
pub fn what_differs(comparisons: &[&Comparison]) -> Table {
    let rows = comparisons.iter().map(|comparison| {
        let settings: Vec<String> =
            comparison.settings.iter().map(|setting| setting.key.replace('_', " ")).collect();
        let changes = comparison.settings.iter().map(|setting| {
            match (setting.key.as_str(), comparison.layer_words()) {
                ("layers", Some(words)) => format!("layers: {words}"),
                (key, _) => format!(
                    "{}: {}, not {}",
                    key.replace('_', " "),
                    setting.network,
                    setting.baseline
                ),
            }
        });
        let changes: Vec<String> = changes.collect();
        let nothing = || match comparison.judged_on {
            Some(_) => "nothing: the same network under two names".to_owned(),
            None => "nothing that was logged but the name".to_owned(),
        };
        let cells = vec![
            if settings.is_empty() { nothing() } else { changes.join("; ") }.into(),
            comparison.confounded_words().unwrap_or_default().into(),
        ];
        Row { header: header(comparison), cells }
    });
    Table {
        caption: "What differs between the two networks".into(),
        groups: Vec::new(),
        columns: ["comparison", "what differs", "what follows"].map(String::from).to_vec(),
        rows: rows.collect(),
        is_prose: true,
    }
}
