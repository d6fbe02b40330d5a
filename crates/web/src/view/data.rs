//! The images of a study: classes, examples of each, and what is unusual.

use fitroom_session::report::document::{Block, Section, Text};
use fitroom_session::report::number::capitalised;
use fitroom_session::report::view::{DatasetPart, data};
use maud::html;

use super::pictures::{Picture, pictures};
use super::{Context, Part, View};
use crate::error::WebError;

/// Examples of each class.
const EXAMPLES: usize = 10;
/// Most classes of which examples are shown.
const MOST_CLASSES: usize = 50;

pub fn view(context: &Context) -> Result<View, WebError> {
    let Some(dataset) = context.served.dataset() else {
        let facts = &context.summary.results.dataset;
        let words =
            format!("The images of {} are not on disk any more, or have changed.", facts.title);
        let head = html! { h1 { "Data" } p.note role="note" { (words) } };
        return Ok(View::new("Data".to_owned(), vec![Part::Own("head", head)]));
    };
    let seed = context.query.parsed("seed")?.unwrap_or(1);
    let seen = data(dataset, EXAMPLES, seed);
    let head = html! {
        h1 { "Data" }
        p { (seen.heading()) "." }
        @if let Some(reason) = &seen.stands_in_because { p.warning role="note" { "They stand in for Fashion-MNIST, because " (reason) "." } }
    };
    let mut blocks: Vec<Block> = Vec::new();
    let warnings = &context.summary.results.dataset.warnings;
    let all = seen.findings.iter().chain(warnings.iter().filter(|it| !seen.findings.contains(it)));
    let all: Vec<Text> = all.map(|words| Text::plain(format!("{words}."))).collect();
    if all.is_empty() {
        blocks.push(Block::paragraph("Nothing unusual was found."));
    } else {
        blocks.push(Block::Note(Text::strong("What is unusual.")));
        blocks.push(Block::List(all));
    }
    blocks.push(Block::paragraph(format!("{}.", capitalised(&seen.brightness_words()))));
    blocks.push(Block::Table(seen.class_table()));
    let sheet = html! {
        h2 { "Examples" }
        @for class in seen.classes.iter().take(MOST_CLASSES) {
            h3 { (class.name) }
            @let all: Vec<Picture> = class.sheet.iter().map(|&image| Picture { part: DatasetPart::Train, image, words: String::new() }).collect();
            (pictures(context, None, &all))
        }
        @if seen.classes.len() > MOST_CLASSES { p { "Shown are " (MOST_CLASSES) " of " (seen.classes.len()) " classes." } }
        p { a href=(format!("?{}", context.query.with("seed", Some(&seed.wrapping_add(1).to_string())))) { "Other examples" } }
    };
    let facts = Section { id: "classes".into(), heading: None, blocks };
    Ok(View::new(
        "Data".to_owned(),
        vec![Part::Own("head", head), Part::Section(facts), Part::Own("examples", sheet)],
    ))
}
