//! The files that pages consist of, embedded in the program.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use fitroom_session::report::html::style;
use fitroom_session::report::view::{dark_rules, light_rules};
use sha2::{Digest, Sha256};

use crate::error::WebError;
use crate::page::error_page;

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Scripts and the icon, by name.
const FILES: [(&str, &str, &str); 8] = [
    ("main.js", SCRIPT, include_str!("../pages/main.js")),
    ("live.js", SCRIPT, include_str!("../pages/live.js")),
    ("copy.js", SCRIPT, include_str!("../pages/copy.js")),
    ("plot.js", SCRIPT, include_str!("../pages/plot.js")),
    ("form.js", SCRIPT, include_str!("../pages/form.js")),
    ("actions.js", SCRIPT, include_str!("../pages/actions.js")),
    ("try.js", SCRIPT, include_str!("../pages/try.js")),
    ("icon.svg", "image/svg+xml", include_str!("../pages/icon.svg")),
];

/// The report's style sheet, and what only the page needs.
fn style_sheet() -> String {
    let dark = format!("@media screen and (prefers-color-scheme:dark){{{}}}", dark_rules());
    style() + &light_rules() + &dark + include_str!("../pages/page.css")
}

/// Answers with a file. A browser that has it is told so.
pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let file = match name.as_str() {
        "style.css" => Some(("text/css; charset=utf-8", style_sheet())),
        name => FILES.iter().find(|file| file.0 == name).map(|file| (file.1, file.2.to_owned())),
    };
    let Some((kind, text)) = file else {
        return error_page(&WebError::NotFound("there is no such file".to_owned()));
    };
    let digest = Sha256::digest(&text);
    let tag =
        format!("\"{}\"", digest[..8].iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    // The file is asked for again with each page, and sent only if the program is another one.
    let headers_out = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache"), (ETAG, tag.as_str())];
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers_out).into_response();
    }
    (headers_out, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_reach_for_nothing_elsewhere() {
        for (name, _, text) in FILES {
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(
                !text.contains("http:") && !text.contains("https:") && !text.contains("//#"),
                "{name}"
            );
        }
        assert!(!style_sheet().contains("url(") && !style_sheet().contains("@import"));
    }

    #[test]
    fn every_module_that_a_script_imports_is_there() {
        for (name, _, text) in FILES {
            for import in text.split("from \"./").skip(1) {
                let file = import.split('"').next().unwrap();
                assert!(FILES.iter().any(|(other, ..)| *other == file), "{name} imports {file}");
            }
        }
    }
}
