//! The built-in reference curves.

/// Name and text of the file of reference curves for the study `report`, and for the studies that
/// reproduce its networks.
pub(crate) const REPORT_CURVES: (&str, &str) =
    ("report-curves.csv", include_str!("../studies/report-curves.csv"));
