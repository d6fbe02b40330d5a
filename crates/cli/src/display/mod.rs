//! Progress on standard error while the program works.

mod bars;
mod lines;
mod loading;
mod looks;
mod measurements;
mod study;
#[cfg(test)]
mod test_events;
mod words;

pub use loading::LoadingDisplay;
pub use measurements::MeasurementsDisplay;
pub use study::StudyDisplay;
