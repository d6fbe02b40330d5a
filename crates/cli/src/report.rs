//! `fitroom report`, and what is said of a study at its end.

use std::path::Path;

use fitroom_report::{Digest, Metric, NetworkDigest, Subset, number};
use fitroom_study::StoredStudy;

use crate::table::Table;
use crate::{Failure, output};

/// `fitroom report`: writes the report of the study in `dir` again.
pub fn rebuild(dir: &Path) -> Result<(), Failure> {
    let stored = StoredStudy::open(dir)?;
    write(&stored, dir)
}

/// Writes the report into `dir`, and prints the table of all networks and where the report is.
pub fn write(stored: &StoredStudy, dir: &Path) -> Result<(), Failure> {
    fitroom_report::write(stored, dir)?;
    let path = dir.join("report.html");
    output::print(&format!("{}\nreport: {}\n", overview(stored)?, path.display()))
}

/// The title and the table of all networks: means over finished runs, ± the standard deviation over seeds.
fn overview(stored: &StoredStudy) -> Result<String, Failure> {
    let digest = Digest::new(stored)?;
    let mut table =
        Table::new(["network", "runs", "parameters", "best epoch", "validation %", "test %", "seconds a run"]);
    for network in &digest.networks {
        table.row(row(network));
    }
    Ok(format!("{}\n\n{}", digest.title(), table.text("  ")))
}

fn row(network: &NetworkDigest) -> [String; 7] {
    let or_missing = |text: Option<String>| text.unwrap_or_else(|| number::MISSING.to_owned());
    let accuracy = |subset| {
        let best = network.score(Metric::Accuracy, subset).best;
        or_missing(best.map(|spread| number::value(Metric::Accuracy, &spread)))
    };
    [
        network.plan.name.clone(),
        format!("{} of {}", network.finished().count(), network.runs.len()),
        number::count(network.parameters as u64),
        or_missing(network.best_epoch.map(|spread| number::epoch(&spread))),
        accuracy(Subset::Validation),
        accuracy(Subset::Test),
        or_missing(network.seconds.map(|seconds| format!("{seconds:.1}"))),
    ]
}
