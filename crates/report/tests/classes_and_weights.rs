//! Classes, mistakes and weights in the reports of small studies that the tests train.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use fitroom_data::Dataset;
use fitroom_report::{ReportError, RunFigures, Summary, write};
use fitroom_results::{Origin, Results, ResultsError, Run, RunStatus};
use fitroom_stats::DEFAULT_MARGIN;
use fitroom_study::{RunOptions, StoreError, Study, run_study};
use test_data::{dataset, study};

// The same as in the tests of studies.
#[path = "../../study/src/test_data.rs"]
mod test_data;

const TEXT: &str = "seeds = 2\n[training]\nvalidation = 30\nbatch_size = 16\nepochs = 3\n\
                    [[network]]\nname = \"plain\"\nlayers = \"dense 16, relu\"\n\
                    [[network]]\nname = \"L1\"\nlayers = \"dense 16, relu\"\nvs = \"plain\"\npenalty = { l1 = 0.05 }\n\
                    [[network]]\nname = \"conv\"\nlayers = \"conv 3 3x3, relu, flatten\"\n\
                    [[network]]\nname = \"pooled\"\nlayers = \"avgpool 2x2, flatten, dense 4\"\n\
                    [[network]]\nname = \"L2\"\nlayers = \"dense 16, relu\"\nvs = \"plain\"\n\
                    penalty = { l2 = 0.01 }\nloss = \"cross-entropy-of-softmax\"\n";

fn data() -> Dataset {
    dataset(150, 40)
}

fn run(dir: &Path) -> Results {
    let options = RunOptions::new(2);
    run_study(&study(TEXT), &data(), dir, &options, &AtomicBool::new(false), &|_| {}).unwrap();
    Results::open(dir).unwrap()
}

fn dir(results: &Results) -> &Path {
    match &results.origin {
        Origin::StoredStudy(files) => files.dir(),
        Origin::Memory | Origin::Imported => panic!("the study is stored"),
    }
}

fn try_report(results: &Results, dataset: Option<&Dataset>) -> Result<(), ReportError> {
    write(&Summary::inspect(results, dataset, DEFAULT_MARGIN)?, Vec::new(), dir(results))
}

/// The report's text.
fn report(results: &Results, dataset: Option<&Dataset>) -> String {
    try_report(results, dataset).unwrap();
    fs::read_to_string(dir(results).join("report.md")).unwrap()
}

fn file(results: &Results, run: usize, name: &str) -> PathBuf {
    dir(results).join("runs").join(&results.runs[run].id).join(name)
}

/// Mean and sample standard deviation of two numbers, in percent.
fn percent<const DECIMALS: usize>(a: f64, b: f64) -> String {
    let (mean, sd) = ((a + b) / 2.0, (a - b).abs() / 2_f64.sqrt());
    format!("{:.DECIMALS$} ± {:.DECIMALS$}", 100.0 * mean, 100.0 * sd)
}

/// A page that forbids inline styles can show every part of a report.
#[test]
fn no_file_has_an_inline_style() {
    let scratch = tempfile::tempdir().unwrap();
    let results = run(scratch.path());
    report(&results, Some(&data()));
    let plots = fs::read_dir(scratch.path().join("plots")).unwrap();
    let mut files: Vec<PathBuf> = plots.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "svg"));
    files.push(scratch.path().join("report.html"));
    let mut pictures = 0;
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(" style="), "{}", path.display());
        pictures += text.matches("image-rendering=\"pixelated\"").count();
    }
    assert!(pictures > 0);
}

/// Only PyTorch's uniform weights are known before training.
#[test]
fn what_weights_were_before_training_is_said_of_uniform_ones_alone() {
    let text_of = |initial_values: &str| {
        let text = format!(
            "seeds = 1\n[training]\nvalidation = 30\nepochs = 1\ninitial_values = \"{initial_values}\"\n\
             [[network]]\nname = \"plain\"\nlayers = \"dense 16, relu\"\n"
        );
        let scratch = tempfile::tempdir().unwrap();
        let dir = scratch.path();
        let options = RunOptions::new(1);
        run_study(&study(&text), &data(), dir, &options, &AtomicBool::new(false), &|_| {}).unwrap();
        report(&Results::open(dir).unwrap(), Some(&data()))
    };
    let said = [" at first", "before training by 1.33 times", "the share expected before training"];
    let uniform = text_of("pytorch");
    assert!(said.iter().all(|words| uniform.contains(words)), "{uniform}");
    let normal = text_of("kaiming-normal");
    assert!(normal.contains("weights are near zero"), "{normal}");
    assert!(!said.iter().any(|words| normal.contains(words)), "{normal}");
}

#[test]
fn classes_and_weights_are_those_of_the_stored_runs() {
    let scratch = tempfile::tempdir().unwrap();
    let results = run(scratch.path());
    let text = report(&results, Some(&data()));

    let recall = |run: usize, class: u8| {
        let predictions = results.predictions(&results.runs[run]).unwrap().unwrap();
        let of_class: Vec<_> =
            predictions.iter().filter(|prediction| prediction.label == class).collect();
        of_class.iter().filter(|prediction| prediction.is_right()).count() as f64
            / of_class.len() as f64
    };
    let table = &text[text.find("## Class by class").unwrap()..];
    for (network, name) in ["plain", "L1", "conv", "pooled"].into_iter().enumerate() {
        let row = table.lines().find(|line| line.starts_with(&format!("| [{name}]"))).unwrap();
        let recalls = [0, 1, 2]
            .map(|class| percent::<1>(recall(2 * network, class), recall(2 * network + 1, class)));
        assert_eq!(
            row.split('|').filter(|cell| recalls.iter().any(|r| cell.contains(r.as_str()))).count(),
            3,
            "{row}"
        );
    }

    let near_zero = |run: usize| {
        let tensors = results.last_weights(&results.runs[run]).unwrap().unwrap();
        let weights = tensors
            .iter()
            .filter(|tensor| tensor.name.ends_with("weight"))
            .flat_map(|tensor| &tensor.values);
        let sizes: Vec<f32> = weights.map(|w| w.abs()).collect();
        sizes.iter().filter(|&&w| w < 0.001).count() as f64 / sizes.len() as f64
    };
    let [plain, penalised] = [0, 2].map(|run| percent::<2>(near_zero(run), near_zero(run + 1)));
    assert!(near_zero(2) > near_zero(0), "L1 drives weights to zero");
    let words = format!(
        "**L1** against its baseline “plain”: weights near zero {penalised}% against {plain}%; blind units "
    );
    assert!(text.contains(&words), "{words}\n{text}");
    // L1 differs from its baseline in the penalty only. L2 differs in the loss too.
    let confounded = |name: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("- **{name}** against its baseline")))
            .unwrap();
        line.contains("More than one thing differs (loss and penalty)")
    };
    assert_eq!(["L1", "L2"].map(confounded), [false, true]);
    // The filters of a first convolution are drawn, but not compared with dense layers. The weights
    // of a layer that gets pooled pixels are not drawn.
    let weights = &text[text.find("## Weights").unwrap()..];
    let rows = |name: &str| {
        weights.lines().filter(|line| line.starts_with(&format!("| [{name}]"))).count()
    };
    assert_eq!(["plain", "L1", "conv", "pooled"].map(rows), [2, 2, 1, 1]);
    let drawn = |name: &str| dir(&results).join(format!("plots/{name}_weights.png")).exists();
    assert_eq!(["plain", "l1", "conv", "pooled"].map(drawn), [true, true, true, false]);
    assert!(
        text.contains("all 3 filters, by falling norm")
            && text.contains("all 16 units, by falling norm")
    );
}

#[test]
fn mistakes_are_shown_if_the_images_are_available() {
    let scratch = tempfile::tempdir().unwrap();
    let results = run(scratch.path());
    let sheet = dir(&results).join("plots/pooled_mistakes.svg");
    let another = Dataset { fingerprint: "another".to_owned(), ..data() };
    for dataset in [None, Some(&another)] {
        let text = report(&results, dataset);
        assert!(text.contains("The images themselves are not shown") && !sheet.exists());
    }
    let text = report(&results, Some(&data()));
    assert!(!text.contains("The images themselves are not shown"));
    assert!(text.contains("](plots/pooled_mistakes.svg)"));
    assert!(fs::read_to_string(&sheet).unwrap().contains("<image "));
    assert!(
        fs::read_to_string(dir(&results).join("report.html"))
            .unwrap()
            .contains("href=\"data:image/png;base64,")
    );
}

#[test]
fn missing_files_are_reported_and_damaged_files_are_errors() {
    let scratch = tempfile::tempdir().unwrap();
    let results = run(scratch.path());
    let kept = fs::read_to_string(file(&results, 0, "predictions.csv")).unwrap();
    fs::remove_file(file(&results, 0, "predictions.csv")).unwrap();
    fs::remove_file(file(&results, 1, "last.safetensors")).unwrap();
    let text = report(&results, Some(&data()));
    assert!(text.contains("Without predictions, so not counted class by class: seed 1."), "{text}");
    assert!(text.contains("Without stored weights, so not counted: seed 2."), "{text}");

    let damaged = |content: &str, problem: &str| {
        fs::write(file(&results, 0, "predictions.csv"), content).unwrap();
        let error = try_report(&results, Some(&data())).unwrap_err();
        assert!(
            matches!(
                error,
                ReportError::Results(
                    ResultsError::Store(StoreError::Damaged { .. })
                        | ResultsError::OtherLabels { .. }
                )
            ),
            "{error}"
        );
        let error = error.to_string();
        assert!(error.contains("predictions.csv is damaged") && error.contains(problem), "{error}");
    };
    damaged(&kept[..kept.len() - 5], "it is cut off");
    // Image 0 is a row, not a column.
    assert!(kept.contains("\n0,0,"), "{kept}");
    let other_labels = kept.replacen("\n0,0,", "\n0,1,", 1);
    damaged(&other_labels, "its SHA-256 is not that of its run's outcome");
    // An earlier version stored no SHA-256.
    let outcome = fs::read_to_string(file(&results, 0, "outcome.json")).unwrap();
    fs::write(file(&results, 0, "outcome.json"), outcome.replace("predictions_sha256", "earlier"))
        .unwrap();
    damaged(&other_labels, "of its predictions are right, and its outcome differs");
    // As many are right: image 0 has label 1 and, if it was wrong, another wrong prediction.
    let row = kept.lines().nth(1).unwrap();
    let is_right = row.starts_with("0,0,0,");
    let (start, rest) = row.split_at(6);
    assert!(start.starts_with("0,0,") && rest.contains(','), "{row}");
    let other = if is_right { "0,1,1," } else { "0,1,0," };
    damaged(&kept.replacen(start, other, 1), "its labels are not the data set's");
}

#[test]
fn a_single_run_has_figures_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    let results = run(place.path());
    let figures = |network: &str| {
        let network = results.networks.iter().position(|facts| facts.name == network).unwrap();
        RunFigures::read(&results, results.run(network, 2).unwrap()).unwrap()
    };
    let conv = figures("conv");
    let label = conv.confusion.unwrap().label;
    assert!(label.starts_with("Confusion matrix of conv"), "{label}");
    assert!(conv.first_layer.unwrap().label.contains("3 of 3 units of the first layer of conv"));
    let pooled = figures("pooled");
    assert!(pooled.confusion.is_some() && pooled.first_layer.is_none());
    let pending = Run { status: RunStatus::Pending, outcome: None, ..results.runs[0].clone() };
    assert!(RunFigures::read(&results, &pending).unwrap().confusion.is_none());
    let unknown = Run { network: 99, ..results.runs[0].clone() };
    assert!(RunFigures::read(&results, &unknown).is_err());
}
