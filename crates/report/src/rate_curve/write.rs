//! The files of learning-rate range tests.

use std::path::{Path, PathBuf};

use fitroom_files::SystemDisk;

use super::{RateCurve, rate_figure};
use crate::ReportError;
use crate::csv_table;
use crate::summary::Slugs;
use crate::write::write_figure;

/// Writes `learning-rates.csv` (a row for each step), `suggestions.csv` (a row for each network), and a
/// figure of each network as SVG and PNG into `dir`, which is made if it does not exist. Files of
/// the same names are replaced.
///
/// # Errors
/// A file can't be written. Files that were written before the error stay.
pub fn write_rate_curves(curves: &[RateCurve], dir: &Path) -> Result<(), ReportError> {
    let failed = |path: PathBuf| |error| ReportError::Io { path, error };
    fitroom_files::create_directories(&SystemDisk, dir).map_err(failed(dir.to_owned()))?;
    for (file, csv) in
        [("learning-rates.csv", steps_csv(curves)), ("suggestions.csv", suggestions_csv(curves))]
    {
        let csv = csv.map_err(|error| ReportError::Table { file, error })?;
        let path = dir.join(file);
        fitroom_files::replace(&path, &csv).map_err(failed(path))?;
    }
    let mut slugs = Slugs::default();
    for curve in curves {
        write_figure(&rate_figure(curve, &slugs.unique(&curve.network)), dir)?;
    }
    Ok(())
}

/// A learning rate with as few digits as read back as the same f32.
fn rate(rate: f32) -> String {
    format!("{rate:?}")
}

fn steps_csv(curves: &[RateCurve]) -> Result<Vec<u8>, csv::Error> {
    let columns = ["network", "step", "learning_rate", "loss", "smoothed_loss"];
    let rows = curves.iter().flat_map(|curve| {
        curve.points.iter().zip(1..).map(|(point, step)| {
            let [loss, smoothed] = [point.loss, point.smoothed].map(csv_table::number);
            vec![curve.network.clone(), step.to_string(), rate(point.learning_rate), loss, smoothed]
        })
    });
    csv_table::table(columns, rows)
}

fn suggestions_csv(curves: &[RateCurve]) -> Result<Vec<u8>, csv::Error> {
    let columns = ["network", "suggested", "steepest", "in_study", "diverged_at"];
    let row = |curve: &RateCurve| {
        let known = |value: Option<f32>| value.map_or(String::new(), rate);
        vec![
            curve.network.clone(),
            known(curve.suggested.map(|it| it.valley)),
            known(curve.suggested.map(|it| it.steepest)),
            rate(curve.in_study),
            known(curve.diverged_at),
        ]
    };
    csv_table::table(columns, curves.iter().map(row))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::curve;
    use super::*;

    #[test]
    fn every_network_has_its_figure_and_its_rows() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("a/b");
        let nothing = RateCurve { suggested: None, diverged_at: None, ..curve("A") };
        write_rate_curves(&[curve("a"), nothing], &dir).unwrap();
        let mut names: Vec<String> = fs::read_dir(&dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let expected =
            ["a-2.png", "a-2.svg", "a.png", "a.svg", "learning-rates.csv", "suggestions.csv"];
        assert_eq!(names, expected);
        let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
        let suggestions = read("suggestions.csv");
        let lines: Vec<&str> = suggestions.lines().collect();
        assert_eq!(lines[1..], ["a,0.00033,0.001,0.01,1.0", "A,,,0.01,"]);
        let steps = read("learning-rates.csv");
        assert_eq!(steps.lines().count(), 1 + 2 * 88);
        assert!(steps.lines().nth(1).unwrap().starts_with("a,1,1e-7,"), "{steps}");
    }
}
