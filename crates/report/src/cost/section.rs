//! The section on accuracy against cost.

use super::Costs;
use super::figure::cost_figure;
use super::table::cost_table;
use super::words::{definition, left_out, times};
use crate::document::{Block, Section};
use crate::summary::Summary;

/// The section on accuracy against cost; `None` for a single network, and where all cost the same.
pub(crate) fn cost_section(summary: &Summary) -> Option<Section> {
    let costs = Costs::of(summary)?;
    let mut blocks = vec![
        Block::paragraph(definition(summary, &costs)),
        Block::Figure(cost_figure(summary, &costs)),
        Block::Table(cost_table(summary, &costs)),
    ];
    let mut notes: Vec<String> = times(summary, &costs).into_iter().collect();
    notes.extend(left_out(summary, &costs));
    if !notes.is_empty() {
        blocks.push(Block::paragraph(notes.join(" ")));
    }
    Some(Section { id: "costs".into(), heading: Some("Accuracy against cost".into()), blocks })
}
