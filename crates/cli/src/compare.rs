//! `fitroom compare`: two networks, seed by seed.

use fitroom_session::report::{Comparison, chosen_words, details, number, superiority_words};
use fitroom_session::results::Metric;
use fitroom_session::stats::{Effect, Spread};
use fitroom_session::{ComparedStudies, ComparisonRequest};

use crate::Failure;
use crate::arguments::CompareArguments;
use crate::output::{Table, print};

/// `fitroom compare`
pub fn compare(arguments: &CompareArguments) -> Result<(), Failure> {
    let margin = arguments.margin.fraction();
    let (Some(network), Some(baseline)) = (&arguments.a, &arguments.b) else {
        return print(&all_pairs(&fitroom_session::compare_all(&arguments.dir, margin)?));
    };
    let request = ComparisonRequest {
        dir: arguments.dir.clone(),
        network: network.clone(),
        baseline: baseline.clone(),
        baseline_dir: arguments.other.clone(),
        margin,
    };
    print(&text(&fitroom_session::compare(&request)?))
}

fn text(compared: &ComparedStudies) -> String {
    let ComparedStudies { comparison, comparisons, chosen_from, places, dataset, .. } = compared;
    let mut text =
        format!("{} against {} on {}\n", comparison.network, comparison.baseline, dataset.title);
    let effect = &comparison.judged;
    let pairs = effect.pairs.len();
    if pairs > 0 {
        let seeds = if pairs == 1 {
            "one seed".to_owned()
        } else {
            format!("mean ± standard deviation over {pairs} seeds")
        };
        let place = match places {
            [validation, test] if validation == test => (*validation).to_owned(),
            [validation, test] => format!("{validation}, on test images {test}"),
        };
        let accuracies = accuracies(comparison);
        text += &format!("accuracy {place}, {seeds}\n\n{accuracies}");
    }
    text += &format!("\n{}\n", comparison.sentence(*comparisons).text());
    for words in [details(effect), superiority_words(comparison)].into_iter().flatten() {
        text += &format!("  {words}\n");
    }
    text += &comparison.test_words().map_or(String::new(), |words| format!("\n{words}\n"));
    text += &chosen_from.map_or(String::new(), warning_of_choice);
    text += &comparison.missing_words().map_or(String::new(), |words| format!("\n{words}\n"));
    text + "\n" + &what_differs(compared)
}

/// That a pair was chosen which the study does not compare.
fn warning_of_choice(pairs: usize) -> String {
    chosen_words(pairs).map_or(String::new(), |words| {
        format!(
            "\n{words}\nhint: `--all` compares every two networks of a study and adjusts for all of them\n"
        )
    })
}

/// Every two networks of a study.
fn all_pairs(comparisons: &[Comparison]) -> String {
    let pairs = number::counted(comparisons.len(), "pair");
    let mut text = format!("{pairs}, each verdict adjusted for all of them\n");
    for comparison in comparisons {
        text += &format!("\n{}\n", comparison.conclusion(comparisons.len()).text());
    }
    text
}

fn accuracies(comparison: &Comparison) -> String {
    let mut table = Table::new(["", comparison.network.as_str(), comparison.baseline.as_str()]);
    let accuracy = |values: Vec<f64>| {
        Spread::of(values)
            .map_or(number::MISSING.to_owned(), |spread| number::value(Metric::Accuracy, &spread))
    };
    for (measure, Effect { pairs, .. }) in comparison.effects() {
        let name = measure.name.replace("accuracy", "%");
        let network = accuracy(pairs.iter().map(|pair| pair.candidate).collect());
        let baseline = accuracy(pairs.iter().map(|pair| pair.baseline).collect());
        table.row([name, network, baseline]);
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
