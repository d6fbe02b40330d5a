//! Two networks: the verdict, a dot for each seed, the settings that differ, and the images that one
//! gets right and the other wrong.

use fitroom_session::report::comparison_blocks;
use fitroom_session::report::document::{Block, Section};
use fitroom_session::report::view::{compare, seed_dots};
use maud::html;

use super::{Context, Part, View, choice};
use crate::error::WebError;

pub fn view(context: &Context) -> Result<View, WebError> {
    let (network, baseline, measure) = asked(context)?;
    let pair = compare(context.summary, network, baseline, measure)?;
    let dots = seed_dots(&pair);
    let [a, b] = [network, baseline].map(|index| &context.summary.networks[index]);
    let title = format!("{} against {}", a.facts.name, b.facts.name);
    let networks = context.networks();
    let measures: Vec<(String, String)> = measures(context);
    let measures: Vec<(&str, &str)> =
        measures.iter().map(|(name, word)| (name.as_str(), word.as_str())).collect();
    let head = html! {
        h1 { (title) }
        form.choose data-live method="get" {
            (choice("network", "Network", &networks, &a.slug))
            (choice("baseline", "Baseline", &networks, &b.slug))
            @if measures.len() > 1 { (choice("measure", "Measure", &measures, &measure.to_string())) }
            noscript { button { "Compare" } }
        }
    };
    let mut verdict = comparison_blocks(&pair.comparison, pair.comparisons);
    // The figure comes right after the words.
    let tables = verdict.iter().position(|block| matches!(block, Block::Table(_)));
    let mut blocks: Vec<Block> = verdict.drain(..tables.unwrap_or(verdict.len())).collect();
    blocks.extend(pair.plan_words().map(Block::paragraph));
    blocks.push(Block::Figure(dots.figure));
    blocks.extend(dots.notes.into_iter().map(Block::paragraph));
    blocks.extend(verdict);
    let section = |id: &str, blocks| Section { id: id.into(), heading: None, blocks };
    let parts = vec![
        Part::Own("head", head),
        Part::Section(section("verdict", blocks)),
        Part::Folded("Every seed as a table", section("seeds", vec![Block::Table(dots.table)])),
    ];
    Ok(View::new(title, parts))
}

/// The two networks and the measure. Without a choice, the first comparison of the study.
fn asked(context: &Context) -> Result<(usize, usize, usize), WebError> {
    let summary = context.summary;
    let position = |name: &str| summary.networks.iter().position(|it| it.facts.name == name);
    let first = summary.comparisons.first();
    let first = first.and_then(|it| Some((position(&it.network)?, position(&it.baseline)?)));
    let (network, baseline) = first.unwrap_or((1, 0));
    let network = context.network("network", network)?;
    let own = summary.networks[network].facts.baseline.as_deref().and_then(position);
    let default = own.unwrap_or(if baseline == network { usize::from(network == 0) } else { baseline });
    let baseline = context.network("baseline", default)?;
    Ok((network, baseline, context.query.parsed("measure")?.unwrap_or(0)))
}

/// Names of the measures that runs from elsewhere are judged by, with their positions.
fn measures(context: &Context) -> Vec<(String, String)> {
    let measures = context.summary.results.measures.iter().enumerate();
    measures.map(|(index, measure)| (measure.name.clone(), index.to_string())).collect()
}
