//! How runs from elsewhere are to be judged.

use std::str::FromStr;

use fitroom_import::{At, Direction, TidyColumns};
use thiserror::Error;

/// How runs from elsewhere are to be judged. What is `None` or empty is guessed, and the guess is said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JudgeRequest {
    /// Which columns of tables hold network, seed and epoch. `scores` is filled from `measures`.
    pub columns: TidyColumns,
    /// Settings that do not tell networks apart.
    pub ignore: Vec<String>,
    /// The measures that networks are judged by, the most important first.
    pub measures: Vec<String>,
    /// Which epoch's value is a run's score.
    pub at: At,
    /// Measures of which more, or less, is better.
    pub directions: Vec<(For, Direction)>,
    /// What a score of 1 means.
    pub scales: Vec<(For, ScaleKind)>,
    /// The smallest differences that matter.
    pub margins: Vec<(For, Margin)>,
    /// The network that all others are compared with.
    pub baseline: Option<String>,
    /// Whether the caller vouches that the number of seeds was decided before the first look.
    pub is_declared: bool,
    /// Whether seeds mean nothing to each other.
    pub is_unpaired: bool,
}

/// Which measures something is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum For {
    /// All that are judged.
    All,
    /// The one of this name.
    Measure(String),
}

impl For {
    /// Whether the measure of this name is meant.
    pub(super) fn includes(&self, measure: &str) -> bool {
        match self {
            For::All => true,
            For::Measure(name) => name == measure,
        }
    }
}

/// What a score of 1 means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleKind {
    /// All: an accuracy from 0 to 1.
    Fraction,
    /// A hundredth: an accuracy from 0 to 100.
    Percent,
    /// Neither.
    Plain,
}

/// The smallest difference that matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Margin {
    /// In the measure's own unit: `0.02`.
    Absolute(f64),
    /// `0.5%`: so many points of an accuracy; of other measures, so many hundredths of the baseline's mean.
    Percent(f64),
}

/// The text is no margin.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{0}` is no margin: it is a number from 0, such as 0.02, or a percentage, such as 0.5%")]
pub struct NoMargin(String);

impl FromStr for Margin {
    type Err = NoMargin;

    fn from_str(text: &str) -> Result<Self, NoMargin> {
        let (number, margin): (&str, fn(f64) -> Margin) = match text.trim().strip_suffix('%') {
            Some(number) => (number, Margin::Percent),
            None => (text, Margin::Absolute),
        };
        let number: f64 = number.trim().parse().map_err(|_| NoMargin(text.to_owned()))?;
        match number.is_finite() && number >= 0.0 {
            true => Ok(margin(number)),
            false => Err(NoMargin(text.to_owned())),
        }
    }
}

impl FromStr for ScaleKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "fraction" => Ok(ScaleKind::Fraction),
            "percent" => Ok(ScaleKind::Percent),
            "plain" => Ok(ScaleKind::Plain),
            _ => {
                Err(format!("`{text}` is no scale: fraction (0 to 1), percent (0 to 100) or plain"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_numbers_or_percentages() {
        assert_eq!("0.02".parse(), Ok(Margin::Absolute(0.02)));
        assert_eq!(" 0.5 %".parse(), Ok(Margin::Percent(0.5)));
        for wrong in ["", "%", "-1", "inf", "nan", "1 point"] {
            let error = wrong.parse::<Margin>().unwrap_err().to_string();
            assert!(error.contains("is no margin"), "{error}");
        }
    }
}
