//! The instruction set that the kernels run on. It is detected once per process, or named by
//! `FITROOM_SIMD`.
//!
//! | word | vectors | where |
//! |---|---|---|
//! | `avx512` | 16 f32 | x86-64 with AVX-512 F, BW, CD, DQ and VL |
//! | `avx2` | 8 f32 | x86-64 with AVX2 and FMA |
//! | `neon` | 4 f32 | AArch64 |
//! | `portable` | what the target guarantees | everywhere |
//!
//! A sum is the same chain of operations on every set, whatever the width of a vector, so `avx512`
//! and `avx2` give the same bits. `portable` rounds the product and the sum of a multiply-add one
//! after the other, where the others round once. So its results differ from theirs in the last bits
//! of each sum.

use std::env;
use std::fmt;
use std::str::FromStr;
use std::sync::{LazyLock, OnceLock};

use fitroom_nearest::{did_you_mean, nearest};
use pulp::Arch;
use thiserror::Error;

/// The environment variable that names the instruction set, instead of the best one that the
/// machine has.
pub const SIMD_VARIABLE: &str = "FITROOM_SIMD";

/// Vector instructions that every kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionSet {
    /// AVX-512: vectors of 16 f32, 32 registers.
    Avx512,
    /// AVX2 with FMA: vectors of 8 f32, 16 registers.
    Avx2,
    /// NEON: vectors of 4 f32, 32 registers.
    Neon,
    /// What the target guarantees, without fused multiply-adds.
    Portable,
}

/// An instruction set that can't be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum InstructionSetError {
    /// A word that names no instruction set.
    #[error(
        "{SIMD_VARIABLE}: unknown instruction set `{word}`{}\nhint: this machine has {}",
        did_you_mean(nearest),
        listed(available)
    )]
    Unknown {
        /// The word as written.
        word: String,
        /// The set with a similar word.
        nearest: Option<InstructionSet>,
        /// What could be used instead.
        available: Vec<InstructionSet>,
    },
    /// An instruction set that this machine lacks.
    #[error(
        "{SIMD_VARIABLE}: this machine does not have {set}\nhint: it has {}",
        listed(available)
    )]
    Unavailable {
        /// The set that was asked for.
        set: InstructionSet,
        /// What could be used instead.
        available: Vec<InstructionSet>,
    },
}

/// The instruction set that the kernels of this process run on: the one that `FITROOM_SIMD` names,
/// or the best that the machine has if `FITROOM_SIMD` is unset or empty. The first call decides it
/// for the whole process.
///
/// # Errors
/// A word that names no instruction set, or one that this machine lacks. Every
/// [`Network`](crate::Network) then panics with this error when it begins to compute, rather than
/// use another set.
pub fn instruction_set() -> Result<InstructionSet, InstructionSetError> {
    static CHOSEN: OnceLock<Result<InstructionSet, InstructionSetError>> = OnceLock::new();
    CHOSEN
        .get_or_init(|| {
            chosen(env::var_os(SIMD_VARIABLE).map(|word| word.to_string_lossy().into_owned()))
        })
        .clone()
}

impl InstructionSet {
    /// All instruction sets, the fastest first.
    pub const ALL: [InstructionSet; 4] = [
        InstructionSet::Avx512,
        InstructionSet::Avx2,
        InstructionSet::Neon,
        InstructionSet::Portable,
    ];

    /// The fastest instruction set that this machine has.
    pub fn detected() -> Self {
        Self::available()[0]
    }

    /// The instruction sets that this machine has, the fastest first. `portable` is always one.
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|set| set.arch().is_some()).collect()
    }

    /// The set's name in `FITROOM_SIMD`.
    fn word(self) -> &'static str {
        match self {
            InstructionSet::Avx512 => "avx512",
            InstructionSet::Avx2 => "avx2",
            InstructionSet::Neon => "neon",
            InstructionSet::Portable => "portable",
        }
    }

    /// Runs code that is compiled for this set; `None` if this machine can't.
    fn arch(self) -> Option<Arch> {
        match self {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => pulp::x86::V4::try_new().map(Arch::V4),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => pulp::x86::V3::try_new().map(Arch::V3),
            #[cfg(target_arch = "aarch64")]
            InstructionSet::Neon => pulp::aarch64::Neon::try_new().map(Arch::Neon),
            InstructionSet::Portable => Some(Arch::Scalar),
            #[cfg(not(target_arch = "x86_64"))]
            InstructionSet::Avx512 | InstructionSet::Avx2 => None,
            #[cfg(not(target_arch = "aarch64"))]
            InstructionSet::Neon => None,
        }
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for InstructionSet {
    type Err = InstructionSetError;

    fn from_str(word: &str) -> Result<Self, InstructionSetError> {
        let named = |word: &str| Self::ALL.into_iter().find(|set| set.word() == word);
        named(word).ok_or_else(|| InstructionSetError::Unknown {
            word: word.to_owned(),
            nearest: nearest(word, Self::ALL.map(Self::word)).and_then(named),
            available: Self::available(),
        })
    }
}

/// Dispatches every kernel to the chosen instruction set.
pub(crate) static ARCH: LazyLock<Arch> = LazyLock::new(|| match instruction_set() {
    Ok(set) => set.arch().expect("a chosen set is available"),
    Err(error) => panic!("{error}"),
});

fn chosen(word: Option<String>) -> Result<InstructionSet, InstructionSetError> {
    let Some(word) = word.filter(|word| !word.is_empty()) else {
        return Ok(InstructionSet::detected());
    };
    let set: InstructionSet = word.parse()?;
    let available = InstructionSet::available();
    if available.contains(&set) {
        Ok(set)
    } else {
        Err(InstructionSetError::Unavailable { set, available })
    }
}

fn listed(sets: &[InstructionSet]) -> String {
    sets.iter().map(|set| set.word()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for set in InstructionSet::ALL {
            assert_eq!(set.to_string().parse(), Ok(set));
        }
    }

    #[test]
    fn a_named_set_is_used_or_refused() {
        for set in InstructionSet::ALL {
            let available = InstructionSet::available();
            let expected = match available.contains(&set) {
                true => Ok(set),
                false => Err(InstructionSetError::Unavailable { set, available }),
            };
            assert_eq!(chosen(Some(set.to_string())), expected);
        }
        for unset in [None, Some(String::new())] {
            assert_eq!(chosen(unset), Ok(InstructionSet::detected()));
        }
    }

    #[test]
    fn an_unknown_word_is_answered_with_what_the_machine_has() {
        let here = listed(&InstructionSet::available());
        assert!(here.ends_with("portable"), "{here}");
        let message = |word: &str| chosen(Some(word.to_owned())).unwrap_err().to_string();
        assert_eq!(
            message("AVX-512"),
            format!(
                "FITROOM_SIMD: unknown instruction set `AVX-512`\nhint: did you mean `avx512`?\nhint: this machine has {here}"
            )
        );
        let unlike =
            format!("FITROOM_SIMD: unknown instruction set `fast`\nhint: this machine has {here}");
        assert_eq!(message("fast"), unlike);
    }

    /// No x86 machine has NEON, and no ARM machine has AVX-512.
    #[test]
    fn a_set_of_another_processor_is_refused() {
        let other = if cfg!(target_arch = "x86_64") {
            InstructionSet::Neon
        } else {
            InstructionSet::Avx512
        };
        let here = listed(&InstructionSet::available());
        assert_eq!(
            chosen(Some(other.to_string())).unwrap_err().to_string(),
            format!("FITROOM_SIMD: this machine does not have {other}\nhint: it has {here}")
        );
    }

    /// CI runs the kernels' tests again with each set in `FITROOM_SIMD`. This test makes sure that
    /// they run on that set.
    #[test]
    fn the_kernels_run_on_what_was_chosen() {
        let lanes = match instruction_set().unwrap() {
            InstructionSet::Avx512 => 16,
            InstructionSet::Avx2 => 8,
            InstructionSet::Neon => 4,
            InstructionSet::Portable => 1,
        };
        struct Lanes;
        impl pulp::WithSimd for Lanes {
            type Output = usize;

            fn with_simd<S: pulp::Simd>(self, _: S) -> usize {
                S::F32_LANES
            }
        }
        assert_eq!(ARCH.dispatch(Lanes), lanes);
    }
}
