//! dev
use axum::response::Response;
pub async fn image() -> Response { todo!() }
