//! A network's place in its sweep.

/// A network's place in its sweep: one combination of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepPoint {
    /// The sweep's name, which is the networks' name with names in braces: `dropout {p}`.
    pub of: String,
    /// Pairs of swept name and this network's value, as written in the study file.
    pub at: Vec<(String, String)>,
}
