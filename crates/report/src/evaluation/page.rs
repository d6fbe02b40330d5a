//! The page and the files of an evaluation.

use std::path::Path;

use fitroom_results::Prediction;

use super::reliability_figure::reliability_figure;
use super::{Evaluation, EvaluationComparison, class_table, number_table};
use crate::ReportError;
use crate::class_figures::{Named, confusion_figure, mistakes_figure};
use crate::csv_table;
use crate::document::{Block, Document, Section, Text};
use crate::html::to_html;
use crate::number::{count, counted_in_digits, listed};
use crate::write::{Written, write_document};

/// An evaluation as a document; with another network's on the same images, and what compares the two.
fn document(
    evaluation: &Evaluation,
    other: Option<(&Evaluation, &EvaluationComparison)>,
) -> Document {
    let mut front = Vec::new();
    if let Some((_, comparison)) = other {
        front.push(Block::Paragraph(Text::strong(comparison.sentence())));
        front.push(Block::Paragraph(comparison.caution()));
    }
    let all = [Some(evaluation), other.map(|(other, _)| other)];
    let all: Vec<&Evaluation> = all.into_iter().flatten().collect();
    front.extend(all.iter().map(|one| Block::Table(number_table(one))));
    let sections = all.iter().enumerate().map(|(at, one)| Section {
        id: slug(at).to_owned(),
        heading: Some(format!("{}, {}", one.network, one.seed_words())),
        blocks: blocks(one, slug(at)),
    });
    let names: Vec<String> = all.iter().map(|one| one.network.clone()).collect();
    Document {
        title: format!("{} on {}", listed(&names), evaluation.dataset),
        subtitle: None,
        warning: None,
        facts: vec![counted_in_digits(evaluation.predictions.len(), "image")],
        sections: std::iter::once(Section { id: "numbers".into(), heading: None, blocks: front })
            .chain(sections)
            .collect(),
    }
}

/// The name of a network's figures.
fn slug(at: usize) -> &'static str {
    if at == 0 { "network" } else { "other" }
}

fn blocks(evaluation: &Evaluation, slug: &str) -> Vec<Block> {
    let Evaluation { network, classes, confusion, mistakes, accuracy, .. } = evaluation;
    let named = Named { name: network, slug };
    let mut blocks = vec![Block::Table(class_table(evaluation))];
    if let Some(figure) = confusion_figure(named, classes, confusion, &|_, _| None) {
        let words = Text::strong("What is taken for what.")
            .then(" A row is a class, and its numbers are percent of the class's images. Blue: classified correctly.");
        blocks.push(Block::Beside(vec![Block::Paragraph(words)], Box::new(Block::Figure(figure))));
    }
    let words = Block::Paragraph(Text::strong("Calibration.").then(
        " A bar shows how often the network is right where it is as sure as the axis says. On the dashed line it is as often right as \
         it says; bars below it mean that it is too sure of itself.",
    ));
    let figure = Block::Figure(reliability_figure(evaluation, slug));
    blocks.push(Block::Beside(vec![words], Box::new(figure)));
    let wrong = accuracy.trials - accuracy.successes;
    if let Some(figure) = mistakes_figure(named, classes, mistakes)
        && !mistakes.is_empty()
    {
        blocks.push(Block::Paragraph(Text::strong("The surest mistakes").then(format!(
            ", {} of {}. predictions.csv has a row for each image. Under each image: its class, the predicted class, and the confidence.",
            mistakes.len(),
            count(wrong)
        ))));
        blocks.push(Block::Figure(figure));
    }
    blocks
}

/// The evaluation as one HTML page, which needs no other file.
pub fn evaluation_page(
    evaluation: &Evaluation,
    other: Option<(&Evaluation, &EvaluationComparison)>,
) -> String {
    to_html(&document(evaluation, other))
}

/// Writes `report.html`, `report.md`, `plots/` and `predictions.csv` into `dir`, and replaces files that
/// exist, as [`write()`](crate::write()) does.
///
/// # Errors
/// A file can't be written.
pub fn write_evaluation(
    evaluation: &Evaluation,
    other: Option<(&Evaluation, &EvaluationComparison)>,
    dir: &Path,
) -> Result<(), ReportError> {
    let file = "predictions.csv";
    let table = predictions_csv(evaluation, other.map(|(other, _)| other))
        .map_err(|error| ReportError::Table { file, error })?;
    write_document(
        Written { document: &document(evaluation, other), tables: vec![(file, table)] },
        dir,
    )
}

/// A row for each image: its class and what the network predicts.
fn predictions_csv(
    evaluation: &Evaluation,
    other: Option<&Evaluation>,
) -> Result<Vec<u8>, csv::Error> {
    let Evaluation { classes, predictions, .. } = evaluation;
    let mut columns = vec!["image", "class", "predicted", "confidence", "class_probability"];
    if other.is_some() {
        columns.extend(["other_predicted", "other_confidence", "other_class_probability"]);
    }
    // Two networks may have their classes in another order. What overflowed predicts nothing.
    let cells = |prediction: &Prediction, classes: &[String]| {
        let is_known = !prediction.confidence.is_nan();
        let predicted = is_known.then(|| classes[usize::from(prediction.predicted)].clone());
        [
            predicted.unwrap_or_default(),
            csv_table::short_number(prediction.confidence),
            csv_table::short_number(prediction.label_probability),
        ]
    };
    let row = |(image, prediction): (usize, &Prediction)| {
        let mut row = vec![image.to_string(), classes[usize::from(prediction.label)].clone()];
        row.extend(cells(prediction, classes));
        row.extend(other.iter().flat_map(|other| cells(&other.predictions[image], &other.classes)));
        row
    };
    csv_table::table(columns, predictions.iter().enumerate().map(row))
}
