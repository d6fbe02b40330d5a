//! The report as a document: its words, tables and figures, in order.

use fitroom_results::Choose;

use crate::appendix::appendix_sections;
use crate::choice::choice_blocks;
use crate::class_blocks::class_section;
use crate::comparison_section::{comparisons_section, differences_sections};
use crate::cost::cost_section;
use crate::document::{Block, Document, Section, Text};
use crate::ensembles::ensemble_section;
use crate::facts::facts;
use crate::measured_figures::MOST_NETWORKS;
use crate::measured_section::{
    has_curves, measured_front, measured_network, notes_section, settings_section,
};
use crate::network_section::network_section;
use crate::number::capitalised;
use crate::overview::{test_overview, validation_overview};
use crate::overview_table::overview_table;
use crate::reference_section::reference_section;
use crate::summary::{MOST_SHOWN, Summary};
use crate::sweep::sweep_sections;
use crate::weight_blocks::weight_section;

/// The whole report. The caller's `further` sections come after the comparisons.
pub fn document(summary: &Summary, further: Vec<Section>) -> Document {
    let mut document = overview(summary);
    let sections = &mut document.sections;
    sections.extend(cost_section(summary));
    sections.extend(sweep_sections(summary));
    sections.extend(comparisons_section(summary));
    sections.extend(further);
    sections.extend(reference_section(summary));
    sections.extend(ensemble_section(summary));
    sections.extend(notes_section(summary));
    let most_sections = match summary.results.measures.is_empty() {
        true => MOST_SHOWN,
        false if has_curves(summary) => MOST_NETWORKS,
        false => 0,
    };
    if most_sections == 0 {
        sections.extend(settings_section(summary));
    }
    let shown = summary.shown().take(most_sections);
    sections.extend(shown.map(|(index, _)| network(summary, index)));
    sections.extend(class_section(summary));
    sections.extend(weight_section(summary));
    sections.extend(appendix_sections(summary));
    document
}

/// The part of a report about the network at `index`.
///
/// # Panics
/// There is no such network.
pub fn network(summary: &Summary, index: usize) -> Section {
    let network = &summary.networks[index];
    match summary.results.measures.is_empty() {
        true => network_section(summary, index, network),
        false => measured_network(summary, index, network),
    }
}

/// What stands first in a report: which differences are real, and all networks in one table.
pub fn overview(summary: &Summary) -> Document {
    let results = summary.results;
    let warning = results.dataset.stands_in_because.as_ref().map(|reason| {
        format!(
            "These are not results on Fashion-MNIST: {} stand in for it, because {reason}.",
            results.dataset.title
        )
    });
    let about_images = match &results.dataset.warnings[..] {
        [] => None,
        warnings => {
            let sentences: Vec<_> =
                warnings.iter().map(|warning| capitalised(warning) + ".").collect();
            Some(Block::Note(
                Text::strong("About the images.").then(format!(" {}", sentences.join(" "))),
            ))
        }
    };
    let caution = || caution(summary).map(|words| Block::Note(Text::strong(words.0).then(words.1)));
    let mut sections: Vec<Section> = differences_sections(summary, caution());
    let is_first = sections.is_empty();
    let first_caution = if is_first { caution() } else { None };
    sections.push(match results.measures.is_empty() {
        true => front(summary, first_caution, is_first),
        false => measured_front(summary, first_caution, is_first),
    });
    if let Some(about_images) = about_images {
        sections[0].blocks.insert(0, about_images);
    }
    let subtitle = (results.title != results.name).then(|| results.title.clone());
    Document { title: summary.title(), subtitle, warning, facts: facts(summary), sections }
}

/// All networks in one table and two plots. If nothing is compared, this is the first section: it
/// then has no heading and says what may be concluded.
fn front(summary: &Summary, caution: Option<Block>, is_first: bool) -> Section {
    let mut blocks: Vec<Block> = caution.into_iter().collect();
    let many = summary.shown_words();
    blocks.extend(many.map(|words| Block::Note(Text::strong("Many networks.").then(words))));
    blocks.push(Block::Table(overview_table(summary)));
    blocks.push(Block::Figure(test_overview(summary)));
    let has_validation = summary.results.has_validation();
    let mut reading = String::from(
        "How to read this: each dot is one run, scored once on the test images after training",
    );
    if has_validation {
        blocks.push(Block::Figure(validation_overview(summary)));
        reading += match summary.networks.iter().all(|at| at.facts.choose == Choose::Best) {
            true => ", at the epoch that was best on validation images",
            false => ", at its best or last epoch, as its network chooses",
        };
    }
    reading += match summary.comparisons.is_empty() {
        true => ". Two networks whose dots interleave are not shown to differ.",
        false => ". Which differences are real is said above: networks are compared seed by seed.",
    };
    if has_validation {
        reading += " In the second plot, each line is the mean of a network's finished runs.";
    }
    blocks.push(Block::paragraph(reading));
    blocks.extend(choice_blocks(summary));
    let heading = (!is_first).then(|| "All networks".into());
    Section { id: "networks".into(), heading, blocks }
}

/// A caution if there are too few seeds for a conclusion.
fn caution(summary: &Summary) -> Option<(String, &'static str)> {
    Some(match summary.fewest_seeds() {
        0 => (
            "No run is finished yet.".into(),
            " Curves are drawn as far as they go; there are no results.",
        ),
        1 => (
            "One seed: nothing can be concluded.".into(),
            " Without a second run of the same network, nobody can tell differences between networks from chance.",
        ),
        n @ 2..=4 => (
            format!("{n} seeds: exploratory."),
            " So few runs only show roughly how large chance is: take differences as questions, not as answers.",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use crate::html::to_html;
    use crate::markdown::to_markdown;
    use fitroom_results::Results;
    use fitroom_stats::DEFAULT_MARGIN;

    /// The report in both forms.
    fn pages(results: &Results) -> [String; 2] {
        let summary = Summary::new(results, DEFAULT_MARGIN);
        let document = document(&summary, Vec::new());
        [to_html(&document), to_markdown(&document)]
    }

    fn all_say(results: &Results, words: &str) -> bool {
        pages(results).iter().all(|page| page.contains(words))
    }

    fn none_says(results: &Results, words: &str) -> bool {
        !pages(results).iter().any(|page| page.contains(words))
    }

    #[test]
    fn what_may_be_concluded_depends_on_finished_seeds() {
        let study = |seeds| Fixture::new(seeds).with(Plan::new("a")).results();
        assert!(all_say(&study(1), "One seed: nothing can be concluded."));
        assert!(all_say(&study(4), "4 seeds: exploratory."));
        assert!(
            none_says(&study(5), "seeds: exploratory")
                && none_says(&study(5), "nothing can be concluded")
        );
        let begun = Fixture::new(3).with(Plan::new("a").pending(2, 4).pending(3, 0)).results();
        assert!(all_say(&begun, "One seed: nothing can be concluded."));
        assert!(
            all_say(&begun, "Seeds 2 and 3 are not finished")
                && all_say(&begun, "1 of 3 runs finished, 2 pending")
        );
        let unbegun = Fixture::new(1).with(Plan::new("a").pending(1, 0)).results();
        assert!(all_say(&unbegun, "No run is finished yet."));
    }

    #[test]
    fn epochs_that_patience_saved_are_counted() {
        let early = Plan::new("a").ended_early(1, 8, 3).ended_early(2, 11, 3);
        let results = Fixture::new(3).with(early).results();
        assert!(all_say(
            &results,
            "Runs ended after 13.0 ± 6.2 of 20 epochs: 21 of 60 epochs were saved."
        ));
        assert!(all_say(
            &results,
            "Training ends after three epochs without a better validation accuracy."
        ));
        assert!(none_says(&Fixture::new(3).with(Plan::new("a")).results(), "were saved"));
    }

    #[test]
    fn a_title_says_that_drawn_garments_stand_in_and_why() {
        let mut results = Fixture::new(2).with(Plan::new("a").reference(1)).results();
        let title = "report: one network on Fashion-MNIST";
        assert!(
            pages(&results)[0].contains(&format!("<title>{title}</title>"))
                && all_say(&results, title)
        );
        results.title = "Basic networks".into();
        assert!(all_say(&results, "Basic networks") && all_say(&results, title));
        results.dataset.name = "drawn".into();
        results.dataset.title = "drawn garments".into();
        results.dataset.stands_in_because = Some("the network is down".into());
        let page = &pages(&results)[0];
        let title = "report: one network on drawn garments, standing in for Fashion-MNIST";
        assert!(
            page.contains(&format!("<h1>{title}</h1>"))
                && page.contains(&format!("<title>{title}"))
        );
        assert!(all_say(&results, "drawn garments stand in for it, because the network is down."));
        assert!(all_say(
            &results,
            "The reference curves are of fashion-mnist, so they are not shown"
        ));
        assert!(none_says(&results, "The rule.") && none_says(&results, "reference 9"));
    }

    #[test]
    fn what_was_found_in_the_images_stands_first() {
        let mut results = Fixture::new(5).with(Plan::new("a")).results();
        assert!(none_says(&results, "About the images."));
        results.dataset.warnings = vec!["all 3 test images are <trained> on".into(), "x".into()];
        let page = &pages(&results)[0];
        let note = "All 3 test images are &lt;trained&gt; on. X.";
        assert!(page.contains(note) && page.find(note) < page.find("All networks"), "{page}");
        assert!(all_say(&results, "About the images."));
    }

    #[test]
    fn the_report_says_where_it_differs_from_reference_curves_and_by_which_rule() {
        let results = Fixture::new(5).with(Plan::new("moved").reference(2).shifted(0.04)).results();
        assert!(
            all_say(&results, "Of 4 values that can be compared, 2 differ")
                && all_say(&results, "The rule.")
        );
        let [html, markdown] = pages(&results);
        assert!(
            html.matches("<td class=\"apart\">").count() == 4
                && markdown.matches("≠ **").count() == 4
        );
        let results = Fixture::new(5).with(Plan::new("true").reference(2)).results();
        assert!(all_say(&results, "None of the 4 values that can be compared differs"));
        let results = Fixture::new(1).with(Plan::new("moved").reference(2).shifted(0.04)).results();
        assert!(all_say(&results, "With one seed, nobody can tell"));
        let results = Fixture::new(5).with(Plan::new("a")).results();
        assert!(none_says(&results, "Beside the reference curves"));
    }

    #[test]
    fn a_study_on_fewer_images_says_so_and_is_not_compared() {
        let mut results =
            Fixture::new(5).with(Plan::new("moved").reference(2).shifted(0.04)).results();
        results.train_images = Some(10_000);
        assert!(
            all_say(&results, "10,000 of 50,000 training")
                && all_say(&results, "trains on fewer images")
        );
        assert!(none_says(&results, "≠") && none_says(&results, "The rule."));
    }

    #[test]
    fn losses_that_cannot_be_compared_are_named() {
        let results =
            Fixture::new(2).with(Plan::new("a").softmax_twice()).with(Plan::new("b")).results();
        assert!(all_say(&results, "cross-entropy-of-softmax (a) and cross-entropy (b)."));
        let results = Fixture::new(2).with(Plan::new("a")).with(Plan::new("b")).results();
        assert!(none_says(&results, "Losses that can't be compared"));
    }

    #[test]
    fn names_are_text_wherever_they_stand() {
        let name = "<script>alert(1)</script>";
        let mut results = Fixture::new(2).with(Plan::new(name).reference(1)).results();
        results.title = name.into();
        results.name = format!("{name}2");
        results.host.as_mut().unwrap().processor = name.into();
        results.dataset.classes[0] = name.into();
        assert!(none_says(&results, "<script") && all_say(&results, "&lt;script&gt;"));
    }

    #[test]
    fn a_study_without_validation_has_dashes() {
        let results = Fixture::new(2).without_validation().with(Plan::new("a")).results();
        assert!(all_say(&results, "60,000 training, 0 validation"));
        // No number is NaN. The rule on divergence says what a loss "NaN or infinite" is.
        let pages = pages(&results);
        assert!(pages.iter().all(|page| !page.replace("NaN or infinite", "").contains("NaN")));
        assert!(pages[1].contains("| validation | – | – |"));
    }

    #[test]
    fn networks_tell_their_layers_and_diverged_seeds() {
        let convolutional =
            Plan::new("a").layers("conv 32 3x3 pad 1, relu, flatten").diverged(2, 3);
        let results = Fixture::new(3).with(convolutional).results();
        assert!(
            all_say(&results, "conv 32 3x3 pad 1, relu, flatten")
                && all_say(&results, "251,210 parameters")
        );
        assert!(all_say(
            &results,
            "the loss became NaN or infinite: seed 2 in epoch 4 (training loss "
        ));
    }
}
