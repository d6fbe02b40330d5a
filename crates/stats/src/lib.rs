//! Statistics of comparisons over seeds.
//!
//! Functions from numbers to numbers and verdicts. The crate reads no files and knows nothing of
//! studies or networks: a [`Pair`] holds what a candidate and its baseline scored with one seed,
//! in any measure of which more is better.
//!
//! | question | answer |
//! |---|---|
//! | How much does one number vary from seed to seed? | [`Spread`] |
//! | Is the candidate really better than its baseline? | [`Effect`], its [`Verdict`] |
//! | What if a study makes several comparisons? | [`effects`], with [`holm`] |
//! | And if no seed pairs the runs? | [`unpaired_effects`], with [`permutation_p`] |
//! | What if nobody declared the number of seeds before the first look? | [`sequential`] |
//! | How often does a seed of one beat a seed of the other? | [`superiority`], [`cohens_d`] |
//! | And if the test images are a sample too? | [`SeedsByImages`] |
//! | What share of failing seeds may still be unseen? | [`unseen_failure_share`] |
//! | How sure is an accuracy on so many images? | [`Proportion`] |
//! | Which of two classifiers is right more often on the same images? | [`McNemar`] |
//! | Is a classifier as often right as it says? | [`Calibration`] |
//! | How many seeds would settle an open comparison? | [`seeds_needed`] |
//!
//! ```
//! use fitroom_stats::{DEFAULT_MARGIN, Measure, Pair, Effect, Verdict};
//!
//! let plain = [0.8741, 0.8790, 0.8758, 0.8779, 0.8785, 0.8762, 0.8739];
//! let batch_norm = [0.8812, 0.8847, 0.8795, 0.8861, 0.8833, 0.8850, 0.8821];
//! let accuracy = Measure::accuracy(DEFAULT_MARGIN, Some(10_000)); // images
//! let effect = Effect::alone(Pair::by_seed(&batch_norm, &plain), accuracy);
//! assert_eq!(effect.verdict, Some(Verdict::Better));
//! assert_eq!(effect.p, Some(1.0 / 64.0)); // 2 of the 2⁷ assignments of signs are as far from zero
//! ```

#![deny(clippy::wildcard_enum_match_arm)]

mod calibration;
mod effect;
mod failures;
mod family;
mod holm;
mod log_loss;
mod mcnemar;
mod measure;
mod pair;
mod power;
mod proportion;
pub mod sequential;
mod sign_flip;
mod spread;
mod superiority;
mod t_test;
mod two_way;
mod unpaired;
mod verdict;

pub use calibration::{CALIBRATION_BINS, Calibration, CalibrationBin};
pub use effect::Effect;
pub use failures::unseen_failure_share;
pub use family::{effects, sequential_effects, unpaired_effects};
pub use holm::holm;
pub use log_loss::log_loss;
pub use mcnemar::McNemar;
pub use measure::Measure;
pub use pair::{Pair, correlation};
pub use power::{POWER, SeedsNeeded, seeds_needed, t_test_power};
pub use proportion::Proportion;
pub use sign_flip::sign_flip_p;
pub use spread::{Spread, median};
pub use superiority::{Superiority, cohens_d, superiority};
pub use t_test::{paired_t_p, t_interval};
pub use two_way::{SeedsByImages, TwoWayMean};
pub use unpaired::{Samples, permutation_p};
pub use verdict::{DEFAULT_MARGIN, SIGNIFICANCE_LEVEL, Test, Verdict};
