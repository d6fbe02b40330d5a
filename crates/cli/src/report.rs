//! Reports: `fitroom report`, the report while a study is running, and what is said of a study at
//! its end.

use std::path::Path;
use std::sync::mpsc::Receiver;

use fitroom_data::{Dataset, Places};
use fitroom_report::{Digest, Metric, NetworkDigest, Subset, number};
use fitroom_study::StoredStudy;

use crate::output::{Table, print};
use crate::{Failure, data};

/// `fitroom report`: writes the report of the study in `dir` again.
pub fn rebuild(dir: &Path, places: &Places, margin: f64) -> Result<(), Failure> {
    let stored = StoredStudy::open(dir)?;
    write(&stored, data::load_again(&stored.dataset, places).as_ref(), dir, margin)
}

/// Writes the report into `dir`, and prints the table of all networks and where the report is.
pub fn write(
    stored: &StoredStudy,
    dataset: Option<&Dataset>,
    dir: &Path,
    margin: f64,
) -> Result<(), Failure> {
    fitroom_report::write_with_margin(stored, dataset, dir, margin)?;
    let path = dir.join("report.html");
    print(&format!("{}\nreport: {}\n", overview(stored, margin)?, path.display()))
}

/// Writes the report of the study in `dir` for each message, until there are no more senders: for a
/// thread of its own. Messages that came while it was writing are answered together. What goes
/// wrong is passed to `complain`.
pub fn keep_up(
    dir: &Path,
    dataset: &Dataset,
    margin: f64,
    ended_runs: &Receiver<()>,
    complain: impl Fn(&Failure),
) {
    let write = || -> Result<(), Failure> {
        Ok(fitroom_report::write_with_margin(&StoredStudy::open(dir)?, Some(dataset), dir, margin)?)
    };
    while ended_runs.recv().is_ok() {
        ended_runs.try_iter().for_each(drop);
        if let Err(failure) = write() {
            complain(&failure);
        }
    }
}

/// The title and the table of all networks: means over finished runs, ± the standard deviation over
/// seeds.
fn overview(stored: &StoredStudy, margin: f64) -> Result<String, Failure> {
    let digest = Digest::with_margin(stored, margin)?;
    let mut table = Table::new([
        "network",
        "runs",
        "parameters",
        "best epoch",
        "validation %",
        "test %",
        "seconds a run",
    ]);
    for network in &digest.networks {
        table.row(row(network));
    }
    Ok(format!("{}\n\n{}{}", digest.title(), table.text("  "), verdicts(&digest)))
}

/// A line for each comparison that the study asks for, behind an empty one.
fn verdicts(digest: &Digest) -> String {
    let comparisons = digest.contrasts.len();
    let lines = digest.contrasts.iter().map(|contrast| {
        let (subset, effect) = contrast.primary();
        let spoilers =
            [contrast.missing_words(), contrast.confounded_words()].into_iter().flatten();
        let words = contrast.sentence(subset, effect, comparisons).text();
        format!("\n{}", spoilers.fold(words, |words, spoiler| words + " " + &spoiler))
    });
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { lines + "\n" }
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
