//! `fitroom compare`: two networks, seed by seed.

use fitroom_report::{Contrast, Metric, Side, Subset, details, number, test_error_words};
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
    let mut network = Side::new(&stored, stored.study.network(&arguments.a)?);
    let mut baseline = Side::new(theirs, theirs.study.network(&arguments.b)?);
    let places = arguments
        .other
        .as_ref()
        .map(|other| [&arguments.dir, other].map(|dir| dir.display().to_string()));
    if let Some([here, there]) = &places {
        (network, baseline) = (network.at(here), baseline.at(there));
    }
    let contrast = Contrast::new(network, baseline, arguments.margin.fraction())?;
    print(&text(&contrast, network, baseline))
}

fn text(contrast: &Contrast, network: Side, baseline: Side) -> String {
    let dataset = &network.stored.dataset;
    let mut text =
        format!("{} against {} on {}\n", contrast.network, contrast.baseline, dataset.title);
    let pairs = contrast.primary().1.pairs.len();
    if pairs > 0 {
        let seeds = if pairs == 1 {
            "one seed".to_owned()
        } else {
            format!("mean ± standard deviation over {pairs} seeds")
        };
        text += &format!("accuracy at each run's best epoch, {seeds}\n\n{}", accuracies(contrast));
    }
    for (subset, effect) in contrast.effects() {
        text += &format!("\n{}\n", contrast.sentence(subset, effect, 1).text());
        text += &details(effect).map_or(String::new(), |details| format!("  {details}\n"));
    }
    if let Some(error) = contrast.test_error {
        text += &format!("\n{}\n", test_error_words(error, dataset.test_images).text());
    }
    text += &contrast.missing_words().map_or(String::new(), |words| format!("\n{words}\n"));
    text + "\n" + &what_differs(contrast, network, baseline)
}

fn accuracies(contrast: &Contrast) -> String {
    let mut table = Table::new(["", contrast.network.as_str(), contrast.baseline.as_str()]);
    let accuracy = |values: Vec<f64>| {
        Spread::of(values)
            .map_or(number::MISSING.to_owned(), |spread| number::value(Metric::Accuracy, &spread))
    };
    for (subset, PairedEffect { pairs, .. }) in contrast.effects() {
        let name = if subset == Subset::Test { "test %" } else { "validation %" };
        let network = accuracy(pairs.iter().map(|pair| pair.candidate).collect());
        let baseline = accuracy(pairs.iter().map(|pair| pair.baseline).collect());
        table.row([name.to_owned(), network, baseline]);
    }
    table.text("  ")
}

/// Each setting with both values, and what follows from there being several.
fn what_differs(contrast: &Contrast, network: Side, baseline: Side) -> String {
    let mut lines: Vec<String> = contrast
        .settings
        .iter()
        .map(|setting| format!("  {}: {} → {}", setting.key, setting.network, setting.baseline))
        .collect();
    let [ours, theirs] = [network, baseline].map(|side| side.stored.host.program.as_str());
    if ours != theirs {
        lines.push(format!("  program: {ours} → {theirs}"));
    }
    if lines.is_empty() {
        return "what differs: nothing\n".to_owned();
    }
    let warning = contrast.confounded_words().map_or(String::new(), |words| format!("{words}\n"));
    format!(
        "what differs ({} → {}):\n{}\n{warning}",
        contrast.network,
        contrast.baseline,
        lines.join("\n")
    )
}
