//! The page of the report that holds the published conclusions against its runs.

use super::rules::Eight;
use super::{Claim, Standing};
use crate::digest::Digest;
use crate::document::{Block, Cell, Row, Section, Table, Text};
use crate::number::counted;

/// Each conclusion with its standing; `None` where the study does not reproduce the published networks, or has too few
/// runs to say anything.
pub fn claims_section(digest: &Digest) -> Option<Section> {
    let claims = Eight::of(digest)?.claims();
    let count =
        |standing: Standing| counted(claims.iter().filter(|claim| claim.standing == standing).count(), "conclusion");
    let summary = format!(
        "{} of the published report hold as they were written, {} {}, and of {} it cannot be told from these runs.",
        capitalised(&count(Standing::Holds)),
        count(Standing::DoesNotHold),
        if claims.iter().filter(|claim| claim.standing == Standing::DoesNotHold).count() == 1 {
            "does not"
        } else {
            "do not"
        },
        count(Standing::CannotBeTold),
    );
    let rule = "Comparisons are by seed, on validation accuracy at each run's best epoch; each has a rule that was fixed before its \
                numbers were seen. Where two networks differ in more than one thing, the difference decides nothing about either.";
    Some(Section {
        id: "claims".into(),
        heading: Some("What the published report concludes".into()),
        blocks: vec![Block::paragraph(summary), Block::Table(table(&claims)), Block::paragraph(rule)],
    })
}

fn table(claims: &[Claim]) -> Table {
    let rows = claims.iter().map(|claim| Row {
        header: Text::plain(format!("{}. {}", claim.number, claim.words)),
        cells: vec![Cell::from(claim.standing.name()), Cell::from(claim.evidence.as_str())],
    });
    Table {
        caption: "The published report's conclusions from one run each, and what these runs say of them.".into(),
        groups: Vec::new(),
        columns: ["conclusion", "it", "because"].map(String::from).to_vec(),
        rows: rows.collect(),
        is_prose: true,
    }
}

fn capitalised(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
