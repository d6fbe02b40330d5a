//! What holds for the report of any directory, whatever its files contain. This is the body of a
//! fuzz target; `crates/hostile` runs it on stored inputs. This module is public for
//! it alone: it is no part of the API, and may change at any time.

use fitroom_results::hostile::open;
use fitroom_stats::DEFAULT_MARGIN;

use crate::comparison::comparisons_csv;
use crate::content::document;
use crate::html::to_html;
use crate::markdown::to_markdown;
use crate::plot::standalone;
use crate::summary::Summary;
use crate::tables::{epochs_csv, summary_csv};

/// Checks that a report is made or refused, and that the study's names are text in the report,
/// never markup.
pub fn report(bytes: &[u8]) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let results = match open(bytes, dir.path()) {
        None => return,
        Some(Ok(results)) => results,
        Some(Err(error)) => return assert!(!error.to_string().is_empty()),
    };
    let summary = match Summary::inspect(&results, None, DEFAULT_MARGIN) {
        Ok(summary) => summary,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let document = document(&summary, Vec::new());
    let page = to_html(&document);
    let plots = document.figures().into_iter().map(|figure| {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(
            !figure.slug.is_empty() && figure.slug.len() < 200 && figure.slug.chars().all(is_name),
            "{:?}",
            figure.slug
        );
        standalone(&figure.scene, &figure.label)
    });
    let has_control = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
    for text in plots.chain([page]) {
        for markup in ["<script", "<img", "<b>", "\"onmouseover="] {
            assert!(!text.to_lowercase().contains(markup), "{markup}");
        }
        assert!(!has_control(&text), "a control character");
    }
    assert!(!has_control(&to_markdown(&document)), "a control character");
    for table in
        [epochs_csv(&summary), summary_csv(&summary), comparisons_csv(&summary.comparisons)]
    {
        let table = table.expect("memory takes everything");
        let mut reader = csv::Reader::from_reader(table.as_slice());
        assert!(reader.byte_records().all(|row| row.is_ok()), "rows of unequal length");
    }
}
