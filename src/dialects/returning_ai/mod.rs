//! The Returning.AI API.
use crate::web::routes::Routes;
use axum::{
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
/// .
pub fn routes() -> Routes {
    Routes::default()
}
/// .
pub async fn unknown(_: Method, _: Uri) -> Response {
    StatusCode::NOT_FOUND.into_response()
}
/// .
pub fn failed(_: &str) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
