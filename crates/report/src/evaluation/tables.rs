//! The numbers of an evaluation as tables.

use fitroom_results::Metric;
use fitroom_stats::{Proportion, Spread};

use super::{ClassScores, Evaluation};
use crate::document::{Cell, Row, Table, Text};
use crate::number::{MISSING, count, percent, rounded, spread_percent};

/// Accuracy, loss and calibration: a row for each.
pub fn number_table(evaluation: &Evaluation) -> Table {
    let Evaluation { accuracy, loss, calibration, .. } = evaluation;
    let error = calibration.expected_error();
    let row = |name: &str, value: String, about: String| Row {
        header: Text::plain(name),
        cells: vec![value.into(), about.into()],
    };
    let interval =
        interval(accuracy).map_or(String::new(), |words| format!("95% interval {words}"));
    let mut rows = vec![
        row("accuracy", share(accuracy), interval),
        row("loss", number(*loss), "cross-entropy".to_owned()),
        row(
            "calibration error",
            error.map_or(MISSING.to_owned(), percent),
            "expected distance of confidence and accuracy".to_owned(),
        ),
    ];
    if let (2.., Some(spread)) = (
        evaluation.seeds.len(),
        Spread::of(evaluation.seeds.iter().map(|(_, accuracy)| accuracy.share())),
    ) {
        let about = format!("accuracy, mean ± standard deviation of {} seeds", spread.count);
        rows.push(row("each seed alone", spread_percent(&spread), about));
    }
    if evaluation.overflowed > 0 {
        let images = count(evaluation.overflowed as u64);
        rows.push(row(
            "overflowed",
            images,
            "images without probabilities, counted as wrong".to_owned(),
        ));
    }
    Table {
        caption: format!(
            "{} on {} {} of {}.",
            evaluation.network,
            count(accuracy.trials),
            evaluation.noun,
            evaluation.dataset
        ),
        groups: Vec::new(),
        columns: ["", "value", ""].map(String::from).to_vec(),
        rows,
        is_prose: false,
    }
}

/// Each class: images, recall with its interval, precision, F1.
pub fn class_table(evaluation: &Evaluation) -> Table {
    let row = |(name, scores): (&String, &ClassScores)| {
        let ClassScores { recall, precision } = scores;
        let cells: [Cell; 5] = [
            count(recall.trials).into(),
            share(recall).into(),
            interval(recall).unwrap_or_else(|| MISSING.to_owned()).into(),
            share(precision).into(),
            scores.f1().map_or(MISSING.to_owned(), |f1| rounded(Metric::Accuracy, f1) + "%").into(),
        ];
        Row { header: Text::plain(name.as_str()), cells: cells.to_vec() }
    };
    Table {
        caption: "Recall: the share of a class's images that are classified as it. Precision: the share of the images classified \
                  as it that belong to it. F1: their harmonic mean."
            .to_owned(),
        groups: Vec::new(),
        columns: ["class", "images", "recall", "95% interval", "precision", "F1"]
            .map(String::from)
            .to_vec(),
        rows: evaluation.classes.iter().zip(&evaluation.by_class).map(row).collect(),
        is_prose: false,
    }
}

fn share(proportion: &Proportion) -> String {
    match proportion.trials {
        0 => MISSING.to_owned(),
        _ => percent(proportion.share()),
    }
}

/// `90.1 to 91.2%`
fn interval(proportion: &Proportion) -> Option<String> {
    let [low, high] = proportion.interval()?;
    Some(format!("{} to {}", percent(low).trim_end_matches('%'), percent(high)))
}

fn number(loss: f64) -> String {
    if loss.is_nan() { MISSING.to_owned() } else { rounded(Metric::Loss, loss) }
}
