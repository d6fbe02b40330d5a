//! Why a view can't be made of what a reader picked.

use thiserror::Error;

use crate::comparison::ComparisonError;
use crate::number::listed;

/// Why a view can't be made of what a reader picked.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ViewError {
    /// There is no network of this index.
    #[error("`{parameter}` is {given}: {allowed}", allowed = allowed(*.networks, "network"))]
    UnknownNetwork {
        /// Which parameter names it.
        parameter: &'static str,
        /// The index.
        given: usize,
        /// How many networks there are.
        networks: usize,
    },
    /// There is no sweep of this index.
    #[error("`sweep` is {given}: {allowed}", allowed = allowed(*.sweeps, "sweep"))]
    UnknownSweep {
        /// The index.
        given: usize,
        /// How many sweeps there are.
        sweeps: usize,
    },
    /// The results have no curves or no scores in this measure.
    #[error("`measure` is `{given}`, which these results do not have\nhint: {}", known_measures(.known))]
    UnknownMeasure {
        /// The word, or the index among the results' measures.
        given: String,
        /// The words of the measures that they have.
        known: Vec<String>,
    },
    /// A range of an axis is none.
    #[error("`{parameter}` is {low} to {high}: {problem}")]
    Range {
        /// The axis.
        parameter: &'static str,
        /// The first number.
        low: f64,
        /// The second number.
        high: f64,
        /// What is wrong with it.
        problem: RangeProblem,
    },
    /// The smoothing is not from 0 to below 1.
    #[error(
        "`smoothing` is {given}\nhint: give a number from 0, which smooths nothing, to below 1"
    )]
    Smoothing {
        /// The number.
        given: f64,
    },
    /// The two networks can't be compared.
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
}

/// What is wrong with the range of an axis.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RangeProblem {
    /// A number is NaN or infinite, or too large for an axis.
    #[error("both must be numbers between -1e30 and 1e30")]
    NotFinite,
    /// The first number is not smaller than the second.
    #[error("the first must be smaller than the second")]
    Reversed,
    /// The two numbers are almost equal.
    #[error("they must differ by a billionth of their size or more, and by 1e-30 or more")]
    TooNarrow,
    /// The axis is logarithmic, and the first number is not positive.
    #[error("a logarithmic axis needs numbers of 1e-30 or more")]
    NotPositive,
}

fn allowed(count: usize, noun: &str) -> String {
    match count {
        0 => format!("there is no {noun}"),
        1 => format!("there is one {noun}, 0"),
        _ => format!("{noun}s are numbered from 0 to {}", count - 1),
    }
}

fn known_measures(known: &[String]) -> String {
    match known {
        [] => "they have none yet".to_owned(),
        _ => format!("they have {}", listed(known)),
    }
}

/// Checks a range of an axis.
pub fn check_range(
    parameter: &'static str,
    (low, high): (f64, f64),
    is_logarithmic: bool,
) -> Result<(), ViewError> {
    let is_usable = |x: f64| x.is_finite() && x.abs() <= 1e30;
    let problem = if !is_usable(low) || !is_usable(high) {
        RangeProblem::NotFinite
    } else if low >= high {
        RangeProblem::Reversed
    } else if high - low < (1e-9 * low.abs().max(high.abs())).max(1e-30) {
        RangeProblem::TooNarrow
    } else if is_logarithmic && low < 1e-30 {
        RangeProblem::NotPositive
    } else {
        return Ok(());
    };
    Err(ViewError::Range { parameter, low, high, problem })
}

/// Checks the index of a network.
pub fn check_network(
    parameter: &'static str,
    given: usize,
    networks: usize,
) -> Result<usize, ViewError> {
    match given < networks {
        true => Ok(given),
        false => Err(ViewError::UnknownNetwork { parameter, given, networks }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_are_none_are_refused_and_say_why() {
        let (nan, infinite) = (f64::NAN, f64::INFINITY);
        for (range, is_logarithmic, expected) in [
            ((nan, 1.0), false, RangeProblem::NotFinite),
            ((0.0, infinite), false, RangeProblem::NotFinite),
            ((-1e300, 1e300), false, RangeProblem::NotFinite),
            ((2.0, 1.0), false, RangeProblem::Reversed),
            ((2.0, 2.0), false, RangeProblem::Reversed),
            ((1e9, 1e9 + 0.01), false, RangeProblem::TooNarrow),
            ((0.0, 1.0), true, RangeProblem::NotPositive),
        ] {
            let found = check_range("y", range, is_logarithmic);
            assert!(
                matches!(&found, Err(ViewError::Range { problem, .. }) if *problem == expected),
                "{range:?}: {found:?}"
            );
        }
        assert_eq!(check_range("x", (-1.0, 2.5), false), Ok(()));
        let words = check_range("y", (3.0, 1.0), false).unwrap_err().to_string();
        assert_eq!(words, "`y` is 3 to 1: the first must be smaller than the second");
    }

    #[test]
    fn messages_say_what_there_is() {
        let unknown = check_network("baseline", 7, 3).unwrap_err().to_string();
        assert_eq!(unknown, "`baseline` is 7: networks are numbered from 0 to 2");
        assert_eq!(check_network("networks", 2, 3), Ok(2));
        let known = vec!["train-loss".to_owned(), "validation-loss".to_owned()];
        let unknown = ViewError::UnknownMeasure { given: "loss".into(), known };
        assert!(unknown.to_string().ends_with("hint: they have train-loss and validation-loss"));
    }
}
