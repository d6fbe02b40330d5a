//! The published report's conclusions, one by one, held against the runs of a study that trains its
//! eight networks.
//!
//! Each conclusion has one rule for all data; what it can't decide is said to be open.

mod curves;
mod rules;
mod section;

pub use section::claims_section;

/// Whether a conclusion holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As it was written.
    Holds,
    /// One of the things that were concluded together does, another does not.
    HoldsInPart,
    /// The runs say otherwise.
    DoesNotHold,
    /// These runs do not decide it.
    CannotBeTold,
}

impl Standing {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Holds => "holds",
            Standing::HoldsInPart => "holds in part",
            Standing::DoesNotHold => "does not hold",
            Standing::CannotBeTold => "cannot be told",
        }
    }
}

/// A conclusion with what became of it.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its number in the published report's list.
    pub number: u32,
    /// What was concluded.
    pub words: &'static str,
    /// Whether it holds.
    pub standing: Standing,
    /// The numbers that this rests on.
    pub evidence: String,
}
