//! The report that lies in a directory, as it was written.

use std::io::Read;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use fitroom_files::regular_file;

use crate::answer::answer;
use crate::error::WebError;
use crate::page::HTML;
use crate::served::REPORT;
use crate::state::Server;

/// Most bytes of a report.
const MOST_BYTES: u64 = 1 << 28;

/// The report has its style sheet and pictures inside, and no script.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Answers with `report.html`.
pub async fn report(State(server): State<Arc<Server>>, Path(slug): Path<String>) -> Response {
    answer(move || {
        let missing = || WebError::NotFound("no report has been written yet".to_owned());
        let file =
            regular_file::open(&server.find(&slug)?.path().join(REPORT)).map_err(|_| missing())?;
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|_| missing())?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(WebError::Wrong("the report is too large for a page".to_owned()));
        }
        let headers = [(CONTENT_TYPE, HTML), (CONTENT_SECURITY_POLICY, POLICY)];
        Ok((headers, bytes).into_response())
    })
    .await
}
