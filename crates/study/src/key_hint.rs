//! What somebody may have meant by an unknown key of a study file.

use std::fmt;

use fitroom_nearest::did_you_mean;

/// What an unknown key may have been meant for. It is written as a hint on a line of its own.
#[derive(Clone, Debug)]
pub enum KeyHint {
    /// A known key with a similar name, if there is one.
    Nearest(Option<String>),
    /// Another program's word, or a key that belongs into another table.
    Foreign {
        /// What to write instead.
        instead: String,
        /// What that is.
        reason: &'static str,
    },
}

impl fmt::Display for KeyHint {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            KeyHint::Nearest(nearest) => f.write_str(&did_you_mean(nearest)),
            KeyHint::Foreign { instead, reason } => {
                write!(f, "\nhint: write `{instead}`: {reason}")
            }
        }
    }
}
