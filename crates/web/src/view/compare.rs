//! Two networks: the verdict, a dot for each seed, the settings that differ, and the images that one
//! gets right and the other wrong.

use fitroom_session::report::document::{Block, Section, Text};
use fitroom_session::report::number::counted;
use fitroom_session::report::view::{Disagreements, compare, disagreements, seed_dots};
use fitroom_session::report::{Comparison, comparison_blocks};
use fitroom_session::{ComparisonRequest, compare as compare_stored};
use maud::{Markup, html};

use super::pictures::{Picture, pictures};
use super::{Context, Part, View, choice};
use crate::error::WebError;

pub fn view(context: &Context) -> Result<View, WebError> {
    todo!()
}
