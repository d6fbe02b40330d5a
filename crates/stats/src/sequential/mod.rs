//! Run until clear: comparisons that may be looked at after every seed.
//!
//! Fixed tests assume that the number of seeds was declared before the first look. These do not:
//! their error rates hold at every look and for every stopping rule.
//!
//! A study says better or worse by [bets](SignBets) from the first seed on (α = 0.03) or by one t
//! test at five seeds (α = 0.02), together 5%. It says equivalent by bets against "at least a
//! margin apart" (α = 0.05), and not worse by bets against "worse by at least the margin"
//! (α = 0.05).
//!
//! The bets speak of the centre: the value about which differences are symmetric. Where failures
//! strike one side alone there is none, and "equivalent" speaks of the usual seed, not of the mean;
//! see [`unseen_failure_share`](crate::unseen_failure_share).

mod bet;
mod interval;
mod replay;

pub use bet::{SignBets, adjusted};
pub use interval::sequential_interval;
pub use replay::{
    Behind, SeedDifference, SequentialVerdict, paired_difference, replay, seeds_to_go,
};

/// The one t test is made with this many seeds, for differences that leap to the eye.
pub const LOOK: usize = 5;
/// The share of the significance level that the t test gets.
pub const ALPHA_LOOK: f64 = 0.02;
/// The share of the significance level that the bets on a difference get.
pub const ALPHA_BET: f64 = 0.03;
/// The significance level of "equivalent".
pub const ALPHA_EQUIVALENT: f64 = 0.05;
/// The significance level of "not worse by the margin or more".
pub const ALPHA_NOT_WORSE: f64 = 0.05;
/// No comparison is equivalent, or shown to be not worse, with fewer seeds. A failure that strikes
/// one seed in five is still unseen after this many with probability 0.8¹⁰ = 0.11.
pub const EQUIVALENT_FROM: usize = 10;
