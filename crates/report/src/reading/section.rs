//! The curve readings in the report: in each network's section, and a section that lists the rules.

use super::{Observation, Rule, read_network, read_reference};
use crate::document::{Block, Section, Text};
use crate::number::{capitalised, listed};
use crate::summary::{NetworkSummary, Summary};

/// The readings of one network's curves, one sentence per observation; empty if no run has ended.
pub fn network_blocks(summary: &Summary, network: &NetworkSummary) -> Vec<Block> {
    let found = read_network(summary, network);
    let mut blocks = Vec::new();
    if !found.is_empty() {
        blocks.push(Block::Paragraph(
            Text::strong("What the curves say")
                .then(" (")
                .link("how they are read", "#reading")
                .then(")"),
        ));
        blocks.extend(cut(network).map(Block::paragraph));
        let point = |found: &Observation| {
            Text::strong(format!("{}:", capitalised(&found.headline())))
                .then(format!(" {}", found.sentence()))
        };
        blocks.push(Block::List(found.iter().map(point).collect()));
    }
    let reference: Vec<String> =
        read_reference(summary, network).iter().map(Observation::headline).collect();
    if let (Some(curve), false) = (network.reference, reference.is_empty()) {
        blocks.push(Block::paragraph(format!(
            "By the same rules, the reference curve (network {}), one run, shows: {}.",
            curve.network,
            listed(&reference)
        )));
    }
    blocks
}

/// Says up to which epoch the mean is read, if runs ended at different epochs.
fn cut(network: &NetworkSummary) -> Option<String> {
    let epochs = || network.finished().map(|(run, _)| run.epochs.len());
    let (shortest, longest) = (epochs().min()?, epochs().max()?);
    (shortest < longest).then(|| {
        format!("Runs ended at different epochs: their mean is read up to epoch {shortest}, which all of them have.")
    })
}

/// The section that defines the rules.
pub fn section() -> Section {
    let mut blocks = vec![Block::paragraph(preamble())];
    let point = |rule: Rule| {
        Text::strong(format!("{}:", rule.name())).then(format!(" {}", rule.definition()))
    };
    blocks.push(Block::List(Rule::ALL.map(point).into()));
    Section { id: "reading".into(), heading: Some("How curves are read".into()), blocks }
}

/// The definitions that all rules share.
pub fn preamble() -> String {
    "Rules read the mean over finished runs. “The end” is the last quarter of the epochs; a range of epochs stands for the \
     mean over it. Noise is 2.1 standard errors of a difference between two such means, and more where a rule says so: one \
     standard error is σ·√((1/a + 1/b) / runs) for a and b epochs. σ is the largest of three numbers: how far a run's epochs \
     scatter around its own trend (the median size of x₁ − 2x₂ + x₃ over three epochs in a row, divided by 0.6745·√6), with \
     several runs how differently these move from quarter to quarter (the standard deviation of what is left of the last three quarters' means without the means over runs and over \
     quarters, times the root of a quarter's epochs), and the sampling error of an accuracy p, √(p·(1 − p) / images). It says \
     what these runs did; other seeds may do otherwise."
        .into()
}
