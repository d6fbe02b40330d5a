//! What the report says, in words, tables and figures.

use fitroom_stats::Spread;
use fitroom_study::RunStatus;

use crate::chapter::chapter;
use crate::claims::claims_section;
use crate::classes::class_section;
use crate::closing::closing_sections;
use crate::contrast::{comparisons, differences};
use crate::digest::Digest;
use crate::document::{Block, Cell, Document, Row, Section, Table, Text};
use crate::number::{MISSING, count, counted, difference, epoch, published, value};
use crate::overview::{test_overview, validation_overview};
use crate::score::{Metric, Subset};
use crate::sweep::sweep_sections;
use crate::weight_words::weight_section;

/// The whole report.
pub fn document(digest: &Digest) -> Document {
    let dataset = &digest.stored.dataset;
    let study = &digest.stored.study;
    let warning = dataset.stands_in_because.as_ref().map(|reason| {
        format!(
            "These are not results on Fashion-MNIST: {} stand in for it, because {reason}.",
            dataset.title
        )
    });
    let caution = || caution(digest).map(|words| Block::Note(Text::strong(words.0).then(words.1)));
    let mut sections: Vec<Section> = differences(digest, caution()).into_iter().collect();
    let is_first = sections.is_empty();
    sections.push(front(digest, if is_first { caution() } else { None }, is_first));
    sections.extend(sweep_sections(digest));
    sections.extend(comparisons(digest));
    sections.extend(claims_section(digest));
    if digest.networks.iter().any(|network| !network.published.is_empty()) {
        sections.push(against_published(digest));
    }
    sections.extend(
        digest.networks.iter().enumerate().map(|(index, network)| chapter(digest, index, network)),
    );
    sections.extend(class_section(digest));
    sections.extend(weight_section(digest));
    sections.extend(closing_sections(digest));
    let subtitle = (study.title != study.name).then(|| study.title.clone());
    Document { title: digest.title(), subtitle, warning, facts: facts(digest), sections }
}

fn facts(digest: &Digest) -> Vec<String> {
    let (study, dataset, host) =
        (&digest.stored.study, &digest.stored.dataset, &digest.stored.host);
    let epochs = || study.networks.iter().map(|network| network.training.epochs);
    let epochs = match (epochs().min().unwrap_or(0), epochs().max().unwrap_or(0)) {
        (1, 1) => "1 epoch".into(),
        (low, high) if low == high => format!("{low} epochs"),
        (low, high) => format!("{low} to {high} epochs"),
    };
    let images = |n: usize| count(n as u64);
    let (trained_on, available) = digest.trained_on();
    let trained_on = match trained_on == available {
        true => images(available),
        false => format!("{} of {}", images(trained_on), images(available)),
    };
    let runs = digest.stored.runs.len();
    let finished = digest.count(RunStatus::Finished);
    let mut state = match finished == runs {
        true => format!("all {runs} runs finished"),
        false => format!("{finished} of {runs} runs finished"),
    };
    for (status, words) in [(RunStatus::Pending, "pending"), (RunStatus::Diverged, "diverged")] {
        match digest.count(status) {
            0 => {}
            n => state += &format!(", {n} {words}"),
        }
    }
    vec![
        format!("{} seed{}", study.seeds, if study.seeds == 1 { "" } else { "s" }),
        epochs,
        format!(
            "{trained_on} training, {} validation and {} test images",
            images(study.validation),
            images(dataset.test_images)
        ),
        state,
        format!(
            "{}, {} core{}, {}",
            host.processor,
            host.cores,
            if host.cores == 1 { "" } else { "s" },
            host.system
        ),
        host.program.clone(),
    ]
}

/// All networks in one table, and in two plots. What a reader sees first where nothing is compared:
/// then it says what may be concluded, and needs no heading.
fn front(digest: &Digest, caution: Option<Block>, is_first: bool) -> Section {
    let mut blocks: Vec<Block> = caution.into_iter().collect();
    blocks.push(Block::Table(overview_table(digest)));
    blocks.push(Block::Figure(test_overview(digest)));
    let mut reading = String::from(
        "How to read this: each dot is one run, scored once on the test images after training",
    );
    if digest.stored.study.validation > 0 {
        blocks.push(Block::Figure(validation_overview(digest)));
        reading += ", at the epoch that was best on validation images";
    }
    reading += match digest.contrasts.is_empty() {
        true => ". Two networks whose dots interleave are not shown to differ.",
        false => ". Which differences are real is said above: networks are compared seed by seed.",
    };
    if digest.stored.study.validation > 0 {
        reading += " In the second plot, each line is the mean of a network's finished runs.";
    }
    blocks.push(Block::paragraph(reading));
    let heading = (!is_first).then(|| "All networks".into());
    Section { id: "networks".into(), heading, blocks }
}

/// What the number of seeds allows to conclude.
fn caution(digest: &Digest) -> Option<(String, &'static str)> {
    Some(match digest.fewest_seeds() {
        0 => (
            "No run is finished yet.".into(),
            " Curves are drawn as far as they go; there are no results.",
        ),
        1 => (
            "One seed: nothing can be concluded.".into(),
            " Without a second run of the same network there is no telling which differences are the networks' and \
             which are chance.",
        ),
        n @ 2..=4 => (
            format!("{n} seeds: exploratory."),
            " So few runs show roughly how large chance is, and no more: take differences as questions, not as answers.",
        ),
        _ => return None,
    })
}

fn overview_table(digest: &Digest) -> Table {
    let with_published = digest.comparisons().next().is_some();
    let rows = digest.networks.iter().map(|network| {
        let mut cells: Vec<Cell> = vec![
            count(network.parameters as u64).into(),
            count(network.multiply_adds).into(),
            network.seconds.map_or(MISSING.into(), |seconds| format!("{seconds:.1}")).into(),
            network.best_epoch.map_or(MISSING.into(), |best| epoch(&best)).into(),
        ];
        for subset in [Subset::Train, Subset::Fit, Subset::Validation, Subset::Test] {
            let score = network.score(Metric::Accuracy, subset);
            cells.push(Cell {
                text: measured(Metric::Accuracy, score.last),
                below: score
                    .comparison
                    .map(|at| format!("published {}", published(Metric::Accuracy, at.published))),
                is_apart: score.comparison.is_some_and(|comparison| comparison.is_apart()),
            });
        }
        cells.push(
            measured(Metric::Accuracy, network.score(Metric::Accuracy, Subset::Test).best).into(),
        );
        Row {
            header: Text::plain("").link(network.plan.name.as_str(), format!("#{}", network.slug)),
            cells,
        }
    });
    let spread =
        if digest.fewest_seeds() > 1 { ", mean ± standard deviation over seeds" } else { "" };
    let below = if with_published { ", below it the published value" } else { "" };
    let mark = match digest.comparisons().any(|(_, _, comparison)| comparison.is_apart()) {
        true => " ≠: chance and reading error do not explain the difference.",
        false => "",
    };
    Table {
        caption: format!("All networks. Accuracy in %{spread}{below}.{mark}"),
        groups: vec![
            (String::new(), 4),
            ("accuracy at the last epoch".into(), 4),
            ("at the best".into(), 1),
        ],
        columns: [
            "network",
            "parameters",
            "multiply-adds",
            "seconds a run",
            "best epoch",
            "training, as trained",
            "training, inference",
            "validation",
            "test",
            "test",
        ]
        .map(String::from)
        .to_vec(),
        rows: rows.collect(),
        is_prose: false,
    }
}

/// Mean ± sd, or a dash.
pub fn measured(metric: Metric, spread: Option<Spread>) -> String {
    spread.map_or(MISSING.into(), |spread| value(metric, &spread))
}

/// Where the reproduction lies where the published curves do, and where it does not, with the rule
/// that decides it.
fn against_published(digest: &Digest) -> Section {
    let section = |blocks| Section {
        id: "published".into(),
        heading: Some("Beside the published report".into()),
        blocks,
    };
    let (trained_on, available) = digest.trained_on();
    if trained_on < available {
        return section(vec![Block::paragraph(
            "The published curves are drawn behind these, but not compared with them: this study trains on fewer images.",
        )]);
    }
    let compared = digest.comparisons().count();
    let judged =
        digest.comparisons().filter(|(_, _, comparison)| comparison.allowed.is_some()).count();
    let apart = digest.comparisons().filter(|(_, _, comparison)| comparison.is_apart()).count();
    let mut blocks = vec![Block::paragraph(match (compared, judged, apart) {
        (0, ..) => "No run that could be compared is finished yet.".into(),
        (_, 0, _) => {
            "With one seed it can't be told whether a difference from the published curves is more than chance. \
                      The differences stand in each network's table; none is marked."
                .into()
        }
        (.., 0) => format!(
            "None of the {judged} values that can be compared differs from the published curves by more than chance and \
             reading error explain."
        ),
        _ => format!(
            "Of {judged} values that can be compared, {apart} differ from the published curves by more than chance and \
             reading error explain."
        ),
    })];
    if apart > 0 {
        blocks.push(Block::Table(table_of_differences(digest)));
    }
    if judged > 0 && judged < compared {
        let rest = counted(compared - judged, "value");
        blocks.push(Block::paragraph(format!(
            "Of networks with one finished seed, {rest} can't be judged yet."
        )));
    }
    blocks.push(Block::Paragraph(Text::strong("The rule.").then(
        " A published curve is one run more. If it came from the same distribution as ours, it would lie within \
         t·s·√(1 + 1/n) of our mean in 95 of 100 cases (s: standard deviation over our n seeds; t: Student's 0.975 \
         quantile with n − 1 degrees of freedom). Its values were read off figures, to ±0.2 points of accuracy and to \
         ±0.002 of loss (±0.005 for networks 6 to 8), which is added. What differs by more is marked ≠. Values are \
         compared at the last epoch that both have; one in twenty would be marked by chance alone. What was published \
         as validation was measured on the test images, after training on all others: it is held against our test \
         images, and drawn behind our validation.",
    )));
    section(blocks)
}

fn table_of_differences(digest: &Digest) -> Table {
    let rows = digest.comparisons().filter(|(_, _, comparison)| comparison.is_apart()).map(
        |(network, score, at)| {
            let metric = score.metric;
            let unit = if metric == Metric::Accuracy { ", %" } else { "" };
            let allowed = at
                .allowed
                .map_or(MISSING.into(), |allowed| format!("±{}", published(metric, allowed)));
            Row {
                header: Text::plain("")
                    .link(network.plan.name.as_str(), format!("#{}", network.slug)),
                cells: vec![
                    format!("{}{unit}; {}", metric.name(), score.subset.name()).into(),
                    value(metric, &at.ours).into(),
                    published(metric, at.published).into(),
                    difference(metric, at.difference()).into(),
                    allowed.into(),
                ],
            }
        },
    );
    Table {
        caption: "Values that lie apart from the published ones, at the last epoch that both have."
            .into(),
        groups: Vec::new(),
        columns: ["network", "measure", "ours", "published", "difference", "allowed"]
            .map(String::from)
            .to_vec(),
        rows: rows.collect(),
        is_prose: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use crate::html::to_html;
    use crate::markdown::to_markdown;
    use fitroom_study::StoredStudy;

    /// The report in both forms.
    fn pages(stored: &StoredStudy) -> [String; 2] {
        let digest = Digest::new(stored).unwrap();
        let document = document(&digest);
        [to_html(&document), to_markdown(&document)]
    }

    fn all_say(stored: &StoredStudy, words: &str) -> bool {
        pages(stored).iter().all(|page| page.contains(words))
    }

    fn none_says(stored: &StoredStudy, words: &str) -> bool {
        !pages(stored).iter().any(|page| page.contains(words))
    }

    #[test]
    fn what_may_be_concluded_depends_on_finished_seeds() {
        let study = |seeds| Fixture::new(seeds).with(Plan::new("a")).stored();
        assert!(all_say(&study(1), "One seed: nothing can be concluded."));
        assert!(all_say(&study(4), "4 seeds: exploratory."));
        assert!(
            none_says(&study(5), "seeds: exploratory")
                && none_says(&study(5), "nothing can be concluded")
        );
        let begun = Fixture::new(3).with(Plan::new("a").pending(2, 4).pending(3, 0)).stored();
        assert!(all_say(&begun, "One seed: nothing can be concluded."));
        assert!(
            all_say(&begun, "Seeds 2 and 3 are not finished")
                && all_say(&begun, "1 of 3 runs finished, 2 pending")
        );
        let unbegun = Fixture::new(1).with(Plan::new("a").pending(1, 0)).stored();
        assert!(all_say(&unbegun, "No run is finished yet."));
    }

    #[test]
    fn epochs_that_patience_saved_are_counted() {
        let early = Plan::new("a").ended_early(1, 8, 3).ended_early(2, 11, 3);
        let stored = Fixture::new(3).with(early).stored();
        assert!(all_say(
            &stored,
            "Runs ended after 13.0 ± 6.2 of 20 epochs: 21 of 60 epochs were saved."
        ));
        assert!(all_say(
            &stored,
            "Training ends after three epochs without a better validation accuracy."
        ));
        assert!(none_says(&Fixture::new(3).with(Plan::new("a")).stored(), "were saved"));
    }

    #[test]
    fn a_title_says_that_drawn_garments_stand_in_and_why() {
        let mut stored = Fixture::new(2).with(Plan::new("a").published(1)).stored();
        let title = "report: one network on Fashion-MNIST";
        assert!(
            pages(&stored)[0].contains(&format!("<title>{title}</title>"))
                && all_say(&stored, title)
        );
        stored.study.title = "Basic networks".into();
        assert!(all_say(&stored, "Basic networks") && all_say(&stored, title));
        stored.dataset.name = "drawn".into();
        stored.dataset.title = "drawn garments".into();
        stored.dataset.stands_in_because = Some("the network is down".into());
        let page = &pages(&stored)[0];
        let title = "report: one network on drawn garments, standing in for Fashion-MNIST";
        assert!(
            page.contains(&format!("<h1>{title}</h1>"))
                && page.contains(&format!("<title>{title}"))
        );
        assert!(all_say(&stored, "drawn garments stand in for it, because the network is down."));
        assert!(all_say(
            &stored,
            "The published curves are of fashion-mnist, so they are not shown"
        ));
        assert!(none_says(&stored, "The rule.") && none_says(&stored, "published 9"));
    }

    #[test]
    fn the_report_says_where_it_lies_apart_and_by_which_rule() {
        let stored = Fixture::new(5).with(Plan::new("moved").published(2).shifted(0.04)).stored();
        assert!(
            all_say(&stored, "Of 4 values that can be compared, 2 differ")
                && all_say(&stored, "The rule.")
        );
        let [html, markdown] = pages(&stored);
        assert!(
            html.matches("<td class=\"apart\">").count() == 4
                && markdown.matches("≠ **").count() == 4
        );
        let stored = Fixture::new(5).with(Plan::new("true").published(2)).stored();
        assert!(all_say(&stored, "None of the 4 values that can be compared differs"));
        let stored = Fixture::new(1).with(Plan::new("moved").published(2).shifted(0.04)).stored();
        assert!(all_say(&stored, "With one seed it can't be told"));
        let stored = Fixture::new(5).with(Plan::new("a")).stored();
        assert!(none_says(&stored, "Beside the published report"));
    }

    #[test]
    fn a_study_on_fewer_images_says_so_and_is_not_compared() {
        let mut stored =
            Fixture::new(5).with(Plan::new("moved").published(2).shifted(0.04)).stored();
        stored.study.train_images = Some(10_000);
        assert!(
            all_say(&stored, "10,000 of 50,000 training")
                && all_say(&stored, "trains on fewer images")
        );
        assert!(none_says(&stored, "≠") && none_says(&stored, "The rule."));
    }

    #[test]
    fn losses_that_can_not_be_compared_are_named() {
        let stored =
            Fixture::new(2).with(Plan::new("a").softmax_twice()).with(Plan::new("b")).stored();
        assert!(all_say(&stored, "cross-entropy-of-softmax (a) and cross-entropy (b)."));
        let stored = Fixture::new(2).with(Plan::new("a")).with(Plan::new("b")).stored();
        assert!(none_says(&stored, "Losses that can't be compared"));
    }

    #[test]
    fn names_are_text_wherever_they_stand() {
        let name = "<script>alert(1)</script>";
        let mut stored = Fixture::new(2).with(Plan::new(name).published(1)).stored();
        stored.study.title = name.into();
        stored.study.name = format!("{name}2");
        stored.host.processor = name.into();
        stored.dataset.classes[0] = name.into();
        assert!(none_says(&stored, "<script") && all_say(&stored, "&lt;script&gt;"));
    }

    #[test]
    fn a_study_without_validation_has_dashes() {
        let stored = Fixture::new(2).without_validation().with(Plan::new("a")).stored();
        assert!(all_say(&stored, "60,000 training, 0 validation") && none_says(&stored, "NaN"));
        assert!(pages(&stored)[1].contains("| validation | – | – |"));
    }

    #[test]
    fn networks_tell_their_layers_and_diverged_seeds() {
        let convolutional =
            Plan::new("a").layers("conv 32 3x3 pad 1, relu, flatten").diverged(2, 3);
        let stored = Fixture::new(3).with(convolutional).stored();
        assert!(
            all_say(&stored, "conv 32 3x3 pad 1, relu, flatten")
                && all_say(&stored, "251,210 parameters")
        );
        assert!(all_say(
            &stored,
            "the loss became NaN or infinite: seed 2 in epoch 4 (training loss "
        ));
    }
}
