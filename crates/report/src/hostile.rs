//! What a report promises of any study's directory, whoever made it: the body of a fuzz target.
//! `crates/hostile` runs it on stored inputs.

use fitroom_stats::DEFAULT_MARGIN;
use fitroom_study::hostile::open;

use crate::ReportError;
use crate::content::document;
use crate::contrast::comparisons_csv;
use crate::digest::Digest;
use crate::html::to_html;
use crate::looks::Looks;
use crate::markdown::to_markdown;
use crate::plot::standalone;
use crate::tables::{epochs_csv, summary_csv};

/// A report is made or refused, and whatever the study's names are, they are text in it.
pub fn report(bytes: &[u8]) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let Some(stored) = open(bytes, dir.path()) else { return };
    let digest = || -> Result<Digest<'_>, ReportError> {
        let mut digest = Digest::with_margin(&stored, DEFAULT_MARGIN)?;
        digest.looks = Looks::read(&stored, None)?;
        Ok(digest)
    };
    let digest = match digest() {
        Ok(digest) => digest,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let document = document(&digest);
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
    for table in [epochs_csv(&digest), summary_csv(&digest), comparisons_csv(&digest.contrasts)] {
        let table = table.expect("memory takes everything");
        let mut reader = csv::Reader::from_reader(table.as_slice());
        assert!(reader.byte_records().all(|row| row.is_ok()), "rows of unequal length");
    }
}
