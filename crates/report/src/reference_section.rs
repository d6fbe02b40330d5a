//! The section that compares networks with their reference curves.

use fitroom_results::Metric;

use crate::document::{Block, Row, Section, Table, Text};
use crate::number::{MISSING, counted, difference, listed, rounded, value};
use crate::summary::Summary;

/// The scores that differ from the reference curves, and the rule that decides which do. `None`
/// without reference curves.
pub fn reference_section(summary: &Summary) -> Option<Section> {
    if summary.networks.iter().all(|network| network.reference.is_none()) {
        return None;
    }
    let blocks = match summary.trains_on_all() {
        true => gaps(summary),
        false => vec![Block::paragraph(
            "The reference curves are drawn, but not compared: this study trains on fewer images.",
        )],
    };
    Some(Section {
        id: "reference".into(),
        heading: Some("Beside the reference curves".into()),
        blocks,
    })
}

fn gaps(summary: &Summary) -> Vec<Block> {
    let compared = summary.reference_gaps().count();
    let judged = summary.reference_gaps().filter(|(_, _, gap)| gap.allowed.is_some()).count();
    let apart = summary.reference_gaps().filter(|(_, _, gap)| gap.is_apart()).count();
    let mut blocks = vec![Block::paragraph(match (compared, judged, apart) {
        (0, ..) => "No run that can be compared is finished yet.".into(),
        (_, 0, _) => {
            "With one seed, nobody can tell whether a difference from the reference curves is more than chance. Each \
             network's table has the differences; none is marked."
                .into()
        }
        (.., 0) => format!(
            "None of the {judged} values that can be compared differs from the reference curves by more than chance and the \
             curves' own error explain."
        ),
        _ => format!(
            "Of {judged} values that can be compared, {apart} differ from the reference curves by more than chance and the \
             curves' own error explain."
        ),
    })];
    if apart > 0 {
        blocks.push(Block::Table(table_of_gaps(summary)));
    }
    if judged > 0 && judged < compared {
        let rest = counted(compared - judged, "value");
        blocks.push(Block::paragraph(format!(
            "Some networks have one finished seed: {rest} of theirs can't be judged yet."
        )));
    }
    blocks.push(Block::Paragraph(Text::strong("The rule.").then(rule(summary))));
    blocks
}

fn rule(summary: &Summary) -> String {
    let mut words = String::from(
        " A reference curve is one run more. If it came from the same distribution as ours, it would lie within \
         t·s·√(1 + 1/n) of our mean in 95 of 100 cases (s: standard deviation over our n seeds; t: Student's 0.975 \
         quantile with n − 1 degrees of freedom). ",
    );
    words += &errors(summary);
    words += "Values that differ by more are marked ≠. Values are compared at the last epoch that both have; one in twenty \
              would be marked by chance alone.";
    let mut curves = summary.networks.iter().filter_map(|network| network.reference);
    if curves.any(|curve| curve.is_validated_on_test_images()) {
        words += " The reference validated on the test images, after training on all others: its validation is compared \
                  with our test images, and drawn with our validation.";
    }
    words
}

/// `The curves' own error is added: ±0.2 points of accuracy and ±0.002 of loss (±0.005 for “L1”). `
fn errors(summary: &Summary) -> String {
    let accuracy = errors_of(summary, Metric::Accuracy, " points of accuracy");
    let loss = errors_of(summary, Metric::Loss, " of loss");
    let words: Vec<String> = [accuracy, loss].into_iter().flatten().collect();
    match words.is_empty() {
        true => String::new(),
        false => format!("The curves' own error is added: {}. ", listed(&words)),
    }
}

/// The error of one metric that most curves have, and the networks whose curves have another.
/// `None` if no curve has an error.
fn errors_of(summary: &Summary, metric: Metric, unit: &str) -> Option<String> {
    let mut groups: Vec<(f64, Vec<String>)> = Vec::new();
    for network in &summary.networks {
        let Some(curve) = network.reference else { continue };
        let error = curve.epochs.iter().map(|at| at.error(metric)).fold(0.0, f64::max);
        let name = format!("“{}”", network.facts.name);
        match groups.iter_mut().find(|(known, _)| *known == error) {
            Some((_, names)) => names.push(name),
            None => groups.push((error, vec![name])),
        }
    }
    if groups.iter().all(|(error, _)| *error == 0.0) {
        return None;
    }
    groups.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    let size = |error: f64| match metric {
        Metric::Accuracy => format!("±{}", (1e4 * error).round() / 100.0),
        Metric::Loss => format!("±{error}"),
    };
    let mut groups = groups.into_iter();
    let (most, _) = groups.next()?;
    let others: Vec<String> =
        groups.map(|(error, names)| format!("{} for {}", size(error), listed(&names))).collect();
    let others =
        if others.is_empty() { String::new() } else { format!(" ({})", others.join("; ")) };
    Some(format!("{}{unit}{others}", size(most)))
}

fn table_of_gaps(summary: &Summary) -> Table {
    let apart = summary.reference_gaps().filter(|(_, _, gap)| gap.is_apart());
    let rows = apart.map(|(network, score, gap)| {
        let metric = score.metric;
        let unit = if metric == Metric::Accuracy { ", %" } else { "" };
        let allowed =
            gap.allowed.map_or(MISSING.into(), |allowed| format!("±{}", rounded(metric, allowed)));
        Row {
            header: Text::plain("").link(network.facts.name.as_str(), format!("#{}", network.slug)),
            cells: vec![
                format!("{}{unit}; {}", metric.name(), score.subset.name()).into(),
                value(metric, &gap.ours).into(),
                rounded(metric, gap.reference).into(),
                difference(metric, gap.difference()).into(),
                allowed.into(),
            ],
        }
    });
    Table {
        caption: "Values that differ from the reference curves, at the last epoch that both have."
            .into(),
        groups: Vec::new(),
        columns: ["network", "measure", "ours", "reference", "difference", "allowed"]
            .map(String::from)
            .to_vec(),
        rows: rows.collect(),
        is_prose: false,
    }
}
