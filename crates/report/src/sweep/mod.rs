//! Sweeps in the report: accuracy against what was swept, a table sorted by validation, and the
//! winner on fresh seeds.

mod axis;
mod heat;
mod line;
mod section;

pub use section::sweep_sections;
