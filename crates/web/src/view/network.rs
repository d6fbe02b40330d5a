//! One network: its layers and settings, its curves and reading, its confusion matrix with the images
//! behind each cell, its surest mistakes, and its weights.

use std::sync::Arc;

use fitroom_session::report::document::{Block, Section};
use fitroom_session::report::number::{capitalised, counted, whole_percent};
use fitroom_session::report::view::{
    DatasetPart, cell_images, confused_pairs, confusion, confusion_table, weight_table,
};
use fitroom_session::report::{Inspection, NetworkInspection, Summary, network};
use fitroom_session::results::Origin;
use fitroom_session::stored_layers;
use maud::{Markup, html};

use super::pictures::{Picture, pictures};
use super::{Context, Part, View, ViewKind, choice};
use crate::error::WebError;

/// Most images that are shown of a cell.
const MOST_IMAGES: usize = 60;
/// Most pairs of classes in the table that stands for a confusion matrix of many classes.
const MOST_PAIRS: usize = 40;

pub fn view(context: &Context) -> Result<View, WebError> {
    let index = context.network("network", 0)?;
    let shown = &context.summary.networks[index];
    let (name, slug) = (shown.facts.name.clone(), shown.slug.as_str());
    let head = html! {
        h1 { (name) }
        form.choose data-live method="get" {
            (choice("network", "Network", &context.networks(), slug))
            noscript { button { "Show" } }
        }
    };
    let mut parts = vec![Part::Own("head", head)];
    if let Some((label, predicted)) = cell(context)? {
        parts.push(Part::Own("cell", cell_part(context, index, label, predicted)?));
    }
    let inspection = context.loaded.inspection(index, context.served.dataset())?;
    parts.push(Part::Section(section(context, index, Arc::clone(&inspection))));
    parts.extend(confusion_part(context, index, &inspection));
    let layers = match &context.summary.results.origin {
        Origin::StoredStudy(files) => stored_layers(files.study(), index).ok().flatten(),
        Origin::Memory | Origin::Imported => weight_table(shown.facts),
    };
    parts.extend(layers.map(|table| titled("layers", "Layer by layer", vec![Block::Table(table)])));
    Ok(View::new(name, parts))
}

fn titled(id: &str, heading: &str, blocks: Vec<Block>) -> Part {
    Part::Section(Section { id: id.into(), heading: Some(heading.into()), blocks })
}

/// The section of the report, which knows the network from the inside.
fn section(context: &Context, index: usize, inspection: Arc<NetworkInspection>) -> Section {
    let mut summary: Summary = context.loaded.summary();
    let mut networks: Vec<NetworkInspection> = Vec::new();
    networks.resize_with(summary.networks.len(), NetworkInspection::default);
    networks[index] = Arc::unwrap_or_clone(inspection);
    summary.inspection = Inspection { networks };
    let mut section = network(&summary, index);
    section.heading = None;
    section
}

/// The confusion matrix, whose cells lead to their images.
fn confusion_part(context: &Context, index: usize, inspection: &NetworkInspection) -> Option<Part> {
    let slug = &context.summary.networks[index].slug;
    let link = |label: usize, predicted: usize| {
        let [label, predicted] = [label, predicted].map(|class| class.to_string());
        let pairs = [("network", slug.as_str()), ("label", &label), ("predicted", &predicted)];
        Some(context.address(ViewKind::Network, &pairs) + "#cell")
    };
    let figure = confusion(context.summary, index, inspection, link).map(Block::Figure);
    let table = match figure {
        Some(_) => confusion_table(context.summary, index, inspection),
        None => confused_pairs(context.summary, index, inspection, MOST_PAIRS, link),
    };
    let words = Block::paragraph("Each cell leads to the test images behind it.");
    let blocks: Vec<Block> =
        [words].into_iter().chain(figure).chain(table.map(Block::Table)).collect();
    (blocks.len() > 1).then(|| titled("confusion", "The images behind each cell", blocks))
}

/// The cell that the address names.
fn cell(context: &Context) -> Result<Option<(usize, usize)>, WebError> {
    Ok(context.query.parsed("label")?.zip(context.query.parsed("predicted")?))
}

/// The images of a cell.
fn cell_part(
    context: &Context,
    index: usize,
    label: usize,
    predicted: usize,
) -> Result<Markup, WebError> {
    let results = context.summary.results;
    let cell = cell_images(results, index, label, predicted, MOST_IMAGES)?;
    let classes = &results.dataset.classes;
    let heading = match label == predicted {
        true => format!("{} recognised", classes[label]),
        false => format!("{} taken for {}", classes[label], classes[predicted]),
    };
    let order = match label == predicted {
        true => "The images that the network is least sure of come first.",
        false => "The images that the network is surest of come first.",
    };
    let all: Vec<Picture> = (cell.images.iter())
        .map(|image| Picture {
            part: DatasetPart::Test,
            image: image.image,
            words: format!(
                "{} of {} seeds, {}",
                image.seeds,
                cell.seeds,
                whole_percent(image.confidence)
            ),
        })
        .collect();
    let slug = context.summary.networks[index].slug.as_str();
    Ok(html! {
        h2 { (heading) }
        @if cell.total == 0 {
            p { "No seed puts a test image into this cell." }
        } @else {
            p {
                (capitalised(&counted(cell.total, "test image"))) " in at least one seed"
                @if all.len() < cell.total { ", of which " (all.len()) " are shown" }
                ". "
                @if all.len() > 1 { (order) " " }
                "Below each: how many seeds say so, and the mean confidence over all seeds, in which a seed that says otherwise counts as 0."
            }
        }
        (pictures(context, Some(slug), &all))
        p { a href=(context.address(ViewKind::Network, &[("network", slug)])) { "Close" } }
    })
}
