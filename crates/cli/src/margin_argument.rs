//! The argument `--margin` of commands on studies.

use std::fmt;

use clap::Args;

/// The margin within which two networks are equivalent.
#[derive(Args, Clone, Copy, Debug)]
pub struct MarginArgument {
    /// Networks whose accuracies differ by no more than this many percentage points are equivalent
    #[arg(long, value_name = "POINTS", default_value = "0.5", value_parser = points)]
    margin: f64,
}

impl MarginArgument {
    /// The margin as a fraction.
    pub fn fraction(self) -> f64 {
        self.margin / 100.0
    }
}

/// The percentage points, as the user writes them.
impl fmt::Display for MarginArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.margin.fmt(f)
    }
}

fn points(word: &str) -> Result<f64, String> {
    match word.parse() {
        Ok(points) if (0.0..=100.0).contains(&points) => Ok(points),
        _ => Err("not a number of percentage points from 0 to 100".to_owned()),
    }
}
