//! Reports: `fitroom report`, the report while a study is running, and what is said of a study at
//! its end.

use std::path::Path;
use std::sync::mpsc::Receiver;

use fitroom_data::{Dataset, Places};
use fitroom_report::{NetworkSummary, Summary, number};
use fitroom_results::{Metric, Results, Subset};
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
    let results = Results::try_from(stored)?;
    let summary = Summary::inspect(&results, dataset, margin)?;
    fitroom_report::write(&summary, fitroom_published::sections(&summary), dir)?;
    let path = dir.join("report.html");
    print(&format!("{}\nreport: {}\n", overview(&summary), path.display()))
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
        let results = Results::open(dir)?;
        let summary = Summary::inspect(&results, Some(dataset), margin)?;
        Ok(fitroom_report::write(&summary, fitroom_published::sections(&summary), dir)?)
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
fn overview(summary: &Summary) -> String {
    let mut table = Table::new([
        "network",
        "runs",
        "parameters",
        "best epoch",
        "validation %",
        "test %",
        "seconds a run",
    ]);
    for network in &summary.networks {
        table.row(row(network));
    }
    format!("{}\n\n{}{}", summary.title(), table.text("  "), verdicts(summary))
}

/// One line per comparison, after an empty line.
fn verdicts(summary: &Summary) -> String {
    let comparisons = summary.comparisons.len();
    let lines = summary.comparisons.iter().map(|comparison| {
        let (subset, effect) = comparison.primary();
        let spoilers =
            [comparison.missing_words(), comparison.confounded_words()].into_iter().flatten();
        let words = comparison.sentence(subset, effect, comparisons).text();
        format!("\n{}", spoilers.fold(words, |words, spoiler| words + " " + &spoiler))
    });
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { lines + "\n" }
}

fn row(network: &NetworkSummary) -> [String; 7] {
    let or_missing = |text: Option<String>| text.unwrap_or_else(|| number::MISSING.to_owned());
    let accuracy = |subset| {
        let best = network.score(Metric::Accuracy, subset).best;
        or_missing(best.map(|spread| number::value(Metric::Accuracy, &spread)))
    };
    [
        network.facts.name.clone(),
        format!("{} of {}", network.finished().count(), network.runs.len()),
        or_missing(network.facts.parameters.map(|n| number::count(n as u64))),
        or_missing(network.best_epoch.map(|spread| number::epoch(&spread))),
        accuracy(Subset::Validation),
        accuracy(Subset::Test),
        or_missing(network.seconds.map(|seconds| format!("{seconds:.1}"))),
    ]
}
