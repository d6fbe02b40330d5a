//! Made-up results for tests and for examples: curves like the reference curves, with noise that
//! depends on the seed.

use fitroom_results::{
    DatasetFacts, EpochRecord, Host, LayerFacts, LayerFamily, Monitor, NetworkFacts, Outcome,
    ReferenceCurve, ReferenceEpoch, Results, Run, RunStatus, Scores, ScoresAt, Setting,
    SettingField, SweepPoint, WeightFacts,
};

/// Builds [`Results`].
pub struct Fixture {
    seeds: u32,
    epochs: u32,
    validation: usize,
    plans: Vec<Plan>,
}

/// One network of a [`Fixture`].
pub struct Plan {
    name: String,
    layers: &'static str,
    loss: &'static str,
    penalty: [f32; 2],
    reference: Option<u32>,
    patience: Option<u32>,
    swept: Option<SweepPoint>,
    baseline: Option<String>,
    shift: f64,
    gain_in_inference: f64,
    /// Seed, epochs done, status.
    ends: Vec<(u64, u32, RunStatus)>,
}

impl Plan {
    pub fn new(name: &str) -> Self {
        Plan {
            name: name.into(),
            layers: "dense 128, relu, dense 64, relu",
            loss: "cross-entropy",
            penalty: [0.0; 2],
            reference: None,
            patience: None,
            swept: None,
            baseline: None,
            shift: 0.0,
            gain_in_inference: 0.004,
            ends: Vec::new(),
        }
    }

    pub fn layers(self, layers: &'static str) -> Self {
        Plan { layers, ..self }
    }

    pub fn softmax_twice(self) -> Self {
        Plan { loss: "cross-entropy-of-softmax", ..self }
    }

    pub fn penalty(self, l1: f32, l2: f32) -> Self {
        Plan { penalty: [l1, l2], ..self }
    }

    /// Compares the network with this reference curve, around which the made-up curves lie.
    pub fn reference(self, network: u32) -> Self {
        Plan { reference: Some(network), ..self }
    }

    /// Compares the network with this baseline.
    pub fn vs(self, baseline: &str) -> Self {
        Plan { baseline: Some(baseline.into()), ..self }
    }

    /// Makes the network a point of the sweep `of`, at these values.
    pub fn swept(self, of: &str, at: &[(&str, &str)]) -> Self {
        let at = at.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        Plan { swept: Some(SweepPoint { of: of.into(), at }), ..self }
    }

    /// Adds `shift` to all accuracies.
    pub fn shifted(self, shift: f64) -> Self {
        Plan { shift, ..self }
    }

    /// How much better training images score in inference mode.
    pub fn gain_in_inference(self, gain_in_inference: f64) -> Self {
        Plan { gain_in_inference, ..self }
    }

    pub fn diverged(mut self, seed: u64, epochs: u32) -> Self {
        self.ends.push((seed, epochs, RunStatus::Diverged));
        self
    }

    /// The run of `seed` finished after this many epochs, because the last `patience` epochs were
    /// not better than the best one before.
    pub fn ended_early(mut self, seed: u64, epochs: u32, patience: u32) -> Self {
        self.ends.push((seed, epochs, RunStatus::Finished));
        Plan { patience: Some(patience), ..self }
    }

    pub fn pending(mut self, seed: u64, epochs: u32) -> Self {
        self.ends.push((seed, epochs, RunStatus::Pending));
        self
    }
}

impl Fixture {
    pub fn new(seeds: u32) -> Self {
        Fixture { seeds, epochs: 20, validation: 10_000, plans: Vec::new() }
    }

    pub fn epochs(self, epochs: u32) -> Self {
        Fixture { epochs, ..self }
    }

    pub fn without_validation(self) -> Self {
        Fixture { validation: 0, ..self }
    }

    pub fn with(mut self, plan: Plan) -> Self {
        self.plans.push(plan);
        self
    }

    pub fn results(self) -> Results {
        let mut results = Results::new("report");
        results.dataset = dataset();
        results.host = Some(Host {
            program: "fitroom 0.1.0".into(),
            system: "linux x86_64".into(),
            processor: "AMD EPYC 9B45".into(),
            cores: 2,
        });
        results.seeds = self.seeds;
        results.validation = Some(self.validation);
        results.networks = self.plans.iter().map(|plan| self.network(plan)).collect();
        for (network, plan) in self.plans.iter().enumerate() {
            results
                .runs
                .extend((1..=u64::from(self.seeds)).map(|seed| self.run(network, plan, seed)));
        }
        results
    }

    fn network(&self, plan: &Plan) -> NetworkFacts {
        let layers = written_layers(plan.layers);
        let weights = weights(&layers);
        let biases = weights.iter().map(|weight| weight.shape[0]).sum::<usize>();
        let count = |weight: &WeightFacts| weight.shape.iter().product::<usize>();
        NetworkFacts {
            baseline: plan.baseline.clone(),
            settings: self.settings(plan),
            parameters: Some(weights.iter().map(count).sum::<usize>() + biases),
            multiply_adds: Some(weights.iter().map(count).sum::<usize>() as u64),
            weights,
            epochs: Some(self.epochs),
            patience: plan.patience,
            monitor: Monitor::Accuracy,
            loss: Some(plan.loss.into()),
            lowest_loss: if plan.loss == "cross-entropy" { 0.0 } else { 1.4612 },
            has_dropout: layers.iter().any(|layer| layer.family == LayerFamily::Dropout),
            layers: Some(layers),
            reference: plan.reference.map(reference),
            swept: plan.swept.clone(),
            ..NetworkFacts::new(plan.name.as_str())
        }
    }

    fn settings(&self, plan: &Plan) -> Vec<Setting> {
        let setting = |key: &str, value: String, fields: &[(&str, String)]| Setting {
            key: key.into(),
            value,
            fields: fields
                .iter()
                .map(|(key, value)| SettingField { key: (*key).into(), value: value.clone() })
                .collect(),
        };
        let [l1, l2] = plan.penalty;
        let strengths =
            [("l1", l1), ("l2", l2)].into_iter().filter(|(_, strength)| *strength > 0.0);
        let mut penalty: Vec<_> =
            strengths.map(|(key, strength)| (key, strength.to_string())).collect();
        penalty.push(("on", "all".into()));
        let adam = [
            ("learning_rate", "0.001"),
            ("beta1", "0.9"),
            ("beta2", "0.999"),
            ("epsilon", "1e-8"),
            ("name", "adam"),
        ];
        let patience = plan.patience.map_or("\"none\"".into(), |patience| patience.to_string());
        vec![
            setting("layers", format!("\"{}\"", plan.layers), &[]),
            setting("epochs", self.epochs.to_string(), &[]),
            setting("batch_size", "64".into(), &[]),
            setting("loss", format!("\"{}\"", plan.loss), &[]),
            setting("penalty", format!("{{ l1 = {l1}, l2 = {l2} }}"), &penalty),
            setting("optimizer", "\"adam\"".into(), &adam.map(|(key, value)| (key, value.into()))),
            setting("schedule", "\"constant\"".into(), &[("name", "constant".into())]),
            setting("monitor", "\"accuracy\"".into(), &[]),
            setting("patience", patience, &[]),
            setting("augmentation", "{ }".into(), &[]),
            setting("fit_images", "\"all\"".into(), &[]),
        ]
    }

    fn run(&self, network: usize, plan: &Plan, seed: u64) -> Run {
        let end = plan.ends.iter().find(|end| end.0 == seed);
        let (_, done, status) = end.copied().unwrap_or((seed, self.epochs, RunStatus::Finished));
        let epochs: Vec<EpochRecord> =
            (1..=done).map(|epoch| self.epoch(network as u64, plan, seed, epoch)).collect();
        let outcome = (status == RunStatus::Finished).then(|| {
            let last = epochs[epochs.len() - 1];
            // The first among equals. Comparisons with NaN are false, so without validation the
            // last epoch is the best.
            let best = epochs.iter().fold(last, |best, record| {
                let better = record.val_accuracy > best.val_accuracy
                    || record.val_accuracy == best.val_accuracy && record.epoch < best.epoch;
                if better { *record } else { best }
            });
            let seconds = epochs.iter().map(|record| record.seconds).sum::<f64>() + 0.5;
            Outcome { best: scores_at(&best), last: scores_at(&last), seconds }
        });
        Run { status, epochs, outcome, ..Run::new(network, seed) }
    }

    fn epoch(&self, network: u64, plan: &Plan, seed: u64, epoch: u32) -> EpochRecord {
        let noise = |purpose: u64| {
            noise([network, seed, u64::from(epoch), purpose]) + noise([network, seed, 0, purpose])
        };
        let [train_loss, val_loss, train_accuracy, val_accuracy] =
            middle(plan.reference.unwrap_or(2), epoch);
        let seen = |x: f64| if self.validation == 0 { f64::NAN } else { x };
        let with_penalty = if plan.penalty == [0.0; 2] { train_loss } else { val_loss - 0.01 };
        EpochRecord {
            epoch,
            train_loss: train_loss + 0.002 * noise(1),
            train_accuracy: train_accuracy + plan.shift + 0.001 * noise(2),
            fit_loss: with_penalty - plan.gain_in_inference + 0.002 * noise(3),
            fit_accuracy: train_accuracy + plan.shift + plan.gain_in_inference + 0.001 * noise(4),
            val_loss: seen(val_loss + 0.004 * noise(5)),
            val_accuracy: seen(val_accuracy + plan.shift + 0.002 * noise(6)),
            learning_rate: 0.001,
            seconds: 0.35 + 0.01 * noise(7),
        }
    }
}

fn dataset() -> DatasetFacts {
    let classes = [
        "T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Boot",
    ];
    DatasetFacts {
        name: "fashion-mnist".into(),
        title: "Fashion-MNIST".into(),
        classes: classes.map(String::from).to_vec(),
        image: Some([1, 28, 28]),
        train_images: Some(60_000),
        test_images: Some(10_000),
        fingerprint: Some("3f".repeat(32)),
        origin: Some("the data directory".into()),
        stands_in_because: None,
    }
}

/// Hidden layers from a list as a study file writes it: `dense 128, relu`.
pub(crate) fn written_layers(layers: &str) -> Vec<LayerFacts> {
    let family = |text: &str| match text.split(' ').next() {
        Some("dense") => LayerFamily::Dense,
        Some("conv") => LayerFamily::Convolution,
        Some("maxpool") => LayerFamily::Pooling,
        Some("flatten") => LayerFamily::Reshape,
        Some("batchnorm") => LayerFamily::BatchNormalisation,
        Some("dropout") => LayerFamily::Dropout,
        Some("relu" | "gelu" | "tanh") => LayerFamily::Activation,
        _ => panic!("a layer that no test has used so far: {text}"),
    };
    let layer = |text: &str| LayerFacts { text: text.into(), family: family(text) };
    layers.split(", ").map(layer).collect()
}

/// The weights of dense layers and of convolutions that keep an image's size.
fn weights(layers: &[LayerFacts]) -> Vec<WeightFacts> {
    let (mut channels, mut features, mut sees_image) = (1, 28 * 28, true);
    let mut weights = Vec::new();
    for (index, layer) in
        layers.iter().map(|layer| layer.text.as_str()).chain(["dense 10"]).enumerate()
    {
        let mut words = layer.split(' ');
        let (kind, outputs) = (words.next(), words.next().and_then(|word| word.parse().ok()));
        let shape = match (kind, outputs) {
            (Some("dense"), Some(units)) => vec![units, features],
            (Some("conv"), Some(filters)) => vec![filters, channels, 3, 3],
            _ => continue,
        };
        (channels, features) = match shape.len() {
            2 => (channels, shape[0]),
            _ => (shape[0], shape[0] * 28 * 28),
        };
        weights.push(WeightFacts {
            name: format!("{index}.weight"),
            shape,
            layer: layer.into(),
            sees_image: std::mem::take(&mut sees_image),
        });
    }
    weights
}

fn scores_at(record: &EpochRecord) -> ScoresAt {
    ScoresAt {
        epoch: record.epoch,
        fit: Scores { loss: record.fit_loss, accuracy: record.fit_accuracy },
        val: Scores { loss: record.val_loss, accuracy: record.val_accuracy },
        test: Scores { loss: record.val_loss + 0.0004, accuracy: record.val_accuracy - 0.0003 },
    }
}

/// A reference curve that was validated on the test images.
pub fn reference(network: u32) -> ReferenceCurve {
    let epoch = |epoch| {
        let [train_loss, test_loss, train_accuracy, test_accuracy] = middle(network, epoch);
        let loss_error = if network > 5 { 0.005 } else { 0.002 };
        ReferenceEpoch {
            train_loss,
            train_accuracy,
            test_loss,
            test_accuracy,
            loss_error,
            accuracy_error: 0.002,
            ..ReferenceEpoch::new(epoch)
        }
    };
    ReferenceCurve {
        network: network.to_string(),
        epochs: (1..=20).map(epoch).collect(),
        dataset: Some("fashion-mnist".into()),
    }
}

/// Training and validation loss, training and validation accuracy of a reference curve. After its
/// last epoch the curve stays as it is.
fn middle(network: u32, epoch: u32) -> [f64; 4] {
    let key = format!("{network},{},", epoch.min(20));
    let curves = include_str!("../../published/src/curves.csv");
    let line = curves.lines().find(|line| line.starts_with(&key)).unwrap();
    let mut numbers = line[key.len()..].split(',').map(|number| number.parse().unwrap());
    std::array::from_fn(|_| numbers.next().unwrap())
}

/// A number from −1 to 1, roughly normally distributed: the mean of four uniform numbers from a
/// hash (SplitMix64) of the key.
pub fn noise(key: [u64; 4]) -> f64 {
    let mut state = key.iter().fold(0_u64, |state, part| {
        (state ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
    });
    let mut uniform = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (uniform() + uniform() + uniform() + uniform()) / 2.0
}
