//! `fitroom report`, and the overview that is printed after a report was written.

use fitroom_session::rebuild_report;
use fitroom_session::report::{NetworkSummary, Summary, number};
use fitroom_session::results::{Metric, Subset};
use fitroom_session::{WrittenReport, data::Places};

use crate::Failure;
use crate::arguments::ReportArguments;
use crate::output::{Table, print};

/// `fitroom report`: writes the report of a stored study again.
pub fn rebuild(arguments: &ReportArguments) -> Result<(), Failure> {
    let places = Places { data_dir: arguments.data_dir.clone() };
    let margin = arguments.margin.fraction();
    print_overview(&rebuild_report(&arguments.dir, &places, margin)?)
}

/// Prints the title, the table of all networks, the verdicts, and where the report is.
pub fn print_overview(report: &WrittenReport) -> Result<(), Failure> {
    let summary = report.summary();
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
    print(&format!(
        "{}\n\n{}{}\nreport: {}\n",
        summary.title(),
        table.text("  "),
        verdicts(&summary),
        report.path.display()
    ))
}

/// One line for each comparison of the study, each after an empty line.
fn verdicts(summary: &Summary) -> String {
    let comparisons = summary.comparisons.len();
    let lines = summary
        .comparisons
        .iter()
        .map(|comparison| format!("\n{}", comparison.conclusion(comparisons).text()));
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { lines + "\n" }
}

/// The numbers of one network: means over its finished runs, ± the standard deviation over seeds.
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
