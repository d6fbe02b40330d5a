//! A number for each axis of an image, such as a stride or a padding.

use std::fmt;

/// A number for the rows and one for the columns of an image. Study files write it `2x1`, or `2` if
/// both are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerAxis {
    /// The number for the rows.
    pub rows: usize,
    /// The number for the columns.
    pub columns: usize,
}

impl PerAxis {
    pub(crate) const ONE: PerAxis = PerAxis::both(1);

    /// The same number for both axes.
    pub const fn both(number: usize) -> Self {
        PerAxis { rows: number, columns: number }
    }
}

impl fmt::Display for PerAxis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rows == self.columns {
            true => write!(f, "{}", self.rows),
            false => write!(f, "{}x{}", self.rows, self.columns),
        }
    }
}
