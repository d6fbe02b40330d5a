use super::{Context, View};
use crate::error::WebError;

pub fn view(_: &Context) -> Result<View, WebError> {
    todo!()
}
