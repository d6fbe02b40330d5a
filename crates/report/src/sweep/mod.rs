//! Sweeps in the report: accuracy over the swept values, a table sorted by validation, and the
//! winner on fresh seeds.

mod axis;
mod confirmation;
mod figure;
mod heat;
mod line;
mod network;
mod section;

pub use axis::Axis;
pub use network::{point, value_of};
pub use section::{sweep_sections, sweep_table};
