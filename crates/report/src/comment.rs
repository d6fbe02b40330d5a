//! The short form of a report: what fits into a comment on a pull request.

use crate::content::document;
use crate::document::{Block, Document, Section, Span, Text};
use crate::markdown::to_markdown;
use crate::summary::Summary;

/// Verdicts, the table of networks, and how runs were read, as Markdown without figures.
pub fn comment(summary: &Summary) -> String {
    let whole = document(summary, Vec::new());
    let is_short = |section: &Section| {
        section.id.starts_with("differences")
            || ["networks", "notes"].contains(&section.id.as_str())
    };
    let sections = whole.sections.into_iter().filter(is_short).map(|section| Section {
        blocks: section.blocks.into_iter().filter_map(in_short).collect(),
        ..section
    });
    to_markdown(&Document { sections: sections.collect(), ..whole })
}

/// A block without figures, and without links to sections that are not there.
fn in_short(block: Block) -> Option<Block> {
    Some(match block {
        Block::Figure(_) => return None,
        // What these explain is how figures are read.
        Block::Paragraph(text) if begins_with(&text, "How to read this") => return None,
        Block::Paragraph(text) => Block::Paragraph(unlinked(text)),
        Block::Note(text) => Block::Note(unlinked(text)),
        Block::List(items) => Block::List(items.into_iter().map(unlinked).collect()),
        Block::Table(mut table) => {
            for row in &mut table.rows {
                row.header = unlinked(std::mem::take(&mut row.header));
            }
            Block::Table(table)
        }
        Block::Command(command) => Block::Command(command),
        Block::Beside(left, right) => Block::Beside(
            left.into_iter().filter_map(in_short).collect(),
            Box::new(in_short(*right)?),
        ),
    })
}

fn begins_with(text: &Text, words: &str) -> bool {
    match text.0.first() {
        Some(Span::Plain(first) | Span::Strong(first)) => first.starts_with(words),
        Some(Span::Code(_) | Span::Link { .. }) | None => false,
    }
}

fn unlinked(text: Text) -> Text {
    let plain = |span| match span {
        Span::Link { text, .. } => Span::Plain(text),
        span @ (Span::Plain(_) | Span::Code(_) | Span::Strong(_)) => span,
    };
    Text(text.0.into_iter().map(plain).collect())
}
