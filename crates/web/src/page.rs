//! The frame of every page: its head, its navigation, and messages of errors.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::error::WebError;
use crate::served::Served;
use crate::view::ViewKind;

/// Where a page stands: what it shows, and how the navigation leads to others.
pub struct Place<'a> {
    /// All directories that are shown.
    pub all: &'a [Served],
    /// The directory of this page; `None` on the page of all directories.
    pub served: Option<&'a Served>,
    /// The views of this directory, and the one that is open.
    pub views: &'a [ViewKind],
    /// The open view.
    pub open: Option<ViewKind>,
    /// The version of the results that the page shows.
    pub version: u64,
}

impl Place<'_> {
    /// A page that belongs to no directory.
    pub fn nowhere() -> Self {
        Place { all: &[], served: None, views: &[], open: None, version: 0 }
    }
}

/// A whole page.
pub fn page(place: &Place, title: &str, content: &Markup) -> String {
    let study = place.served.map(|served| served.slug.as_str());
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Fitting Room" }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/style.css";
                script type="module" src="/assets/main.js" {}
            }
            body data-study=[study] data-version=(place.version) {
                a.skip href="#content" { "Skip to the content" }
                (navigation(place))
                main #content tabindex="-1" { (content) }
                p #status .status role="status" {}
            }
        }
    }
    .into_string()
}

fn navigation(place: &Place) -> Markup {
    html! {
        header.top {
            a.brand href="/" { "Fitting Room" }
            @if place.all.len() > 1 {
                nav.studies aria-label="Directories" {
                    ul {
                        @for served in place.all {
                            @let is_here = place.served.is_some_and(|here| here.slug == served.slug);
                            li { a href=(format!("/{}/overview", served.slug)) aria-current=[is_here.then_some("true")] { (served.slug) } }
                        }
                    }
                }
            }
            @if let Some(served) = place.served {
                nav.views aria-label="Views" {
                    ul {
                        @for view in place.views {
                            @let current = (place.open == Some(*view)).then_some("page");
                            li { a href=(format!("/{}/{}", served.slug, view.word())) aria-current=[current] { (view.name()) } }
                        }
                        @if served.has_report() { li { a href=(format!("/{}/report", served.slug)) { "Report" } } }
                    }
                }
            }
        }
    }
}

/// An error as a page.
pub fn error_page(error: &WebError) -> Response {
    let message = error.to_string();
    let mut lines = message.lines();
    let first = lines.next().unwrap_or_default();
    let is_soon = matches!(error, WebError::NotYet(_));
    let content = html! {
        // The page asks again until there is something to show.
        @if is_soon { meta http-equiv="refresh" content="1"; }
        h1 { (first) }
        @for line in lines { p { (line) } }
        p { a href="/" { "To the overview" } }
    };
    let page = page(&Place::nowhere(), first, &content);
    (error.status(), [(CONTENT_TYPE, HTML)], page).into_response()
}

/// The type of pages.
pub const HTML: &str = "text/html; charset=utf-8";
