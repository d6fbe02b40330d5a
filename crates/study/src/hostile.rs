//! The bodies of the fuzz targets: what this crate's readers promise for any bytes, whoever made
//! them. `crates/hostile` runs them on stored inputs. This module is public for
//! them alone: it is no part of the API, and may change at any time.

use std::fs;
use std::path::Path;

use fitroom_data::{Dataset, LabelledImages};
use fitroom_nn::{Architecture, Network, Recipe, Shape, parse_layers};
use tempfile::TempDir;

use crate::arithmetic::Arithmetic;
use crate::file_names::{DATASET_FILE, REFERENCE, STUDY_FILE};
use crate::reference_files::CurvePlace;
use crate::report_curves::REPORT_CURVES;
use crate::run::RunFacts;
use crate::stored_files::read_study;
use crate::{
    DatasetFacts, RunStatus, StoreError, StoredStudy, Study, Weights, predictions, weights,
};

/// Most runs of a stored study that is opened here. Reading more takes time and shows nothing new.
const MOST_RUNS: usize = 12;
/// The id of the run whose files are read.
const RUN_ID: &str = "0123456789abcdef";
const IMAGE: Shape = Shape::Image { channels: 1, height: 28, width: 28 };

/// A study file. If it parses, it is written out, must read back to an equal study, and can be
/// checked against data without a panic. If it does not, the error names the file.
pub fn study_file(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let study = match Study::parse_with(text, "hostile.toml", CurvePlace::Memory(&[REPORT_CURVES]))
    {
        Ok(study) => study,
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with("hostile.toml") && message.len() < 20_000, "{message}");
            assert!(!message.chars().any(|c| c.is_control() && c != '\n'), "{message:?}");
            return;
        }
    };
    let is_part_of_a_file_name =
        |name: &str| name.chars().all(|c| c.is_alphanumeric() || " -_".contains(c));
    assert!(is_part_of_a_file_name(&study.name) && study.name.len() <= 255, "{:?}", study.name);
    let names = study.networks.iter().map(|network| &network.name);
    for text in names.chain([&study.title]) {
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    let written = study.to_toml();
    match Study::parse_with(&written, "written.toml", CurvePlace::Memory(&[REPORT_CURVES])) {
        Ok(read) => assert_eq!(read, study, "{written}"),
        Err(error) => panic!("{error}\n{written}"),
    }
    let _ = study.check(&dataset());
}

/// A network's layers. Written out, they must read back to equal layers, and the sums over a
/// network's layers must be the network's counts.
pub fn layers(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Ok(layers) = parse_layers(text) else { return };
    let written = layers.to_string();
    assert_eq!(parse_layers(&written).as_ref(), Ok(&layers), "{written}");
    let large = Shape::Image { channels: 3, height: 1000, width: 500 };
    for image in [IMAGE, Shape::Image { channels: 1, height: 1, width: 1 }, large] {
        let Ok(architecture) = Architecture::new(image, &layers, 10) else { continue };
        let summary = architecture.summary();
        assert_eq!(summary.len(), architecture.layers().len() + architecture.blocks().len());
        let parameters: usize = summary.iter().map(|layer| layer.parameters).sum();
        assert_eq!(parameters, architecture.parameter_count());
        let operations =
            summary.iter().fold(0_u64, |sum, layer| sum.saturating_add(layer.multiply_adds));
        assert_eq!(operations, architecture.multiply_adds());
    }
}

/// A file of weights. If it reads for a certain architecture, all of its tensors must be there.
pub fn weights(bytes: &[u8]) {
    let dir = scratch();
    let path = dir.path().join("best.safetensors");
    write(&path, bytes);
    let architecture = architecture();
    match weights::load_of(&path, RUN_ID, &architecture) {
        Ok(tensors) => {
            let (tensors, _) = tensors.expect("it is there");
            for expected in architecture.parameters() {
                let tensor = tensors
                    .iter()
                    .find(|tensor| tensor.name == expected.name)
                    .expect("it was looked for");
                assert_eq!(
                    (&tensor.shape, tensor.values.len()),
                    (&expected.shape, expected.shape.iter().product())
                );
            }
        }
        Err(error) => names_file(&error, &path),
    }
}

/// A checkpoint. A network that is restored from it must write an equal one, and can be used.
pub fn checkpoint(bytes: &[u8]) {
    let dir = scratch();
    let path = dir.path().join("checkpoint.safetensors");
    write(&path, bytes);
    let new = || Network::new(&architecture(), &Recipe::default(), 2, 1);
    let bits = |network: &Network| -> Vec<u32> {
        let tensors = [network.tensors(), network.optimizer_tensors()].concat();
        tensors
            .iter()
            .flat_map(|tensor| tensor.values.iter().map(|value| value.to_bits()))
            .collect()
    };
    let mut network = new();
    match weights::restore(&path, RUN_ID, &mut network) {
        Ok(saved_at) => {
            let at = saved_at.expect("it is there");
            weights::save(&path, RUN_ID, weights::all_of(&network), at)
                .expect("the directory is ours");
            let mut again = new();
            assert_eq!(
                weights::restore(&path, RUN_ID, &mut again).expect("just written"),
                saved_at
            );
            assert_eq!(bits(&again), bits(&network));
            let (mut classes, mut probabilities) = ([0; 2], [0.0; 4]);
            network.predict(&[7; 8], &[0, 1], &[0, 1], &mut classes, &mut probabilities);
            assert!(classes.iter().all(|&class| class < 2), "{classes:?}");
        }
        Err(error) => names_file(&error, &path),
    }
}

/// `predictions.csv` of four test images. If it reads, it has four predictions, and reads back to
/// equal ones when it is written out.
pub fn predictions(bytes: &[u8]) {
    let dir = scratch();
    let path = dir.path().join("predictions.csv");
    write(&path, bytes);
    let facts = DatasetFacts { test_images: 4, ..DatasetFacts::from(&dataset()) };
    match predictions::load(&path, &facts) {
        Ok(read) => {
            let (read, _) = read.expect("it is there");
            assert_eq!(read.len(), 4);
            predictions::save(&path, &read).expect("the directory is ours");
            let (again, _) =
                predictions::load(&path, &facts).expect("just written").expect("it is there");
            // NaN is not equal to itself, but is written the same.
            assert_eq!(format!("{again:?}"), format!("{read:?}"));
        }
        Err(error) => names_file(&error, &path),
    }
}

/// A study's directory. If it [`open`]s, everything that is read from it must agree.
pub fn directory(bytes: &[u8]) {
    let dir = scratch();
    let Some(stored) = open(bytes, dir.path()) else { return };
    assert_eq!(stored.runs.len(), stored.study.networks.len() * stored.study.seeds as usize);
    for run in &stored.runs {
        assert!(
            run.epochs.iter().enumerate().all(|(index, record)| record.epoch as usize == index + 1)
        );
        assert_eq!(run.outcome.is_some(), run.status == RunStatus::Finished);
        match stored.predictions(run) {
            Ok(read) => {
                assert!(read.is_none_or(|read| read.len() == stored.dataset.test_images));
            }
            Err(error) => names_file(&error, dir.path()),
        }
        for which in [Weights::Best, Weights::Last] {
            assert!(!matches!(stored.weights(run, which), Ok(Some(_))), "there are none");
        }
    }
}

/// Makes the study directory that these bytes describe at `dir`, and opens it. `None` if that is an
/// error.
///
/// The bytes are the directory's text files one after another, each after a line `--- NAME`. All
/// runs get the same files.
pub fn open(bytes: &[u8], dir: &Path) -> Option<StoredStudy> {
    let text = str::from_utf8(bytes).ok()?;
    let files: Vec<(&str, &str)> =
        text.split("--- ").skip(1).filter_map(|section| section.split_once('\n')).collect();
    let find = |name: &str| {
        files.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_bytes())
    };
    for name in [STUDY_FILE, DATASET_FILE] {
        if let Some(text) = find(name) {
            write(&dir.join(name), text);
        }
    }
    for (name, text) in &files {
        let file = name.strip_prefix(REFERENCE).and_then(|name| name.strip_prefix('/'));
        let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
        if let Some(file) = file.filter(is_name).filter(|name| !name.starts_with('.')) {
            fs::create_dir_all(dir.join(REFERENCE)).expect("the directory is ours");
            write(&dir.join(REFERENCE).join(file), text.as_bytes());
        }
    }
    let (study, dataset) = match read_study(dir) {
        Ok(read) => read?,
        Err(error) => {
            names_file(&error, dir);
            return None;
        }
    };
    if study.networks.len() * study.seeds as usize > MOST_RUNS {
        return None;
    }
    for network in &study.networks {
        // Twice the seeds: the second half is for confirmations.
        for seed in 1..=2 * u64::from(study.seeds) {
            let id = RunFacts::new(&study, network, seed, &dataset, Arithmetic::default()).id();
            let run = dir.join("runs").join(id);
            fs::create_dir_all(&run).expect("the directory is ours");
            for name in ["run.json", "epochs.jsonl", "outcome.json", "predictions.csv"] {
                if let Some(text) = find(name) {
                    write(&run.join(name), text);
                }
            }
        }
    }
    match StoredStudy::open(dir) {
        Ok(stored) => Some(stored),
        Err(error) => {
            names_file(&error, dir);
            None
        }
    }
}

/// Images of 28 x 28 pixels in three classes.
fn dataset() -> Dataset {
    let part = |count: usize| LabelledImages {
        images: (0..count * 784).map(|at| ((at * 31) >> 3) as u8).collect(),
        labels: (0..count).map(|image| (image % 3) as u8).collect(),
    };
    Dataset {
        name: "hostile".to_owned(),
        title: "Hostile".to_owned(),
        classes: ["a", "b", "c"].map(str::to_owned).to_vec(),
        channels: 1,
        height: 28,
        width: 28,
        train: part(40),
        test: part(4),
        fingerprint: "hostile".to_owned(),
        origin: "made by a test".to_owned(),
        stands_in_because: None,
        findings: Vec::new(),
    }
}

/// A small network, so that its checkpoints are small: for images of 2 x 2 pixels in two classes.
fn architecture() -> Architecture {
    let image = Shape::Image { channels: 1, height: 2, width: 2 };
    Architecture::parse(image, "dense 3, batchnorm, relu", 2)
        .expect("layers that follow one another")
}

fn scratch() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("the directory is ours");
}

fn names_file(error: &StoreError, path: &Path) {
    let path = path.display().to_string();
    assert!(error.to_string().contains(&path), "{error}");
}
