//! One network: its layers and settings, its curves and reading, its confusion matrix with the images
//! behind each cell, its surest mistakes, and its weights.

use std::sync::Arc;

use fitroom_session::report::document::{Block, Section};
use fitroom_session::report::number::{capitalised, counted, whole_percent};
use fitroom_session::report::view::{
    DatasetPart, cell_images, confused_pairs, confusion, confusion_table, weight_table,
};
use fitroom_session::report::{Figure, Inspection, NetworkInspection, Summary, network};
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
    let mut section = section(context, index, Arc::clone(&inspection));
    let confusion = confusion_part(context, index, &inspection, &mut section.blocks);
    parts.push(Part::Section(section));
    parts.extend(confusion);
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

/// Puts the confusion matrix whose cells lead to their images in place of the report's, and returns its
/// numbers as a table. Of many classes, there is only a table of the pairs that are confused most.
fn confusion_part(
    context: &Context,
    index: usize,
    inspection: &NetworkInspection,
    blocks: &mut [Block],
) -> Option<Part> {
    let slug = &context.summary.networks[index].slug;
    let link = |label: usize, predicted: usize| {
        let [label, predicted] = [label, predicted].map(|class| class.to_string());
        let pairs = [("network", slug.as_str()), ("label", &label), ("predicted", &predicted)];
        Some(context.address(ViewKind::Network, &pairs) + "#cell")
    };
    let (summary, id) = (context.summary, "confusion");
    let Some(figure) = confusion(summary, index, inspection, link) else {
        let table = confused_pairs(summary, index, inspection, MOST_PAIRS, link)?;
        return Some(titled(id, "The images behind each confusion", vec![Block::Table(table)]));
    };
    replace_figure(blocks, &mut Some(figure));
    let table = confusion_table(summary, index, inspection)?;
    let section = Section { id: id.into(), heading: None, blocks: vec![Block::Table(table)] };
    Some(Part::Folded("The confusion matrix as a table", section))
}

/// Replaces the figure that has the same slug.
fn replace_figure(blocks: &mut [Block], figure: &mut Option<Figure>) {
    for block in blocks {
        match block {
            Block::Figure(old) if figure.as_ref().is_some_and(|new| new.slug == old.slug) => {
                if let Some(new) = figure.take() {
                    *old = new;
                }
            }
            Block::Beside(left, right) => {
                replace_figure(left, figure);
                replace_figure(std::slice::from_mut(right), figure);
            }
            Block::Figure(_)
            | Block::Paragraph(_)
            | Block::Note(_)
            | Block::List(_)
            | Block::Table(_)
            | Block::Command(_) => {}
        }
    }
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
