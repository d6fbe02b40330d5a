//! `fitroom compare`: two networks, seed by seed.

use fitroom_session::report::{Comparison, details, number, test_error_words};
use fitroom_session::results::{Metric, Subset};
use fitroom_session::stats::{PairedEffect, Spread};
use fitroom_session::{ComparedStudies, ComparisonRequest};

use crate::Failure;
use crate::arguments::CompareArguments;
use crate::output::{Table, print};

/// `fitroom compare`
pub fn compare(arguments: &CompareArguments) -> Result<(), Failure> {
    let request = ComparisonRequest {
        dir: arguments.dir.clone(),
        network: arguments.a.clone(),
        baseline: arguments.b.clone(),
        baseline_dir: arguments.other.clone(),
        margin: arguments.margin.fraction(),
    };
    print(&text(&fitroom_session::compare(&request)?))
}

fn text(compared: &ComparedStudies) -> String {
    let ComparedStudies { comparison, dataset, .. } = compared;
    let mut text =
        format!("{} against {} on {}\n", comparison.network, comparison.baseline, dataset.title);
    let pairs = comparison.primary().1.pairs.len();
    if pairs > 0 {
        let seeds = if pairs == 1 {
            "one seed".to_owned()
        } else {
            format!("mean ± standard deviation over {pairs} seeds")
        };
        let accuracies = accuracies(comparison);
        text += &format!("accuracy at each run's best epoch, {seeds}\n\n{accuracies}");
    }
    for (subset, effect) in comparison.effects() {
        text += &format!("\n{}\n", comparison.sentence(subset, effect, 1).text());
        text += &details(effect).map_or(String::new(), |details| format!("  {details}\n"));
    }
    if let Some((error, images)) = comparison.test_error.zip(dataset.test_images) {
        text += &format!("\n{}\n", test_error_words(error, images).text());
    }
    text += &comparison.missing_words().map_or(String::new(), |words| format!("\n{words}\n"));
    text + "\n" + &what_differs(compared)
}

fn accuracies(comparison: &Comparison) -> String {
    let mut table = Table::new(["", comparison.network.as_str(), comparison.baseline.as_str()]);
    let accuracy = |values: Vec<f64>| {
        Spread::of(values)
            .map_or(number::MISSING.to_owned(), |spread| number::value(Metric::Accuracy, &spread))
    };
    for (subset, PairedEffect { pairs, .. }) in comparison.effects() {
        let name = if subset == Subset::Test { "test %" } else { "validation %" };
        let network = accuracy(pairs.iter().map(|pair| pair.candidate).collect());
        let baseline = accuracy(pairs.iter().map(|pair| pair.baseline).collect());
        table.row([name.to_owned(), network, baseline]);
    }
    table.text("  ")
}

/// Each setting that differs, with both values, and a warning if there are several.
fn what_differs(compared: &ComparedStudies) -> String {
    let ComparedStudies { comparison, programs: [ours, theirs], .. } = compared;
    let mut lines: Vec<String> = comparison
        .settings
        .iter()
        .map(|setting| format!("  {}: {} → {}", setting.key, setting.network, setting.baseline))
        .collect();
    if ours != theirs {
        lines.push(format!("  program: {ours} → {theirs}"));
    }
    if lines.is_empty() {
        return "what differs: nothing\n".to_owned();
    }
    let warning = comparison.confounded_words().map_or(String::new(), |words| format!("{words}\n"));
    format!(
        "what differs ({} → {}):\n{}\n{warning}",
        comparison.network,
        comparison.baseline,
        lines.join("\n")
    )
}
