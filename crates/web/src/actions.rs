//! dev
use axum::response::Response;
use maud::{Markup, html};
use crate::training::Training;
pub fn actions_panel(_: &Training) -> Markup { html!{} }
pub async fn act() -> Response { todo!() }
