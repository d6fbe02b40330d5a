//! dev
use axum::response::Response;
pub async fn predict() -> Response { todo!() }
