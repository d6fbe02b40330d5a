//! The reference curves that the program brings along.

/// The reference curves of the study `report` and of those that reproduce its networks.
pub(crate) const REPORT_CURVES: (&str, &str) =
    ("report-curves.csv", include_str!("../studies/report-curves.csv"));
