//! The report's sections on a study's comparisons: what they find, on the first screen, and all
//! their numbers.

use super::Contrast;
use super::figure::contrast_figure;
use super::words::{points_of, test_error_words};
use crate::digest::Digest;
use crate::document::{Block, Cell, Row, Section, Span, Table, Text};
use crate::number::{MISSING, counted, listed, p_value, points, unsigned_points};
use crate::score::Subset;
use fitroom_stats::{PairedEffect, SIGNIFICANCE_LEVEL, Test, Verdict};

/// The first screen: which networks differ from their baselines, by how much, and how sure that is.
/// `None` where the study compares nothing. `caution` says what the number of seeds allows to
/// conclude.
pub fn differences(digest: &Digest, caution: Option<Block>) -> Option<Section> {
    let contrasts = &digest.contrasts;
    if contrasts.is_empty() {
        return None;
    }
    let mut blocks: Vec<Block> = caution.into_iter().collect();
    if let Some(figure) = contrast_figure(contrasts, digest.margin) {
        blocks.push(Block::Paragraph(summary(contrasts)));
        blocks.push(Block::Figure(figure));
        blocks.push(Block::List(
            contrasts.iter().map(|contrast| item(contrast, contrasts.len())).collect(),
        ));
    } else {
        blocks.push(Block::paragraph(format!(
            "This study compares {} with a baseline. From five seeds on, this section says which of them differ from it.",
            counted(contrasts.len(), "network")
        )));
    }
    Some(Section {
        id: "differences".into(),
        heading: Some("Which differences are real".into()),
        blocks,
    })
}

/// Networks by verdict: `Better than the baseline: batch norm. Worse: …` and whether test images
/// say the same.
fn summary(contrasts: &[Contrast]) -> Text {
    let kinds = [
        (Some(Verdict::Better), "Better than the baseline:"),
        (Some(Verdict::Worse), "Worse:"),
        (Some(Verdict::Equivalent), "Equivalent:"),
        (Some(Verdict::Undecided), "Undecided:"),
        (Some(Verdict::Exploratory), "Exploratory:"),
        (None, "No verdict:"),
    ];
    let mut summary = Text::default();
    for (verdict, words) in kinds {
        let found = contrasts.iter().filter(|contrast| contrast.primary().1.verdict == verdict);
        let marked = |contrast: &Contrast| if contrast.is_confounded() { "*" } else { "" };
        let names: Vec<String> =
            found.map(|contrast| contrast.network.clone() + marked(contrast)).collect();
        if !names.is_empty() {
            summary.0.push(Span::Strong(words.into()));
            summary = summary.then(format!(" {}. ", listed(&names)));
        }
    }
    let has_marked = contrasts.iter().any(Contrast::is_confounded);
    let mark = if has_marked { " *: more than one thing differs." } else { "" };
    summary.then(test_verdicts(contrasts)).then(mark)
}

/// Where test images lead to another verdict than validation images.
fn test_verdicts(contrasts: &[Contrast]) -> String {
    let both = contrasts.iter().filter_map(|contrast| {
        let (validation, test) = (contrast.validation.as_ref()?.verdict?, contrast.test.verdict?);
        Some((contrast, validation, test))
    });
    let both: Vec<_> =
        both.filter(|(_, validation, _)| *validation != Verdict::Exploratory).collect();
    let other = both.iter().filter(|(_, validation, test)| validation != test);
    let other: Vec<String> = other
        .map(|(contrast, _, test)| format!("{} ({})", contrast.network, test.name()))
        .collect();
    match (both.len(), other.len()) {
        (0, _) => String::new(),
        (1, 0) => "On test images the verdict is the same.".into(),
        (_, 0) => "On test images all verdicts are the same.".into(),
        (1, _) => format!("On test images the verdict differs: {}.", listed(&other)),
        _ => format!("On test images the verdicts are the same but for {}.", listed(&other)),
    }
}

fn item(contrast: &Contrast, comparisons: usize) -> Text {
    let (subset, effect) = contrast.primary();
    let sentence = contrast.sentence(subset, effect, comparisons);
    let spoilers = [contrast.missing_words(), contrast.confounded_words()].into_iter().flatten();
    let text = Text::strong(sentence.lead).then(sentence.rest);
    spoilers.fold(text, |text, words| text.then(format!(" {words}")))
}

/// All numbers of all comparisons. `None` where the study compares nothing.
pub fn comparisons(digest: &Digest) -> Option<Section> {
    let contrasts = &digest.contrasts;
    let mut blocks = Vec::new();
    for subset in [Subset::Validation, Subset::Test] {
        let effects: Vec<(&Contrast, &PairedEffect)> = contrasts
            .iter()
            .flat_map(|contrast| contrast.effects().map(move |(of, effect)| (of, contrast, effect)))
            .filter(|(of, ..)| *of == subset)
            .map(|(_, contrast, effect)| (contrast, effect))
            .collect();
        if !effects.is_empty() {
            blocks.push(Block::Table(numbers(subset, &effects)));
        }
    }
    if blocks.is_empty() {
        return None;
    }
    blocks.extend(test_error(digest));
    blocks.push(Block::Table(what_differs(contrasts)));
    blocks.push(Block::List(method(contrasts.len(), digest.margin)));
    Some(Section { id: "comparisons".into(), heading: Some("Comparisons".into()), blocks })
}

fn numbers(subset: Subset, effects: &[(&Contrast, &PairedEffect)]) -> Table {
    let rows = effects
        .iter()
        .map(|(contrast, effect)| Row { header: header(contrast), cells: cells(effect) });
    Table {
        caption: format!(
            "Difference in {} accuracy at each run's best epoch, points, paired by seed.",
            subset.name()
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

fn header(contrast: &Contrast) -> Text {
    Text::plain(format!("{} vs {}", contrast.network, contrast.baseline))
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

/// What no number of seeds makes smaller.
fn test_error(digest: &Digest) -> Option<Block> {
    let errors = digest.contrasts.iter().filter_map(|contrast| contrast.test_error);
    let error = errors.max_by(f64::total_cmp)?;
    let words = test_error_words(error, digest.stored.dataset.test_images);
    Some(Block::Paragraph(Text::strong(words.lead).then(words.rest)))
}

fn what_differs(contrasts: &[Contrast]) -> Table {
    let rows = contrasts.iter().map(|contrast| {
        let settings: Vec<String> =
            contrast.settings.iter().map(|setting| setting.key.replace('_', " ")).collect();
        let changes =
            contrast.settings.iter().map(|setting| match (setting.key, contrast.layer_words()) {
                ("layers", Some(words)) => format!("layers: {words}"),
                (key, _) => format!(
                    "{}: {}, not {}",
                    key.replace('_', " "),
                    setting.network,
                    setting.baseline
                ),
            });
        let changes: Vec<String> = changes.collect();
        let nothing = || "nothing: the same network under two names".to_owned();
        let cells = vec![
            if settings.is_empty() { nothing() } else { changes.join("; ") }.into(),
            contrast.confounded_words().unwrap_or_default().into(),
        ];
        Row { header: header(contrast), cells }
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
             sign-flip p could pass Holm over {} (2/2ⁿ ≥ {level:.4}); it assumes that differences are normal.",
            counted(comparisons, "comparison")
        )),
        Text::strong("Holm:").then(format!(
            " p is adjusted over the study's {}, for each measure apart: among equal networks, any verdict of better or \
             worse appears in at most 5% of studies.",
            counted(comparisons, "comparison")
        )),
        Text::strong("Verdict:").then(format!(
            " better or worse where p after Holm is below 0.05; otherwise equivalent where the whole interval lies within \
             ±{margin}, and undecided where it does not. Fewer than 5 seeds have no verdict. Another margin: {}",
            "fitroom report . --margin POINTS."
        )),
        Text::strong("Seeds needed:").then(format!(
            " for a power of 80%: so many seeds find, at level 0.05/{comparisons}, a true difference as large as the one \
             seen and no smaller than {margin}, if differences spread as they do here. No fewer than the exact test needs to \
             decide at all.",
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
        let stored = fixture.stored();
        let document = document(&Digest::new(&stored).unwrap());
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
    fn the_margin_is_named_and_kept_for_making_the_report_again() {
        let stored = study(6).stored();
        let page = to_html(&document(&Digest::with_margin(&stored, 0.01).unwrap()));
        assert!(
            page.contains("within ±1 point,")
                && page.contains("fitroom report . --margin 1</code>")
        );
        let page = to_html(&document(&Digest::new(&stored).unwrap()));
        assert!(page.contains("within ±0.5 points,") && page.contains("fitroom report .</code>"));
    }
}
