//! Progress on standard error while the program works.

mod actions;
mod bars;
mod lines;
mod loading;
mod looks;
mod measurements;
mod study;
#[cfg(test)]
mod test_events;
#[cfg(test)]
mod test_terminal;
mod words;

use indicatif::ProgressDrawTarget;
pub use loading::LoadingDisplay;
pub use measurements::MeasurementsDisplay;
pub use study::StudyDisplay;
pub use words::budget_measured;

/// Where bars are drawn; `None` if standard error is no terminal, or one that can't draw them
/// (`TERM=dumb`). Progress is then told in lines.
fn terminal() -> Option<ProgressDrawTarget> {
    let can_draw = console::Term::stderr().is_term() && !console::is_dumb();
    can_draw.then(ProgressDrawTarget::stderr)
}
