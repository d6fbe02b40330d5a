//! Networks over their swept settings: lines, heat maps, and parallel coordinates.

use fitroom_session::report::document::Block;
use fitroom_session::report::sweep_sections;
use fitroom_session::report::view::parallel;
use maud::html;

use super::{Context, Part, View};
use crate::error::WebError;

pub fn view(context: &Context) -> Result<View, WebError> {
    let mut parts = vec![Part::Own("head", html! { h1 { "Sweeps" } })];
    for (index, mut section) in sweep_sections(context.summary).into_iter().enumerate() {
        let made = parallel(context.summary, index)?;
        // The first block is the lines or the heat map; the table behind it belongs to both.
        let after_first = 1.min(section.blocks.len());
        let further = made.notes.into_iter().map(Block::paragraph);
        let further: Vec<Block> =
            std::iter::once(Block::Figure(made.figure)).chain(further).collect();
        section.blocks.splice(after_first..after_first, further);
        parts.push(Part::Section(section));
    }
    Ok(View::new("Sweeps".to_owned(), parts))
}
