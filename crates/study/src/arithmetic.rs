//! Groups instruction sets that give the same numbers, bit for bit.

use std::fmt;

use fitroom_nn::{InstructionSet, instruction_set};
use serde::{Deserialize, Serialize};

/// How multiply-adds are rounded and summed. Two machines give the same numbers if this is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arithmetic {
    /// That of `avx512` and `avx2`, which give the same bits. Ids of runs do not name it, so that
    /// those of earlier versions stay.
    #[default]
    Avx,
    /// That of `neon`. It was never compared with the others.
    Neon,
    /// That of `portable`, which rounds each product before it adds it.
    Portable,
}

impl Arithmetic {
    /// That of this process, which `FITROOM_SIMD` may choose.
    pub fn of_this_process() -> Self {
        // A session fails before it trains if the chosen instruction set can't be used. A command that
        // only reads needs none.
        match instruction_set() {
            Ok(InstructionSet::Avx512 | InstructionSet::Avx2) | Err(_) => Arithmetic::Avx,
            Ok(InstructionSet::Neon) => Arithmetic::Neon,
            Ok(InstructionSet::Portable) => Arithmetic::Portable,
        }
    }

    /// Whether this is the one that ids of runs do not name.
    pub(crate) fn is_default(&self) -> bool {
        *self == Arithmetic::default()
    }
}

impl fmt::Display for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Arithmetic::Avx => "avx512 or avx2",
            Arithmetic::Neon => "neon",
            Arithmetic::Portable => "portable",
        })
    }
}
