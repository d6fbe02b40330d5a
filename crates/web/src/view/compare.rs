//! Two networks: the verdict, a dot for each seed, the settings that differ, and the images that one
//! gets right and the other wrong.

use fitroom_session::report::document::{Block, Section};
use fitroom_session::report::number::counted_seeds;
use fitroom_session::report::view::{DatasetPart, OneRight, compare, disagreements, seed_dots};
use fitroom_session::report::{NetworkSummary, comparison_blocks};
use fitroom_session::stats::Spread;
use maud::{Markup, html};

use super::pictures::{Picture, pictures};
use super::{Context, Part, View, choice};
use crate::error::WebError;

/// Most images of each kind.
const MOST_IMAGES: usize = 24;

pub fn view(context: &Context) -> Result<View, WebError> {
    let (network, baseline, measure) = asked(context)?;
    let mut pair = compare(context.summary, network, baseline, measure)?;
    context.served.confirm(context.summary.results, &mut pair.comparison)?;
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
    let mut parts = vec![
        Part::Own("head", head),
        Part::Section(section("verdict", blocks)),
        Part::Folded("Every seed as a table", section("seeds", vec![Block::Table(dots.table)])),
    ];
    if context.served.is_study() {
        parts.push(Part::Own("images", images(context, network, baseline)?));
    }
    Ok(View::new(title, parts))
}

/// The images that only one of the two classifies correctly.
fn images(context: &Context, network: usize, baseline: usize) -> Result<Markup, WebError> {
    let results = context.summary.results;
    let found = disagreements(results, network, baseline, MOST_IMAGES)?;
    let [a, b] = [network, baseline].map(|index| &context.summary.networks[index]);
    let classes = &results.dataset.classes;
    let seeds = found.seeds.len();
    let part = |right: &NetworkSummary, wrong: &NetworkSummary, found: &OneRight| {
        let all: Vec<Picture> = (found.images.iter())
            .map(|image| Picture {
                part: DatasetPart::Test,
                image: image.image,
                words: format!(
                    "{}, taken for {}; {} of {}",
                    classes[image.label],
                    classes[image.taken_for],
                    image.seeds,
                    counted_seeds(seeds)
                ),
            })
            .collect();
        html! {
            h2 { "Right only by " (right.facts.name) }
            @if let Some(spread) = &found.per_seed { p { (images_a_seed(spread)) " test images a seed are classified correctly by " (right.facts.name) " and not by " (wrong.facts.name) "." } }
            (pictures(context, Some(&wrong.slug), &all))
        }
    };
    if seeds == 0 {
        return Ok(
            html! { p { "There is no seed whose run has ended in both networks, so no images can be compared yet." } },
        );
    }
    Ok(html! { (part(a, b, &found.network)) (part(b, a, &found.baseline)) })
}

/// `123.4 ± 5.6`
fn images_a_seed(spread: &Spread) -> String {
    match spread.sd {
        Some(sd) => format!("{:.1} ± {sd:.1}", spread.mean),
        None => format!("{:.0}", spread.mean),
    }
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
    let default =
        own.unwrap_or(if baseline == network { usize::from(network == 0) } else { baseline });
    let baseline = context.network("baseline", default)?;
    Ok((network, baseline, context.query.parsed("measure")?.unwrap_or(0)))
}

/// Names of the measures that runs from elsewhere are judged by, with their positions.
fn measures(context: &Context) -> Vec<(String, String)> {
    let measures = context.summary.results.measures.iter().enumerate();
    measures.map(|(index, measure)| (measure.name.clone(), index.to_string())).collect()
}
