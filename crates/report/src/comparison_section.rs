//! The sections on comparisons: which differences are real, and all numbers.

use fitroom_results::Subset;
use fitroom_stats::{PairedEffect, SIGNIFICANCE_LEVEL, Test, Verdict};

use crate::comparison::{Comparison, points_of, test_error_words};
use crate::comparison_figure::comparison_figure;
use crate::document::{Block, Cell, Row, Section, Span, Table, Text};
use crate::number::{MISSING, counted, listed, p_value, points, unsigned_points};
use crate::summary::Summary;

/// The first section: which networks differ from their baselines, by how much, and with which
/// certainty. `None` where nothing is compared. `caution` says what the number of seeds allows to
/// conclude.
pub fn differences_section(summary: &Summary, caution: Option<Block>) -> Option<Section> {
    let comparisons = &summary.comparisons;
    if comparisons.is_empty() {
        return None;
    }
    let mut blocks: Vec<Block> = caution.into_iter().collect();
    if let Some(figure) = comparison_figure(comparisons, summary.margin) {
        blocks.push(Block::Paragraph(networks_by_verdict(comparisons)));
        blocks.push(Block::Figure(figure));
        blocks.push(Block::List(
            comparisons.iter().map(|comparison| item(comparison, comparisons.len())).collect(),
        ));
    } else {
        blocks.push(Block::paragraph(format!(
            "This study compares {} with a baseline. From five seeds on, this section says which of them differ from it.",
            counted(comparisons.len(), "network")
        )));
    }
    Some(Section {
        id: "differences".into(),
        heading: Some("Which differences are real".into()),
        blocks,
    })
}

/// `Better than the baseline: batch norm. Worse: …`, and whether the verdicts on test images are
/// the same.
fn networks_by_verdict(comparisons: &[Comparison]) -> Text {
    let kinds = [
        (Some(Verdict::Better), "Better than the baseline:"),
        (Some(Verdict::Worse), "Worse:"),
        (Some(Verdict::Equivalent), "Equivalent:"),
        (Some(Verdict::Undecided), "Undecided:"),
        (Some(Verdict::Exploratory), "Exploratory:"),
        (None, "No verdict:"),
    ];
    let mut text = Text::default();
    for (verdict, words) in kinds {
        let found =
            comparisons.iter().filter(|comparison| comparison.primary().1.verdict == verdict);
        let marked = |comparison: &Comparison| if comparison.is_confounded() { "*" } else { "" };
        let names: Vec<String> =
            found.map(|comparison| comparison.network.clone() + marked(comparison)).collect();
        if !names.is_empty() {
            text.0.push(Span::Strong(words.into()));
            text = text.then(format!(" {}. ", listed(&names)));
        }
    }
    let has_marked = comparisons.iter().any(Comparison::is_confounded);
    let mark = if has_marked { " *: more than one thing differs." } else { "" };
    text.then(test_verdicts(comparisons)).then(mark)
}

/// The comparisons whose verdict on test images differs from that on validation images.
fn test_verdicts(comparisons: &[Comparison]) -> String {
    let both = comparisons.iter().filter_map(|comparison| {
        let (validation, test) =
            (comparison.validation.as_ref()?.verdict?, comparison.test.verdict?);
        Some((comparison, validation, test))
    });
    let both: Vec<_> =
        both.filter(|(_, validation, _)| *validation != Verdict::Exploratory).collect();
    let other = both.iter().filter(|(_, validation, test)| validation != test);
    let other: Vec<String> = other
        .map(|(comparison, _, test)| format!("{} ({})", comparison.network, test.name()))
        .collect();
    match (both.len(), other.len()) {
        (0, _) => String::new(),
        (1, 0) => "On test images the verdict is the same.".into(),
        (_, 0) => "On test images all verdicts are the same.".into(),
        (1, _) => format!("On test images the verdict differs: {}.", listed(&other)),
        _ => format!("On test images the verdicts are the same but for {}.", listed(&other)),
    }
}

fn item(comparison: &Comparison, comparisons: usize) -> Text {
    let (subset, effect) = comparison.primary();
    let sentence = comparison.sentence(subset, effect, comparisons);
    let spoilers =
        [comparison.missing_words(), comparison.confounded_words()].into_iter().flatten();
    let text = Text::strong(sentence.lead).then(sentence.rest);
    spoilers.fold(text, |text, words| text.then(format!(" {words}")))
}

/// All numbers of all comparisons. `None` where nothing is compared.
pub fn comparisons_section(summary: &Summary) -> Option<Section> {
    let comparisons = &summary.comparisons;
    let mut blocks = Vec::new();
    for subset in [Subset::Validation, Subset::Test] {
        let effects: Vec<(&Comparison, &PairedEffect)> = comparisons
            .iter()
            .flat_map(|comparison| {
                comparison.effects().map(move |(of, effect)| (of, comparison, effect))
            })
            .filter(|(of, ..)| *of == subset)
            .map(|(_, comparison, effect)| (comparison, effect))
            .collect();
        if !effects.is_empty() {
            blocks.push(Block::Table(numbers(summary, subset, &effects)));
        }
    }
    if blocks.is_empty() {
        return None;
    }
    blocks.extend(test_error(summary));
    blocks.push(Block::Table(what_differs(comparisons)));
    blocks.push(Block::List(method(comparisons.len(), summary.margin)));
    Some(Section { id: "comparisons".into(), heading: Some("Comparisons".into()), blocks })
}

fn numbers(summary: &Summary, subset: Subset, effects: &[(&Comparison, &PairedEffect)]) -> Table {
    let rows = effects
        .iter()
        .map(|(comparison, effect)| Row { header: header(comparison), cells: cells(effect) });
    Table {
        caption: format!(
            "Difference in {} accuracy {}, points, paired by seed.",
            subset.name(),
            crate::choice::place(&summary.results.networks, subset)
        ),
        groups: Vec::new(),
        columns: [
            "comparison",
            "seeds",
            "mean",
            "95% interval",
            "p",
            "p after Holm",
            "correlation of the pairs",
            "verdict",
            "seeds needed",
        ]
        .map(String::from)
        .to_vec(),
        rows: rows.collect(),
        is_prose: false,
    }
}

fn header(comparison: &Comparison) -> Text {
    Text::plain(format!("{} vs {}", comparison.network, comparison.baseline))
}

fn cells(effect: &PairedEffect) -> Vec<Cell> {
    let or_missing = |text: Option<String>| text.unwrap_or_else(|| MISSING.to_owned());
    let p = |p: f64| p_value(p).trim_start_matches("p = ").trim_start_matches("p ").to_owned();
    let below = match (effect.test, effect.sign_flip_p) {
        (Some(Test::SignFlip), _) => Some("sign-flip".to_owned()),
        (Some(Test::PairedT), Some(sign_flip)) => {
            Some(format!("paired t; sign-flip {}", p(sign_flip)))
        }
        (Some(Test::PairedT), None) => Some("paired t".to_owned()),
        (None, _) => None,
    };
    let spread = effect.difference.and_then(|difference| difference.sd);
    vec![
        effect.pairs.len().to_string().into(),
        Cell {
            text: or_missing(effect.difference.map(|difference| points(difference.mean))),
            below: spread.map(|sd| format!("sd {}", unsigned_points(sd))),
            is_apart: false,
        },
        or_missing(
            effect.interval.map(|(low, high)| format!("{} to {}", points(low), points(high))),
        )
        .into(),
        Cell { text: or_missing(effect.p.map(p)), below, is_apart: false },
        or_missing(effect.p_holm.map(p)).into(),
        or_missing(effect.correlation.map(|r| format!("{r:.2}").replace('-', "−"))).into(),
        or_missing(effect.verdict.map(|verdict| verdict.name().to_owned())).into(),
        or_missing(effect.seeds_needed().map(|(seeds, _)| seeds.to_string().replace(" seeds", "")))
            .into(),
    ]
}

/// The error that no number of seeds makes smaller.
fn test_error(summary: &Summary) -> Option<Block> {
    let errors = summary.comparisons.iter().filter_map(|comparison| comparison.test_error);
    let error = errors.max_by(f64::total_cmp)?;
    let words = test_error_words(error, summary.results.dataset.test_images?);
    Some(Block::Paragraph(Text::strong(words.lead).then(words.rest)))
}

fn what_differs(comparisons: &[Comparison]) -> Table {
    let rows = comparisons.iter().map(|comparison| {
        let settings: Vec<String> =
            comparison.settings.iter().map(|setting| setting.key.replace('_', " ")).collect();
        let changes = comparison.settings.iter().map(|setting| {
            match (setting.key.as_str(), comparison.layer_words()) {
                ("layers", Some(words)) => format!("layers: {words}"),
                (key, _) => format!(
                    "{}: {}, not {}",
                    key.replace('_', " "),
                    setting.network,
                    setting.baseline
                ),
            }
        });
        let changes: Vec<String> = changes.collect();
        let nothing = || "nothing: the same network under two names".to_owned();
        let cells = vec![
            if settings.is_empty() { nothing() } else { changes.join("; ") }.into(),
            comparison.confounded_words().unwrap_or_default().into(),
        ];
        Row { header: header(comparison), cells }
    });
    Table {
        caption: "What differs between the two networks".into(),
        groups: Vec::new(),
        columns: ["comparison", "what differs", "what follows"].map(String::from).to_vec(),
        rows: rows.collect(),
        is_prose: true,
    }
}

fn method(comparisons: usize, margin: f64) -> Vec<Text> {
    let margin = points_of(margin);
    let level = SIGNIFICANCE_LEVEL / comparisons as f64;
    vec![
        Text::strong("Pairs:").then(
            " a network and its baseline share each seed's split and order of images, so they are compared seed by seed. A \
             run that diverged or is not finished has no accuracy and gives no pair.",
        ),
        Text::strong("Interval:").then(" 95% t interval of the mean difference over seeds."),
        Text::strong("p:").then(format!(
            " the exact sign-flip test from 6 seeds on: the share of all 2ⁿ assignments of signs to the n differences whose \
             sum is at least as far from zero. The paired t test takes its place with 5 seeds, and with so few seeds that no \
             sign-flip p could pass Holm over {} (2/2ⁿ ≥ {level:.4}). It assumes that differences are normal.",
            counted(comparisons, "comparison")
        )),
        Text::strong("Holm:").then(format!(
            " p is adjusted over the study's {}, separately for each measure: among equal networks, any verdict of better or \
             worse appears in at most 5% of studies.",
            counted(comparisons, "comparison")
        )),
        Text::strong("Verdict:").then(format!(
            " better or worse where p after Holm is below 0.05; otherwise equivalent where the whole interval lies within \
             ±{margin}, and undecided where it does not. Fewer than 5 seeds have no verdict. Another margin: {}",
            "fitroom report . --margin POINTS."
        )),
        Text::strong("Seeds needed:").then(format!(
            " for a power of 80%: the number of seeds that finds, at level 0.05/{comparisons}, a true difference as large as \
             the one seen and no smaller than {margin}, if differences spread as they do here. It is no smaller than the exact \
             test needs to decide at all.",
        )),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::document;
    use crate::fixture::{Fixture, Plan};
    use crate::html::to_html;
    use crate::markdown::to_markdown;
    use fitroom_stats::DEFAULT_MARGIN;

    fn study(seeds: u32) -> Fixture {
        Fixture::new(seeds)
            .with(Plan::new("plain"))
            .with(Plan::new("up").vs("plain").shifted(0.02))
            .with(
                Plan::new("down")
                    .vs("plain")
                    .shifted(-0.03)
                    .penalty(0.001, 0.0)
                    .softmax_twice()
                    .diverged(2, 3),
            )
            .with(Plan::new("same").vs("plain"))
    }

    fn pages(fixture: Fixture) -> [String; 2] {
        let results = fixture.results();
        let document = document(&Summary::new(&results, DEFAULT_MARGIN), Vec::new());
        [to_html(&document), to_markdown(&document)]
    }

    #[test]
    fn the_first_section_says_which_differences_are_real() {
        let [html, markdown] = pages(study(20));
        for page in [&html, &markdown] {
            for words in [
                "Better than the baseline:",
                "up is better than plain:",
                "Worse:",
                "down is worse than plain:",
                "1 of 20 seeds diverged in down and can't be compared.",
                "More than one thing differs (loss and penalty): this decides nothing about either of them.",
                "On test images all verdicts are the same.",
            ] {
                assert!(page.contains(words), "{words}");
            }
            let place = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words}"));
            assert!(
                place("Which differences are real") < place("All networks.")
                    && place("All networks.") < place("sampling error")
            );
        }
        let first = &html[..html.find("id=\"networks\"").unwrap()];
        assert!(first.contains("<svg") && first.contains("up is better than plain"));
        assert!(markdown.contains("](plots/overview-differences.svg)"));
    }

    #[test]
    fn few_seeds_are_said_to_be_few_before_anything_else() {
        for (seeds, caution) in
            [(1, "One seed: nothing can be concluded."), (3, "2 seeds: exploratory.")]
        {
            for page in pages(study(seeds)) {
                assert_eq!(page.matches(caution).count(), 1);
                assert!(page.find(caution) < page.find("All networks."));
            }
        }
        let [html, _] = pages(study(1));
        assert!(
            html.contains("This study compares three networks with a baseline.")
                && !html.contains("overview-differences")
        );
    }

    #[test]
    fn a_study_that_compares_nothing_has_no_such_sections() {
        for page in pages(Fixture::new(5).with(Plan::new("a")).with(Plan::new("b"))) {
            assert!(!page.contains("Which differences are real") && !page.contains("Holm:"));
        }
    }

    #[test]
    fn the_margin_is_named() {
        let results = study(6).results();
        let page = |margin| to_html(&document(&Summary::new(&results, margin), Vec::new()));
        assert!(page(0.01).contains("within ±1 point,"));
        assert!(page(DEFAULT_MARGIN).contains("within ±0.5 points,"));
    }
}
