//! Requests that ask more than a view: actions on the training, and predictions for pictures.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{Path, Query as AxumQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use fitroom_session::data::Invert;

use crate::actions::Action;
use crate::answer::answer;
use crate::error::WebError;
use crate::page::{HTML, error_page};
use crate::prediction::of_picture;
use crate::query::Query;
use crate::state::Server;

/// Answers to the page's buttons.
pub async fn act(
    State(server): State<Arc<Server>>,
    Path(slug): Path<String>,
    action: Result<Json<Action>, JsonRejection>,
) -> Response {
    match perform(&server, &slug, action) {
        Ok(words) => ([(CONTENT_TYPE, "text/plain; charset=utf-8")], words).into_response(),
        Err(error) => error_page(&error),
    }
}

fn perform(
    server: &Server,
    slug: &str,
    action: Result<Json<Action>, JsonRejection>,
) -> Result<String, WebError> {
    let not_here =
        || WebError::NotFound("this study is not trained by the program that shows it".to_owned());
    let training = server.find(slug)?.training.as_ref().ok_or_else(not_here)?;
    let Json(action) = action.map_err(|error| WebError::Wrong(error.body_text()))?;
    action.perform(&training.actions).map_err(|error| WebError::Wrong(error.to_string()))?;
    Ok(action.words())
}

/// Answers with what the network's models make of the picture in the body.
pub async fn predict(
    State(server): State<Arc<Server>>,
    Path(slug): Path<String>,
    AxumQuery(pairs): AxumQuery<Vec<(String, String)>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            let words = "the picture has more than 16 MiB, or did not arrive".to_owned();
            return (rejection.status(), error_page(&WebError::Wrong(words))).into_response();
        }
    };
    answer(move || {
        let (served, query) = (server.find(&slug)?, Query(pairs));
        let network = query.one("network")?.unwrap_or_default();
        // A drawing is made in the colours that the model knows.
        let invert = if query.is_set("drawn") { Invert::No } else { Invert::Auto };
        let panel = of_picture(served, network, &body, invert)?;
        Ok(([(CONTENT_TYPE, HTML)], panel.into_string()).into_response())
    })
    .await
}
