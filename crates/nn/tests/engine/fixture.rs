//! The cases in `../pytorch/*.json`: a network with everything that decides its numbers, and the
//! numbers that PyTorch computed.

use std::collections::BTreeMap;

use fitroom_nn::{
    Architecture, Augmentation, Loss, Network, Optimizer, Penalty, Recipe, Shape, Tensor,
};
use serde::Deserialize;

use crate::generator::{self, Images};

/// A case, and the numbers that it must give.
#[derive(Deserialize)]
pub struct Fixture {
    pub case: Case,
    pub expected: Expected,
}

/// A network, its data and its training steps. The fields have the names of `case` in make.py.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    pub classes: usize,
    pub layers: String,
    pub loss: Loss,
    #[serde(default)]
    pub label_smoothing: f32,
    #[serde(default)]
    pub augmentation: Augmentation,
    pub penalty: Penalty,
    pub optimizer: Optimizer,
    /// The learning rate of each step.
    pub learning_rates: Vec<f32>,
    pub images: usize,
    pub batch: usize,
    /// Whether many pixels are equal.
    pub coarse: bool,
    /// Tensors that are filled with one value, instead of the generator's values.
    pub set: BTreeMap<String, f32>,
    /// How many of the first layers with parameters are frozen.
    #[serde(default)]
    pub frozen: usize,
    /// The largest allowed difference from PyTorch's number, relative to the largest of its tensor.
    pub tolerance: f64,
    /// Whether tensors are compared too, not only losses.
    #[serde(rename = "tensors")]
    _tensors: bool,
}

/// PyTorch's numbers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The loss of each training step.
    pub losses: Stored,
    /// Correct answers in each training step.
    pub correct: Vec<u64>,
    /// The logits of all images in inference mode, after the last step.
    pub logits: Option<Stored>,
    pub score: Option<ExpectedScore>,
    /// The gradients of the last step.
    pub gradients: Option<BTreeMap<String, Stored>>,
    /// Parameters, if they changed, and running statistics after the last step.
    pub state: Option<BTreeMap<String, Stored>>,
    /// The optimizer's moments after the last step.
    pub moments: Option<BTreeMap<String, Stored>>,
}

#[derive(Deserialize)]
pub struct ExpectedScore {
    pub loss: f64,
    pub correct: u64,
}

/// A tensor, or a sample of it: every `every`-th value.
#[derive(Deserialize)]
pub struct Stored {
    pub shape: Vec<usize>,
    pub every: usize,
    /// √Σx² over all values.
    pub norm: f64,
    pub values: Vec<f64>,
}

/// Reads the cases of a file.
pub fn read(json: &str) -> Vec<Fixture> {
    serde_json::from_str(json).expect("fixtures are what make.py writes")
}

impl Case {
    /// The network with the generator's initial values.
    pub fn network(&self) -> Network {
        let [channels, height, width] = self.input;
        let architecture = Architecture::parse(
            Shape::Image { channels, height, width },
            &self.layers,
            self.classes,
        )
        .unwrap();
        let recipe = Recipe {
            loss: self.loss,
            label_smoothing: self.label_smoothing,
            augmentation: self.augmentation,
            penalty: self.penalty,
            optimizer: self.optimizer,
            frozen: self.frozen,
            ..Recipe::default()
        };
        let mut network = Network::new(&architecture, &recipe, self.batch, 0);
        network.keep_gradients();
        let mut tensors = network.tensors();
        generator::fill(&mut tensors);
        for (name, &value) in &self.set {
            tensors
                .iter_mut()
                .find(|t| t.name == *name)
                .expect("a tensor of the network")
                .values
                .fill(value);
        }
        network.load_tensors(&tensors).unwrap();
        network
    }

    pub fn data(&self) -> Images {
        generator::images(self.images, self.input, self.classes, self.coarse)
    }

    /// The images of a training step, spread over all of them.
    pub fn batch(&self, step: usize) -> Vec<u32> {
        (0..self.batch).map(|i| ((step * self.batch + i) * 7 % self.images) as u32).collect()
    }
}

/// Where a network and PyTorch disagree, in words that say by how much.
#[derive(Default)]
pub struct Disagreements(Vec<String>);

impl Disagreements {
    /// Compares two numbers.
    pub fn number(&mut self, what: &str, got: f64, expected: f64, tolerance: f64) {
        let error = (got - expected).abs() / expected.abs();
        if error.is_nan() || error > tolerance {
            self.0.push(format!("{what}: got {got}, PyTorch {expected}, off by {error:.1e}"));
        }
    }

    /// Compares values that must be equal.
    pub fn equal<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, got: T, expected: T) {
        if got != expected {
            self.0.push(format!("{what}: got {got:?}, PyTorch {expected:?}"));
        }
    }

    /// Compares all tensors of `expected` with those of the same name, relative to the largest
    /// value of their [`group`]. `complete` also asks that there are no others.
    pub fn tensors(
        &mut self,
        what: &str,
        got: &[Tensor],
        expected: &BTreeMap<String, Stored>,
        tolerance: f64,
        complete: bool,
    ) {
        if complete {
            let mut names: Vec<&str> = got.iter().map(|t| t.name.as_str()).collect();
            names.sort_unstable();
            self.equal(
                &format!("{what}: names"),
                names,
                expected.keys().map(String::as_str).collect(),
            );
        }
        let mut largest = BTreeMap::<String, f64>::new();
        for (name, stored) in expected {
            let entry = largest.entry(group(name)).or_default();
            *entry = entry.max(stored.largest()).max(f64::MIN_POSITIVE);
        }
        for (name, stored) in expected {
            match got.iter().find(|t| t.name == *name) {
                Some(tensor) => {
                    let what = format!("{what} {name}");
                    self.equal(&format!("{what}: shape"), &tensor.shape, &stored.shape);
                    self.values(&what, &tensor.values, stored, largest[&group(name)], tolerance);
                }
                None => self.0.push(format!("{what} {name}: is missing")),
            }
        }
    }

    /// Compares values relative to `scale`.
    pub fn values(
        &mut self,
        what: &str,
        got: &[f32],
        expected: &Stored,
        scale: f64,
        tolerance: f64,
    ) {
        if got.len() != expected.shape.iter().product::<usize>() {
            self.0.push(format!("{what}: {} values, PyTorch {:?}", got.len(), expected.shape));
            return;
        }
        let sample = got.iter().step_by(expected.every).map(|&x| f64::from(x));
        let errors = sample.zip(&expected.values).map(|(x, y)| (x - y).abs() / scale).enumerate();
        // `total_cmp` orders NaN after all numbers.
        let (place, error) =
            errors.max_by(|a, b| a.1.total_cmp(&b.1)).expect("tensors are not empty");
        if error.is_nan() || error > tolerance {
            let index = place * expected.every;
            let (x, y) = (got[index], expected.values[place]);
            self.0.push(format!(
                "{what}[{index}]: got {x}, PyTorch {y}, off by {error:.1e} of {scale}"
            ));
        }
        let norm = got.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        let error = (norm - expected.norm).abs() / expected.norm.max(scale);
        if error.is_nan() || error > tolerance {
            self.0.push(format!(
                "{what}: norm {norm}, PyTorch {}, off by {error:.1e}",
                expected.norm
            ));
        }
    }

    /// Writes the name of the case before each disagreement after the first `mark`.
    pub fn label_since(&mut self, mark: usize, case: &str) {
        for line in &mut self.0[mark..] {
            *line = format!("{case}: {line}");
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn assert_none(self) {
        assert!(
            self.0.is_empty(),
            "{} disagreements with PyTorch:\n{}",
            self.0.len(),
            self.0.join("\n")
        );
    }
}

impl Stored {
    pub fn largest(&self) -> f64 {
        self.values.iter().fold(0.0, |largest, x| x.abs().max(largest))
    }
}

/// The group of tensors whose largest value a tensor's errors are relative to. A layer's weight and
/// bias are one group, because the gradient of a bias before batch normalisation is only rounding.
/// Running statistics are compared alone.
fn group(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    match parts.iter().position(|&part| part == "weight" || part == "bias") {
        Some(at) => [&parts[..at], &["of"], &parts[at + 1..]].concat().join("."),
        None => name.to_owned(),
    }
}

/// Trains as the case says and compares everything with PyTorch's numbers.
pub fn compare(fixture: &Fixture, found: &mut Disagreements) {
    let Fixture { case, expected } = fixture;
    let tolerance = case.tolerance;
    let mark = found.len();
    let (mut network, data) = (case.network(), case.data());
    for (step, &learning_rate) in case.learning_rates.iter().enumerate() {
        let score =
            network.train_batch(&data.pixels, &data.labels, &case.batch(step), learning_rate);
        found.number(
            &format!("loss of step {step}"),
            score.loss(),
            expected.losses.values[step],
            tolerance,
        );
        found.equal(&format!("correct in step {step}"), score.correct, expected.correct[step]);
        found.equal(&format!("images in step {step}"), score.images, case.batch as u64);
    }
    if let Some(gradients) = &expected.gradients {
        found.tensors("gradient of", &network.gradients(), gradients, tolerance, true);
    }
    if let Some(state) = &expected.state {
        found.tensors("after training,", &network.tensors(), state, tolerance, false);
    }
    if let Some(moments) = &expected.moments {
        found.tensors("moments", &network.optimizer_tensors(), moments, tolerance, true);
    }
    let all: Vec<u32> = (0..case.images as u32).collect();
    if let Some(logits) = &expected.logits {
        found.values(
            "logits",
            &network.logits(&data.pixels, &all),
            logits,
            logits.largest(),
            tolerance,
        );
    }
    if let Some(expected) = &expected.score {
        let score = network.score(&data.pixels, &data.labels, &all);
        found.number("score", score.loss(), expected.loss, tolerance);
        found.equal("correct in score", score.correct, expected.correct);
    }
    found.label_since(mark, &case.name);
}
