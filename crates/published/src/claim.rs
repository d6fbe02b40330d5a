//! A conclusion of the article, and whether it holds.

/// Whether a conclusion holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It holds as it was written.
    Holds,
    /// One part of it holds, and another does not.
    HoldsInPart,
    /// The runs contradict it.
    DoesNotHold,
    /// The runs do not decide it.
    CannotBeTold,
}

impl Standing {
    /// The standing in words.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Holds => "holds",
            Standing::HoldsInPart => "holds in part",
            Standing::DoesNotHold => "does not hold",
            Standing::CannotBeTold => "cannot be told",
        }
    }
}

/// A conclusion with its standing.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The conclusion's number in the article's list.
    pub number: u32,
    /// The conclusion, shortened.
    pub words: &'static str,
    /// Whether it holds.
    pub standing: Standing,
    /// The numbers that the standing rests on.
    pub evidence: String,
}
