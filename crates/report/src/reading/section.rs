//! Where the report shows how curves are read: in each network's chapter, and in a section that
//! lists the rules.

use super::{Observation, Rule, read_network, read_published};
use crate::digest::{Digest, NetworkDigest};
use crate::document::{Block, Section, Text};
use crate::number::{capitalised, listed};

/// What the curves of one network say, one sentence an observation; nothing where no run has come
/// to an end.
pub fn chapter_blocks(digest: &Digest, network: &NetworkDigest) -> Vec<Block> {
    let found = read_network(digest, network);
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
    let published: Vec<String> =
        read_published(network).iter().map(Observation::headline).collect();
    if let (Some(number), false) = (network.plan.published, published.is_empty()) {
        blocks.push(Block::paragraph(format!(
            "By the same rules, the published curve of network {number}, one run, shows: {}.",
            listed(&published)
        )));
    }
    blocks
}

/// How far curves are read where patience ended runs at different epochs.
fn cut(network: &NetworkDigest) -> Option<String> {
    let epochs = || network.finished().map(|(run, _)| run.epochs.len());
    let (shortest, longest) = (epochs().min()?, epochs().max()?);
    (shortest < longest).then(|| {
        format!("Runs ended at different epochs: their mean is read up to epoch {shortest}, which all of them have.")
    })
}

/// The rules, with their definitions.
pub fn section() -> Section {
    let mut blocks = vec![Block::paragraph(preamble())];
    let point = |rule: Rule| {
        Text::strong(format!("{}:", rule.name())).then(format!(" {}", rule.definition()))
    };
    blocks.push(Block::List(Rule::ALL.map(point).into()));
    Section { id: "reading".into(), heading: Some("How curves are read".into()), blocks }
}

/// What all rules share.
pub fn preamble() -> String {
    "Rules read the mean over finished runs. “The end” is the last quarter of the epochs; a range of epochs stands for the \
     mean over it. Noise is 2 standard errors of a difference between two such means: 2·σ·√((1/a + 1/b) / runs) for a and b \
     epochs. σ is the larger of two numbers: how far a run's epochs scatter around its own trend (the median size of \
     x₁ − 2x₂ + x₃ over three epochs in a row, divided by 0.6745·√6), and the sampling error of an accuracy p, \
     √(p·(1 − p) / images). It says what these runs did; other seeds may do otherwise."
        .into()
}
