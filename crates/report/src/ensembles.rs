//! Ensembles: the seeds of a network together.

use fitroom_results::{Metric, Subset};

use crate::csv_table;
use crate::document::{Block, Row, Section, Table, Text};
use crate::number::{MISSING, measured, percent, points, rounded};
use crate::score_place::score_place;
use crate::summary::{Ensemble, Summary};

/// The ensembles beside the means of single runs; `None` if there are none.
pub(crate) fn ensemble_section(summary: &Summary) -> Option<Section> {
    if summary.ensembles.is_empty() {
        return None;
    }
    let row = |ensemble: &Ensemble| {
        let network = &summary.networks[ensemble.network];
        let accuracy = network.score(Metric::Accuracy, Subset::Test).best;
        let loss =
            |loss: Option<f64>| loss.map_or(MISSING.to_owned(), |loss| rounded(Metric::Loss, loss));
        let together = ensemble.accuracy.share();
        let gain = accuracy.map(|single| points(together - single.mean));
        let interval = ensemble.accuracy.interval().map(|[low, high]| {
            format!(
                "{} to {}",
                percent(low).trim_end_matches('%'),
                percent(high).trim_end_matches('%')
            )
        });
        let cells = [
            ensemble.seeds.to_string(),
            measured(Metric::Accuracy, accuracy),
            format!("{:.2}", 100.0 * together),
            interval.unwrap_or_else(|| MISSING.into()),
            gain.unwrap_or_else(|| MISSING.into()),
            loss(ensemble.single_loss),
            loss(ensemble.loss),
        ];
        Row {
            header: Text::plain("").link(network.facts.name.as_str(), format!("#{}", network.slug)),
            cells: cells.into_iter().map(Into::into).collect(),
        }
    };
    let place = score_place(&summary.results.networks, Subset::Test);
    let table = Table {
        caption: format!(
            "Test images, {place}: single runs, and their mean probabilities together."
        ),
        groups: vec![(String::new(), 1), ("accuracy, %".into(), 4), ("cross-entropy".into(), 2)],
        columns: [
            "network",
            "seeds",
            "single runs",
            "ensemble",
            "95% interval",
            "gain, points",
            "single runs",
            "ensemble",
        ]
        .map(String::from)
        .to_vec(),
        rows: summary.ensembles.iter().map(row).collect(),
        is_prose: false,
    };
    let words = "An ensemble averages the probabilities of all finished seeds of a network. It costs as much to run as all of them. The interval \
                 is of the test images' chance; another set of seeds gives another ensemble.";
    Some(Section {
        id: "ensembles".into(),
        heading: Some("Ensembles".into()),
        blocks: vec![Block::paragraph(words), Block::Table(table)],
    })
}

/// `ensembles.csv`: a row for each ensemble.
pub(crate) fn ensembles_csv(summary: &Summary) -> Result<Vec<u8>, csv::Error> {
    let columns = [
        "network",
        "seeds",
        "test_images",
        "ensemble_accuracy",
        "ensemble_loss",
        "mean_accuracy",
        "mean_loss",
    ];
    let row = |ensemble: &Ensemble| {
        let network = &summary.networks[ensemble.network];
        let single = network.score(Metric::Accuracy, Subset::Test).best;
        let number = |x: Option<f64>| csv_table::number(x.unwrap_or(f64::NAN));
        vec![
            network.facts.name.clone(),
            ensemble.seeds.to_string(),
            ensemble.accuracy.trials.to_string(),
            csv_table::number(ensemble.accuracy.share()),
            number(ensemble.loss),
            number(single.map(|single| single.mean)),
            number(ensemble.single_loss),
        ]
    };
    csv_table::table(columns, summary.ensembles.iter().map(row))
}

#[cfg(test)]
mod tests {
    use fitroom_stats::{DEFAULT_MARGIN, Proportion};

    use super::*;
    use crate::fixture::{Fixture, Plan};

    #[test]
    fn ensembles_stand_beside_their_single_runs() {
        let results = Fixture::new(3).with(Plan::new("a")).with(Plan::new("b")).results();
        let mut summary = Summary::new(&results, DEFAULT_MARGIN);
        assert!(ensemble_section(&summary).is_none());
        let accuracy = Proportion { successes: 9_100, trials: 10_000 };
        summary.ensembles = vec![Ensemble {
            network: 1,
            seeds: 3,
            accuracy,
            loss: Some(0.25),
            single_loss: Some(0.3),
        }];
        let section = ensemble_section(&summary).unwrap();
        let Some(Block::Table(table)) = section.blocks.last() else { panic!("a table") };
        let single = summary.networks[1].score(Metric::Accuracy, Subset::Test).best.unwrap();
        let cells: Vec<&str> = table.rows[0].cells.iter().map(|cell| cell.text.as_str()).collect();
        assert_eq!(table.rows[0].header.words(), "b");
        assert_eq!(
            (cells[0], cells[2], cells[3], cells[6]),
            ("3", "91.00", "90.42 to 91.55", "0.250")
        );
        assert_eq!(cells[4], points(0.91 - single.mean));
        let csv = String::from_utf8(ensembles_csv(&summary).unwrap()).unwrap();
        assert!(csv.lines().nth(1).unwrap().starts_with("b,3,10000,0.91,0.25,"), "{csv}");
        assert_eq!(table.columns.len(), table.rows[0].cells.len() + 1);
    }
}
