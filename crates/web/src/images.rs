//! Single images of a study's data set, as PNG.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use fitroom_session::report::view::{DatasetPart, picture_png};

use crate::answer::answer;
use crate::error::WebError;
use crate::state::Server;

/// Answers with `/STUDY/images/test/17.png`, the 18th test image.
pub async fn image(
    State(server): State<Arc<Server>>,
    Path((slug, subset, name)): Path<(String, String, String)>,
) -> Response {
    answer(move || {
        let missing = || WebError::NotFound("there is no such image".to_owned());
        let served = server.find(&slug)?;
        let part = match subset.as_str() {
            "train" => DatasetPart::Train,
            "test" => DatasetPart::Test,
            _ => return Err(missing()),
        };
        let index =
            name.strip_suffix(".png").and_then(|name| name.parse().ok()).ok_or_else(missing)?;
        let dataset = served.dataset().ok_or_else(missing)?;
        let png = picture_png(dataset, part, index).map_err(|_| missing())?;
        // The images of a study never change, but another study may have the same address later.
        let headers = [(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "private, max-age=600")];
        Ok((headers, png).into_response())
    })
    .await
}
