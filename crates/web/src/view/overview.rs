//! The overview: how far the study has come, which differences are real, and all networks in one table.

use fitroom_session::report::overview;
use maud::html;

use super::{Context, Part, View};
use crate::error::WebError;
use crate::now;

pub fn view(context: &Context) -> Result<View, WebError> {
    let document = overview(context.summary);
    let head = html! {
        h1 { (document.title) }
        @if let Some(subtitle) = &document.subtitle { p.subtitle { (subtitle) } }
        @if let Some(warning) = &document.warning { p.warning role="note" { (warning) } }
        ul.facts { @for fact in &document.facts { li { (fact) } } }
    };
    let mut parts = vec![
        Part::Own("head", head),
        Part::Own("now", now::panel(context.served, context.summary)),
    ];
    if let Some(actions) = now::actions(context.served) {
        parts.push(Part::Own("actions", actions));
    }
    parts.extend(document.sections.into_iter().map(Part::Section));
    Ok(View::new(document.title, parts))
}
