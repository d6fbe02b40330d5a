//! What a comparison concludes, and by which test.

/// The significance level α: where candidate and baseline are equal, a study says "better" or
/// "worse" of any comparison in at most this share of cases.
pub const SIGNIFICANCE_LEVEL: f64 = 0.05;

/// The margin of equivalence where nobody gives another: half a point of accuracy, as a fraction.
pub const DEFAULT_MARGIN: f64 = 0.005;

/// What is concluded from a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The candidate scores higher than its baseline, beyond chance.
    Better,
    /// The candidate scores lower than its baseline, beyond chance.
    Worse,
    /// No difference is shown; a difference of the margin or more is ruled out, adjusted for all
    /// comparisons, and the whole interval lies within the margin.
    Equivalent,
    /// No difference is shown, and one of the margin or more is not ruled out.
    Undecided,
    /// Two to four pairs: too few to conclude anything.
    Exploratory,
}

impl Verdict {
    /// The word in `comparisons.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Equivalent => "equivalent",
            Verdict::Undecided => "undecided",
            Verdict::Exploratory => "exploratory",
        }
    }
}

/// Which test gave a p-value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// [`sign_flip_p`](crate::sign_flip_p).
    SignFlip,
    /// [`paired_t_p`](crate::paired_t_p).
    PairedT,
    /// [`permutation_p`](crate::permutation_p) and Welch's t test, for samples that no seed pairs. The
    /// larger p counts.
    WelchAndPermutation,
    /// Welch's t test alone, for samples that no seed pairs.
    Welch,
    /// [`SignBets`](crate::sequential::SignBets), and one t test with five seeds; they give no
    /// p-value.
    Sequential,
}

impl Test {
    /// The test's name for people, in the middle of a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Test::SignFlip => "exact sign-flip test",
            Test::PairedT => "paired t test",
            Test::WelchAndPermutation => "Welch's t test and permutation test",
            Test::Welch => "Welch's t test",
            Test::Sequential => "sequential test",
        }
    }
}
