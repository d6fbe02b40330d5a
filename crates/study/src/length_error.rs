//! What can be wrong with the length of a training.

use thiserror::Error;

use crate::plain_text::harmless;

/// What is wrong with the length of a training.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum LengthError {
    /// A table has two of `epochs`, `steps` and `budget`.
    #[error(
        "`{first}` and `{second}` in {table} both say how long training takes\n\
         hint: leave one of them out"
    )]
    Two {
        /// One of the keys.
        first: &'static str,
        /// Another one.
        second: &'static str,
        /// The table.
        table: String,
    },
    /// More steps or epochs than a training may have.
    #[error(
        "network `{}`: {steps} steps are too many: a training has at most {most} epochs and {} steps\n\
         hint: make `{key}` smaller",
        harmless(network),
        u32::MAX
    )]
    TooLong {
        /// The network's name.
        network: String,
        /// The setting: `steps` or `budget`.
        key: &'static str,
        /// The steps.
        steps: f64,
        /// The most epochs.
        most: u32,
    },
    /// A budget of multiply-adds with other steps than follow from it.
    #[error(
        "network `{}`: its budget is {follow} steps, and its `steps` are {written}\n\
         hint: leave `steps` out of `budget`, or write `steps` in the place of `budget`",
        harmless(network)
    )]
    OtherSteps {
        /// The network's name.
        network: String,
        /// The steps that follow from the budget.
        follow: u32,
        /// The steps as written.
        written: u32,
    },
}
