//! How the number of a study's seeds is decided.

/// How the number of a study's seeds is decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeedPlan {
    /// Every network gets the study's seeds, and their number was declared before the first run.
    #[default]
    Declared,
    /// Every network gets the study's seeds. Their number was changed after results could be looked
    /// at: it was raised above `declared`, or lowered before all of those were trained.
    Extended {
        /// The number of seeds that was declared before the first run.
        declared: u32,
    },
    /// Networks get seeds until every comparison is clear. The study's seeds are the most that a
    /// network may get.
    UntilClear,
}
