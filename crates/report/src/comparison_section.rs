//! The sections on comparisons: which differences are real, and all numbers.

use fitroom_results::{SeedPlan, Subset};
use fitroom_stats::Verdict;

use crate::comparison::{Comparison, TestAnswer};
use crate::comparison_figure::comparison_figure;
use crate::comparison_methods::methods;
use crate::comparison_tables::{judged, on_test_images, what_differs};
use crate::document::{Block, Section, Span, Text};
use crate::figure::numbered;
use crate::number::{capitalised, counted, listed_first};
use crate::summary::{MOST_SHOWN, Summary};

/// The first sections, one for each measure: which networks differ from their baselines, by how much,
/// and with which certainty. None where nothing is compared. `caution` says what the number of seeds
/// allows to conclude.
pub fn differences_sections(summary: &Summary, mut caution: Option<Block>) -> Vec<Section> {
    let families = summary.families();
    let is_one = families.len() == 1;
    let section = |(index, comparisons): (usize, &Vec<&Comparison>)| {
        let mut section = differences_section(index, comparisons, &summary.shown_of(comparisons));
        section.blocks.splice(0..0, caution.take());
        if !is_one {
            let measure = &comparisons[0].measure.name;
            section.heading = Some(format!("Which differences in {measure} are real"));
        }
        section
    };
    families.iter().enumerate().map(section).collect()
}

/// The section on all `comparisons`, with those one by one that are `shown`.
fn differences_section(
    index: usize,
    comparisons: &[&Comparison],
    shown: &[&Comparison],
) -> Section {
    let item = |comparison: &&Comparison| item(comparison, comparisons.len());
    let mut blocks = Vec::new();
    if let Some(figure) = comparison_figure(shown, &numbered("overview-differences", index)) {
        blocks.push(Block::Paragraph(networks_by_verdict(comparisons)));
        blocks.extend(seed_plan_words(comparisons).map(Block::paragraph));
        blocks.push(Block::Figure(figure));
        blocks.push(Block::List(shown.iter().map(item).collect()));
    } else if comparisons[0].judged_on.is_none() {
        blocks.push(Block::List(shown.iter().map(item).collect()));
    } else {
        blocks.push(Block::paragraph(format!(
            "This study compares {} with a baseline. From five seeds on, this section says which of them differ from it.",
            counted(comparisons.len(), "network")
        )));
    }
    Section {
        id: numbered("differences", index),
        heading: Some("Which differences are real".into()),
        blocks,
    }
}

/// `Better than the baseline: batch norm. Worse: …`, and what test images say of it.
fn networks_by_verdict(comparisons: &[&Comparison]) -> Text {
    let baseline = &comparisons[0].baseline;
    let better = match comparisons.iter().all(|comparison| comparison.baseline == *baseline) {
        true if comparisons[0].judged_on.is_none() => format!("Better than {baseline}:"),
        true | false => "Better than the baseline:".to_owned(),
    };
    let kinds = [
        (Some(Verdict::Better), better.as_str()),
        (Some(Verdict::Worse), "Worse:"),
        (Some(Verdict::Equivalent), "Equivalent:"),
        (Some(Verdict::Undecided), "Undecided:"),
        (Some(Verdict::Exploratory), "Exploratory:"),
        (None, "No verdict:"),
    ];
    let mut text = Text::default();
    for (verdict, words) in kinds {
        let found = comparisons.iter().filter(|comparison| comparison.judged.verdict == verdict);
        let marked = |comparison: &&Comparison| if comparison.is_confounded() { "*" } else { "" };
        let names: Vec<String> =
            found.map(|comparison| comparison.network.clone() + marked(comparison)).collect();
        if !names.is_empty() {
            text.0.push(Span::Strong(words.into()));
            text = text.then(format!(" {}. ", listed_first(&names, MOST_SHOWN)));
        }
    }
    let has_marked = comparisons.iter().any(|comparison| comparison.is_confounded());
    let mark = if has_marked { " *: more than one thing differs." } else { "" };
    text.then(test_answers(comparisons)).then(mark)
}

/// The verdicts that test images do not confirm.
fn test_answers(comparisons: &[&Comparison]) -> String {
    if comparisons.iter().any(|comparison| comparison.judged_on == Some(Subset::Test)) {
        return "Nothing is held out, so test images judge.".into();
    }
    let answers: Vec<(&Comparison, TestAnswer)> = comparisons
        .iter()
        .filter_map(|comparison| Some((*comparison, comparison.test_answer()?)))
        .collect();
    let other = answers.iter().filter(|(_, answer)| *answer != TestAnswer::Confirmed);
    let other: Vec<String> = other
        .map(|(comparison, answer)| format!("{} ({})", comparison.network, answer.name()))
        .collect();
    match (answers.len(), other.len()) {
        (0, _) => String::new(),
        (1, 0) => "Test images confirm the verdict.".into(),
        (_, 0) => "Test images confirm all verdicts.".into(),
        (1, _) => format!("Test images do not confirm it: {}.", listed_first(&other, MOST_SHOWN)),
        _ => format!(
            "Test images confirm all verdicts but those on {}.",
            listed_first(&other, MOST_SHOWN)
        ),
    }
}

/// Who decided on the number of seeds, where that is not what was declared.
fn seed_plan_words(comparisons: &[&Comparison]) -> Option<String> {
    let first = comparisons.first()?;
    let how = match first.seed_plan {
        SeedPlan::Declared => return None,
        SeedPlan::Extended { declared } if declared as usize > first.seeds => format!(
            "{} were declared, and the study was ended before they were trained",
            capitalised(&counted(declared as usize, "seed"))
        ),
        SeedPlan::Extended { declared } => format!(
            "{} {} declared and others added later",
            capitalised(&counted(declared as usize, "seed")),
            if declared == 1 { "was" } else { "were" }
        ),
        SeedPlan::UntilClear => "Seeds are added until every comparison is clear".into(),
        SeedPlan::Unknown if first.judged.sequential.is_none() => return None,
        SeedPlan::Unknown => "Nobody vouches for how the number of seeds was decided".into(),
    };
    Some(format!(
        "{how}, so the sequential test judges: its verdicts hold however often one looks, and once given they stay."
    ))
}

fn item(comparison: &Comparison, comparisons: usize) -> Text {
    let sentence = comparison.conclusion(comparisons);
    Text::strong(sentence.lead).then(sentence.rest)
}

/// All numbers of all comparisons. `None` where nothing is compared.
pub fn comparisons_section(summary: &Summary) -> Option<Section> {
    let families = summary.families();
    let shown: Vec<Vec<&Comparison>> =
        families.iter().map(|family| summary.shown_of(family)).collect();
    let first = shown.first()?;
    let mut blocks: Vec<Block> =
        shown.iter().map(|comparisons| Block::Table(judged(comparisons))).collect();
    if first.iter().all(|comparison| comparison.test.is_some()) {
        blocks.push(Block::Table(on_test_images(first)));
    }
    blocks.push(Block::Table(what_differs(first)));
    // Measures without a margin are judged otherwise, and so need a list of their own.
    let mut margins: Vec<bool> = Vec::new();
    for comparisons in &families {
        let has_margin = comparisons[0].measure.margin.is_some();
        if !margins.contains(&has_margin) {
            margins.push(has_margin);
            blocks.push(Block::List(methods(summary, comparisons)));
        }
    }
    Some(Section { id: "comparisons".into(), heading: Some("Comparisons".into()), blocks })
}

/// Everything about one comparison: the conclusion, and all numbers. Its verdict is adjusted for
/// `comparisons`.
pub fn comparison_blocks(comparison: &Comparison, comparisons: usize) -> Vec<Block> {
    let mut blocks = vec![Block::Paragraph(item(comparison, comparisons))];
    blocks.extend(seed_plan_words(&[comparison]).map(Block::paragraph));
    blocks.extend(comparison.confounded_words().map(|words| Block::Note(Text::plain(words))));
    blocks.push(Block::Table(judged(&[comparison])));
    if comparison.test.is_some() {
        blocks.push(Block::Table(on_test_images(&[comparison])));
    }
    blocks.push(Block::Table(what_differs(&[comparison])));
    blocks
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
                "1 of 20 seeds diverged in down and counts as guessing.",
                "More than one thing differs (loss and penalty): this decides nothing about either of them.",
                "Test images confirm all verdicts but those on down (not confirmed).",
            ] {
                assert!(page.contains(words), "{words}");
            }
            let place = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words}"));
            assert!(
                place("Which differences are real") < place("All networks.")
                    && place("All networks.") < place("do test images confirm")
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
        assert!(page(0.01).contains("within ±1 point;"));
        assert!(page(DEFAULT_MARGIN).contains("within ±0.5 points;"));
    }

    #[test]
    fn it_says_how_the_number_of_seeds_was_decided() {
        let page = |plan| {
            let mut results = study(6).results();
            results.seed_plan = plan;
            to_markdown(&document(&Summary::new(&results, DEFAULT_MARGIN), Vec::new()))
        };
        let declared = page(SeedPlan::Declared);
        assert!(!declared.contains("sequential test judges:") && declared.contains("**Holm:**"));
        let extended = page(SeedPlan::Extended { declared: 4 });
        assert!(extended.contains(
            "Four seeds were declared and others added later, so the sequential test judges:"
        ));
        let lowered = page(SeedPlan::Extended { declared: 500 });
        assert!(lowered.contains(
            "500 seeds were declared, and the study was ended before they were trained, so the \
             sequential test judges:"
        ));
        let until_clear = page(SeedPlan::UntilClear);
        assert!(until_clear.contains("Seeds are added until every comparison is clear, so"));
        assert!(until_clear.contains("**Bets:**") && !until_clear.contains("Holm:"));
    }

    #[test]
    fn test_images_judge_where_nothing_is_held_out() {
        let fixture = Fixture::new(6).without_validation().with(Plan::new("plain"));
        let mut results = fixture.with(Plan::new("up").vs("plain").shifted(0.02)).results();
        for run in &mut results.runs {
            let accuracy = 0.88 + 0.02 * run.network as f64 + 0.0001 * run.seed as f64;
            run.outcome.as_mut().unwrap().best.test.accuracy = accuracy;
        }
        let html = to_html(&document(&Summary::new(&results, DEFAULT_MARGIN), Vec::new()));
        assert!(html.contains("Nothing is held out, so test images judge."));
        assert!(!html.contains("do test images confirm the verdict?"));
    }
}
