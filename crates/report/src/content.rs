//! What the report says, in words, tables and figures.

use fitroom_study::{NetworkPlan, RunStatus};

use crate::closing::closing_sections;
use crate::digest::{Digest, NetworkDigest, Score};
use crate::document::{Block, Cell, Document, Row, Section, Table, Text};
use crate::figure::network_figure;
use crate::number::{MISSING, count, counted, difference, listed, one_decimal, published, value};
use crate::overview::{test_overview, validation_overview};
use crate::score::{Metric, Subset};
use crate::settings::{loss_name, settings};
use crate::spread::Spread;

/// The whole report.
pub fn document(digest: &Digest) -> Document {
    let dataset = &digest.stored.dataset;
    let networks = counted(digest.networks.len(), "network");
    let title = format!("{}: {networks} on {}", digest.stored.study.title, dataset.title);
    let (title, warning) = match &dataset.stands_in_because {
        Some(reason) => (
            format!("{title}, standing in for Fashion-MNIST"),
            Some(format!(
                "These are not results on Fashion-MNIST: {} stand in for it, because {reason}.",
                dataset.title
            )),
        ),
        None => (title, None),
    };
    let mut sections = vec![front(digest)];
    if digest.comparisons().next().is_some() {
        sections.push(against_published(digest));
    }
    sections.extend(digest.networks.iter().enumerate().map(|(index, network)| network_section(digest, index, network)));
    sections.extend(closing_sections(digest));
    Document { title, warning, facts: facts(digest), sections }
}

fn facts(digest: &Digest) -> Vec<String> {
    let (study, dataset, host) = (&digest.stored.study, &digest.stored.dataset, &digest.stored.host);
    let epochs = || study.networks.iter().map(|network| network.training.epochs);
    let epochs = match (epochs().min().unwrap_or(0), epochs().max().unwrap_or(0)) {
        (1, 1) => "1 epoch".into(),
        (low, high) if low == high => format!("{low} epochs"),
        (low, high) => format!("{low} to {high} epochs"),
    };
    let images = |n: usize| count(n as u64);
    let trained_on = dataset.train_images.saturating_sub(study.validation);
    let trained_on = study.train_images.map_or(trained_on, |most| trained_on.min(most));
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
            "{} training, {} validation and {} test images",
            images(trained_on),
            images(study.validation),
            images(dataset.test_images)
        ),
        state,
        format!("{}, {}, {}", host.processor, counted(host.cores, "core"), host.system),
        host.program.clone(),
    ]
}

/// What a reader sees first: what may be concluded, all networks in one table, and in two plots.
fn front(digest: &Digest) -> Section {
    let mut blocks = Vec::new();
    blocks.extend(caution(digest).map(|words| Block::Note(Text::strong(words.0).then(words.1))));
    blocks.push(Block::Table(overview_table(digest)));
    blocks.push(Block::Figure(test_overview(digest)));
    blocks.push(Block::Figure(validation_overview(digest)));
    blocks.push(Block::paragraph(
        "How to read these: in the first plot each dot is one run, scored once on the test images after training, at \
         the epoch that was best on validation images. Two networks whose dots interleave are not shown to differ. In \
         the second, each line is the mean of a network's finished runs.",
    ));
    Section { id: "networks".into(), heading: None, blocks }
}

/// What the number of seeds allows to conclude.
fn caution(digest: &Digest) -> Option<(String, &'static str)> {
    Some(match digest.fewest_seeds() {
        0 => ("No run is finished yet.".into(), " Curves are drawn as far as they go; there are no results."),
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
            network.best_epoch.map_or(MISSING.into(), |epoch| one_decimal(&epoch)).into(),
        ];
        for subset in [Subset::Train, Subset::Fit, Subset::Validation, Subset::Test] {
            let score = network.score(Metric::Accuracy, subset);
            cells.push(Cell {
                text: measured(Metric::Accuracy, score.last),
                below: score.comparison.map(|at| format!("published {}", published(Metric::Accuracy, at.published))),
                is_apart: score.comparison.is_some_and(|comparison| comparison.is_apart()),
            });
        }
        cells.push(measured(Metric::Accuracy, network.score(Metric::Accuracy, Subset::Test).best).into());
        Row { header: Text::plain("").link(network.plan.name.as_str(), format!("#{}", network.slug)), cells }
    });
    let below = if with_published { "; below it the published value" } else { "" };
    Table {
        caption: format!("All networks. Accuracy in %, mean ± standard deviation over seeds{below}."),
        groups: vec![(String::new(), 4), ("accuracy at the last epoch".into(), 4), ("at the best".into(), 1)],
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

fn measured(metric: Metric, spread: Option<Spread>) -> String {
    spread.map_or(MISSING.into(), |spread| value(metric, &spread))
}

/// Where the reproduction lies where the published curves do, and where it does not, with the rule that decides it.
fn against_published(digest: &Digest) -> Section {
    let compared = digest.comparisons().count();
    let apart: Vec<_> = digest.comparisons().filter(|(_, _, comparison)| comparison.is_apart()).collect();
    let judged = digest.comparisons().filter(|(_, _, comparison)| comparison.allowed.is_some()).count();
    let mut blocks = Vec::new();
    if judged == 0 {
        blocks.push(Block::paragraph(
            "With one seed it can't be told whether a difference from the published curves is more than chance. The \
             differences stand in each network's table; none is marked.",
        ));
    } else if apart.is_empty() {
        blocks.push(Block::paragraph(format!(
            "All {judged} values that can be compared lie where the published curves do."
        )));
    } else {
        blocks.push(Block::paragraph(format!(
            "Of {judged} values that can be compared, {} lie where the published curves do and {} do not:",
            judged - apart.len(),
            apart.len()
        )));
        let points = apart.iter().map(|(network, score, at)| {
            let metric = score.metric;
            let unit = if metric == Metric::Accuracy { "%" } else { "" };
            Text::plain("").link(network.plan.name.as_str(), format!("#{}", network.slug)).then(format!(
                ": {} ({}) is {}{unit}, published {}{unit}: {} where chance and reading explain {}",
                metric.name(),
                score.subset.name(),
                value(metric, &at.ours),
                published(metric, at.published),
                difference(metric, at.difference()),
                at.allowed.map_or(MISSING.into(), |allowed| format!("±{}", published(metric, allowed))),
            ))
        });
        blocks.push(Block::List(points.collect()));
    }
    if judged > 0 && judged < compared {
        let rest = counted(compared - judged, "value");
        blocks.push(Block::paragraph(format!("{rest} of networks with one finished seed can't be judged yet.")));
    }
    blocks.push(Block::Paragraph(Text::strong("The rule.").then(
        " A published curve is one run more. If it came from the same distribution as ours, it would lie within \
         t·s·√(1 + 1/n) of our mean in 95 of 100 cases (s: standard deviation over our n seeds; t: Student's 0.975 \
         quantile with n − 1 degrees of freedom). Its values were read off figures, to ±0.2 points of accuracy and to \
         ±0.002 of loss (±0.005 for networks 6 to 8), which is added. What differs by more is marked ≠. Values are \
         compared at the last epoch that both have; one in twenty would be marked by chance alone.",
    )));
    Section { id: "published".into(), heading: Some("Beside the published report".into()), blocks }
}

fn network_section(digest: &Digest, index: usize, network: &NetworkDigest) -> Section {
    let mut words = vec![Block::Paragraph(layers(digest, network.plan))];
    words.push(Block::paragraph(format!(
        "{} parameters, {} multiply-adds an image. {}",
        count(network.parameters as u64),
        count(network.multiply_adds),
        settings(&network.plan.training)
    )));
    words.extend(relations(network).map(Block::paragraph));
    words.extend(unfinished(network).map(Block::paragraph));
    words.push(Block::Paragraph(Text::strong("Understanding this figure.").then(understanding(network))));
    Section {
        id: network.slug.clone(),
        heading: Some(format!("{}. {}", index + 1, network.plan.name)),
        blocks: vec![
            Block::Figure(network_figure(network)),
            Block::Beside(words, Box::new(Block::Table(score_table(network)))),
        ],
    }
}

fn layers(digest: &Digest, plan: &NetworkPlan) -> Text {
    let layers: Vec<String> = plan.layers.iter().map(ToString::to_string).collect();
    let text = match layers.is_empty() {
        true => Text::plain("No hidden layer:"),
        false => Text::plain("").code(layers.join(", ")).then(", and a last"),
    };
    text.then(" ").code(format!("dense {}", digest.stored.dataset.classes.len())).then(", one output for each class.")
}

/// What it is compared with.
fn relations(network: &NetworkDigest) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(number) = network.plan.published {
        parts.push(format!("Reproduces network {number} of the published report."));
    }
    if let Some(baseline) = &network.plan.vs {
        parts.push(format!("Its baseline is “{baseline}”."));
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Runs that are not in the means.
fn unfinished(network: &NetworkDigest) -> Option<String> {
    let said = |status, words: &str| {
        let seeds: Vec<String> = network.seeds(status).iter().map(u64::to_string).collect();
        let noun = if seeds.len() == 1 { "Seed" } else { "Seeds" };
        (!seeds.is_empty()).then(|| format!("{noun} {} {words}.", listed(&seeds)))
    };
    let diverged = "diverged: the loss became NaN or infinite; its epochs before are drawn, and no mean counts them";
    let pending = "still pending: drawn as far as it has come, and not counted";
    let parts: Vec<_> =
        [said(RunStatus::Diverged, diverged), said(RunStatus::Pending, pending)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn understanding(network: &NetworkDigest) -> String {
    let mut words = String::from(" Bold lines are means over finished runs");
    if network.runs.len() > 1 {
        words += ", faint ones single seeds";
    }
    if !network.published.is_empty() {
        words += ", dashed ones the published curves";
    }
    words += ". Training “as trained” is the running mean while weights still change, with dropout and penalty: it can \
              look worse than validation without being so. In inference mode the same images are scored after the \
              epoch, as validation is";
    let _ = network;
    words + ": the gap between those two is what overfitting is read from."
}

fn score_table(network: &NetworkDigest) -> Table {
    let has_published = network.scores.iter().any(|score| score.comparison.is_some());
    let epoch = network.scores.iter().find_map(|score| score.comparison).map_or(0, |comparison| comparison.epoch);
    let mut columns = vec![String::new(), "best epoch".into(), "last epoch".into()];
    let mut best = vec![network.best_epoch.map_or(MISSING.into(), |epoch| one_decimal(&epoch)).into()];
    best.push(network.plan.training.epochs.to_string().into());
    if has_published {
        columns.extend([format!("published, epoch {epoch}"), "ours − published".into(), "explained".into()]);
        best.extend([Cell::default(), Cell::default(), Cell::default()]);
    }
    let mut rows = vec![Row { header: Text::plain("epoch"), cells: best }];
    rows.extend(network.scores.iter().map(|score| score_row(score, has_published)));
    let seeds = network.finished().count();
    Table {
        caption: match seeds {
            0 => "No run is finished.".into(),
            1 => "One seed. Accuracy in %.".into(),
            n => format!("Mean ± standard deviation over {n} seeds. Accuracy in %."),
        },
        groups: Vec::new(),
        columns,
        rows,
        is_prose: false,
    }
}

fn score_row(score: &Score, has_published: bool) -> Row {
    let metric = score.metric;
    let mut cells: Vec<Cell> = vec![measured(metric, score.best).into(), measured(metric, score.last).into()];
    if has_published {
        cells.extend(match score.comparison {
            None => [Cell::default(), Cell::default(), Cell::default()],
            Some(at) => [
                published(metric, at.published).into(),
                Cell { text: difference(metric, at.difference()), below: None, is_apart: at.is_apart() },
                at.allowed.map_or(MISSING.into(), |allowed| format!("±{}", published(metric, allowed))).into(),
            ],
        });
    }
    Row { header: Text::plain(format!("{}, {}", metric.name(), score.subset.name())), cells }
}

/// Networks by the loss that they are trained on, where a study has more than one.
pub fn losses(digest: &Digest) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for network in &digest.networks {
        let loss = loss_name(&network.plan.training);
        match groups.iter_mut().find(|(name, _)| *name == loss) {
            Some((_, names)) => names.push(network.plan.name.clone()),
            None => groups.push((loss, vec![network.plan.name.clone()])),
        }
    }
    if groups.len() > 1 { groups } else { Vec::new() }
}
