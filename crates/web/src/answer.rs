//! Answers that take long to make.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};

use crate::error::WebError;
use crate::page::error_page;

/// Leads to another address.
pub fn redirect(to: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

/// Does work that takes long on a thread of its own, and answers with its outcome.
pub async fn answer(
    work: impl FnOnce() -> Result<Response, WebError> + Send + 'static,
) -> Response {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or(Err(WebError::Fault)).unwrap_or_else(|error| error_page(&error))
}
