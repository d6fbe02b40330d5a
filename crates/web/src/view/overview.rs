//! The overview: how far the study has come, which differences are real, and all networks in one table.

use fitroom_session::report::number::{capitalised, counted};
use fitroom_session::report::overview;
use fitroom_session::results::{RunStatus, SeedPlan};
use maud::{Markup, html};

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
    parts.extend(provisional(context).map(|words| Part::Own("provisional", words)));
    parts.extend(document.sections.into_iter().map(Part::Section));
    Ok(View::new(document.title, parts))
}

/// A fixed number of seeds is judged once, when all of them are trained. Whoever looks before is told.
fn provisional(context: &Context) -> Option<Markup> {
    let summary = context.summary;
    let pending = summary.count(RunStatus::Pending);
    let is_declared = summary.results.seed_plan == SeedPlan::Declared;
    let is_judged = summary.comparisons.iter().any(|it| it.judged.verdict.is_some());
    (is_declared && is_judged && pending > 0).then(|| {
        html! {
            p.note role="note" {
                strong { "Provisional." }
                " " (capitalised(&counted(pending, "run"))) (if pending == 1 { " has" } else { " have" })
                " not ended. A verdict counts once every seed that was declared is trained: until then it may change."
            }
        }
    })
}
