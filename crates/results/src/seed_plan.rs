//! How the number of seeds was decided.

/// How the number of seeds was decided. Which test judges the comparisons depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeedPlan {
    /// The number of seeds was declared before the first run, and is what was declared. A fixed
    /// test judges.
    #[default]
    Declared,
    /// The number of seeds was changed after results could be looked at: seeds were added to the
    /// first `declared` ones, or not all of those were trained. A sequential test judges.
    Extended {
        /// The number of seeds that was declared before the first run.
        declared: u32,
    },
    /// Seeds are added until every comparison is clear. A sequential test judges.
    UntilClear,
    /// Nobody knows how the number of seeds was decided, as of runs from elsewhere. A sequential test
    /// judges.
    Unknown,
}

impl SeedPlan {
    /// Whether the number of seeds may depend on what was seen of the results.
    pub fn is_sequential(self) -> bool {
        self != SeedPlan::Declared
    }
}
