//! All directories side by side.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use fitroom_session::report::html::figure_svg;
use fitroom_session::report::overview;
use maud::{Markup, html};

use crate::answer::{answer, redirect};
use crate::error::WebError;
use crate::page::{HTML, Place, page};
use crate::served::Served;
use crate::state::Server;
use crate::view::ViewKind;

/// Answers with the page of all directories, or leads to the only one.
pub async fn index(State(server): State<Arc<Server>>) -> Response {
    if let [only] = &server.all[..] {
        return redirect(&format!("/{}/{}", only.slug, ViewKind::Overview.word()));
    }
    answer(move || {
        let content = html! {
            h1 { "Results side by side" }
            div.cards { @for served in &server.all { (card(served)) } }
        };
        let place = Place { all: &server.all, served: None, views: &[], open: None, version: 0 };
        Ok(([(CONTENT_TYPE, HTML)], page(&place, "Directories", &content)).into_response())
    })
    .await
}

/// A directory in short: its title, its facts, and the picture of its differences.
fn card(served: &Served) -> Markup {
    let made = served.load().map(|loaded| {
        let document = overview(&loaded.summary());
        let figure = document.figures().into_iter().next().map(figure_svg);
        (document.title, document.facts, figure)
    });
    html! {
        section.card {
            h2 { a href=(format!("/{}/{}", served.slug, ViewKind::Overview.word())) { (served.slug) } }
            @match made {
                Ok((title, facts, figure)) => {
                    p { (title) }
                    ul.facts { @for fact in facts { li { (fact) } } }
                    @if let Some(figure) = figure { figure { div.scroll tabindex="0" role="region" aria-label=(served.slug) { (figure) } } }
                }
                Err(error) => p.note { (first_line(&error)) },
            }
        }
    }
}

fn first_line(error: &WebError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
