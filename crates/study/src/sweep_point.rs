//! Where a network stands in its sweep.

/// Where a network stands in its sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepPoint {
    /// The sweep: its networks' name before values were put in, `dropout {p}`.
    pub of: String,
    /// Each swept name with this network's value, as written in the study file.
    pub at: Vec<(String, String)>,
}
