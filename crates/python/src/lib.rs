//! The native part of the Python package `fitroom`. The package's Python sources, in `../python`,
//! give it names, defaults, data frames and words for notebooks.
//!
//! Work is done on a thread of its own, without Python's lock, while the calling thread watches for
//! Ctrl-C (`attended`).

mod arrow;
mod attended;
mod command;
mod data_frame;
mod failure;
mod judging;
mod stored;
mod training;

/// The module `fitroom._fitroom`.
#[pyo3::pymodule]
mod _fitroom {
    #[pymodule_export]
    use crate::command::command_line;
    #[pymodule_export]
    use crate::judging::{Judgement, judge};
    #[pymodule_export]
    use crate::stored::StoredStudy;
    #[pymodule_export]
    use crate::training::train;
}
