//! Networks that start from a file: what is read, refused and kept, and what the runs give.

mod files;
mod runs;

use std::borrow::Cow;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use fitroom_nn::{Network, Tensor};
use safetensors::{Dtype, View, serialize};

use crate::test_data::dataset;
use crate::{
    Event, RunOptions, Share, StoredRun, StoredStudy, Study, Weights, image_shape, run_study,
};

/// The layers of `tests/pytorch/model.safetensors`.
const LAYERS: &str = "conv 2 3x3, batchnorm, relu, flatten, dense 5, batchnorm, tanh";
const PYTORCH: &[u8] = include_bytes!("../../../tests/pytorch/model.safetensors");
const PYTORCH_HALF: &[u8] = include_bytes!("../../../tests/pytorch/model-half.safetensors");
const LOGITS: &str = include_str!("../../../tests/pytorch/logits.json");

/// A tensor of any type, for a file.
struct Raw {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for &Raw {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.bytes.as_slice().into()
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

fn raw(tensor: &Tensor) -> Raw {
    let bytes = tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Raw { name: tensor.name.clone(), dtype: Dtype::F32, shape: tensor.shape.clone(), bytes }
}

fn to_file(tensors: &[Raw]) -> Vec<u8> {
    serialize(tensors.iter().map(|tensor| (tensor.name.as_str(), tensor)), None).unwrap()
}

/// The tensors of a new network with these layers, on the images of [`dataset`].
fn tensors_of(layers: &str, seed: u64) -> Vec<Tensor> {
    let text = format!("[[network]]\nname = \"a\"\nlayers = \"{layers}\"\n");
    let plan = &crate::test_data::study(&text).networks[0];
    let architecture = plan.architecture(image_shape(&dataset(9, 9)), 3).unwrap();
    Network::new(&architecture, &plan.training.recipe(), 1, seed).tensors()
}

/// The file of a new network.
pub(crate) fn file_of(layers: &str, seed: u64) -> Vec<u8> {
    to_file(&tensors_of(layers, seed).iter().map(raw).collect::<Vec<_>>())
}

/// A directory with study files and files of weights.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.at(name), bytes).unwrap();
    }

    /// The study with this text, read from a file in the directory.
    fn study(&self, text: &str) -> Result<Study, String> {
        let path = self.at("mine.toml");
        fs::write(&path, format!("name = \"test\"\n{text}")).unwrap();
        let here = format!("{}/", self.0.path().display());
        Study::find(path.to_str().unwrap()).map_err(|error| error.to_string().replace(&here, ""))
    }

    /// Trains the study with this text in the directory `out`, until an event for which `stop_at` is
    /// true.
    fn train_until(
        &self,
        out: &str,
        text: &str,
        options: &RunOptions,
        stop_at: impl Fn(&Event) -> bool + Sync,
    ) -> StoredStudy {
        let stop = AtomicBool::new(false);
        let observer = |event: &Event| {
            stop.fetch_or(stop_at(event), Ordering::Relaxed);
        };
        let study = self.study(text).unwrap();
        run_study(&study, &dataset(150, 40), &self.at(out), options, &stop, &observer).unwrap();
        StoredStudy::open(&self.at(out)).unwrap()
    }

    fn train(&self, out: &str, text: &str) -> StoredStudy {
        self.train_until(out, text, &RunOptions::new(1), |_| false)
    }
}

/// A study of one network, trained for two epochs.
fn text(layers: &str, init: &str) -> String {
    format!(
        "[training]\nvalidation = 30\nbatch_size = 24\nepochs = 2\n\
         [[network]]\nname = \"a\"\nlayers = \"{layers}\"\n{init}\n"
    )
}

/// The runs without their times, with their weights.
fn results(stored: &StoredStudy) -> Vec<(StoredRun, Vec<Tensor>)> {
    let timeless = |run: &StoredRun| {
        let weights = stored.weights(run, Weights::Last).unwrap().unwrap();
        let mut run = run.clone();
        run.epochs.iter_mut().for_each(|record| record.seconds = 0.0);
        run.outcome.iter_mut().for_each(|outcome| *outcome = outcome.timeless());
        (run, weights)
    };
    stored.runs.iter().map(timeless).collect()
}

/// The names of the files in `init/`.
fn kept(dir: &Path) -> Vec<String> {
    let mut names = crate::files::names_in(&dir.join("init")).unwrap();
    names.sort_unstable();
    names
}

fn share(text: &str) -> RunOptions {
    RunOptions { share: Some(text.parse::<Share>().unwrap()), ..RunOptions::new(1) }
}
