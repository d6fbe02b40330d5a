//! `fitroom compare`: two networks, seed by seed.

use fitroom_report::{ComparedNetwork, Comparison, details, number, test_error_words};
use fitroom_results::{Metric, Results, Subset};
use fitroom_stats::{PairedEffect, Spread};
use fitroom_study::StoredStudy;

use crate::Failure;
use crate::arguments::CompareArguments;
use crate::output::{Table, print};

/// `fitroom compare`
pub fn compare(arguments: &CompareArguments) -> Result<(), Failure> {
    let stored = StoredStudy::open(&arguments.dir)?;
    let other = arguments.other.as_ref().map(|dir| StoredStudy::open(dir)).transpose()?;
    let theirs = other.as_ref().unwrap_or(&stored);
    let (a, b) = (stored.study.network(&arguments.a)?, theirs.study.network(&arguments.b)?);
    let stored = Results::try_from(&stored)?;
    let other = other.as_ref().map(Results::try_from).transpose()?;
    let theirs = other.as_ref().unwrap_or(&stored);
    let mut network = ComparedNetwork::new(&stored, a);
    let mut baseline = ComparedNetwork::new(theirs, b);
    let places = arguments
        .other
        .as_ref()
        .map(|other| [&arguments.dir, other].map(|dir| dir.display().to_string()));
    if let Some([here, there]) = &places {
        (network, baseline) = (network.at(here), baseline.at(there));
    }
    let comparison = Comparison::new(network, baseline, arguments.margin.fraction())?;
    print(&text(&comparison, network, baseline))
}

fn text(comparison: &Comparison, network: ComparedNetwork, baseline: ComparedNetwork) -> String {
    let dataset = &network.results.dataset;
    let mut text =
        format!("{} against {} on {}\n", comparison.network, comparison.baseline, dataset.title);
    let pairs = comparison.primary().1.pairs.len();
    if pairs > 0 {
        let seeds = if pairs == 1 {
            "one seed".to_owned()
        } else {
            format!("mean ± standard deviation over {pairs} seeds")
        };
        text +=
            &format!("accuracy at each run's best epoch, {seeds}\n\n{}", accuracies(comparison));
    }
    for (subset, effect) in comparison.effects() {
        text += &format!("\n{}\n", comparison.sentence(subset, effect, 1).text());
        text += &details(effect).map_or(String::new(), |details| format!("  {details}\n"));
    }
    if let Some((error, images)) = comparison.test_error.zip(dataset.test_images) {
        text += &format!("\n{}\n", test_error_words(error, images).text());
    }
    text += &comparison.missing_words().map_or(String::new(), |words| format!("\n{words}\n"));
    text + "\n" + &what_differs(comparison, network, baseline)
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

/// Each setting with both values, and what follows from there being several.
fn what_differs(
    comparison: &Comparison,
    network: ComparedNetwork,
    baseline: ComparedNetwork,
) -> String {
    let mut lines: Vec<String> = comparison
        .settings
        .iter()
        .map(|setting| format!("  {}: {} → {}", setting.key, setting.network, setting.baseline))
        .collect();
    let [ours, theirs] = [network, baseline]
        .map(|side| side.results.host.as_ref().map_or("", |host| host.program.as_str()));
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
