//! Made-up studies for tests and for looking at: curves like the published ones, with noise that
//! depends on the seed.

use std::path::PathBuf;

use fitroom_study::{
    DatasetFacts, EpochRecord, Host, NetworkPlan, Outcome, RunStatus, Scores, ScoresAt, StoredRun,
    StoredStudy, Study, SweepPoint, Training,
};

/// Builds a [`StoredStudy`].
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
    published: Option<u32>,
    patience: Option<u32>,
    swept: Option<SweepPoint>,
    vs: Option<String>,
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
            published: None,
            patience: None,
            swept: None,
            vs: None,
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

    /// Compared with this network of the published report; its curve is the middle of the made-up
    /// ones.
    pub fn published(self, network: u32) -> Self {
        Plan { published: Some(network), ..self }
    }

    /// Its baseline.
    pub fn vs(self, baseline: &str) -> Self {
        Plan { vs: Some(baseline.into()), ..self }
    }

    /// Of the sweep `of`, at these values.
    pub fn swept(self, of: &str, at: &[(&str, &str)]) -> Self {
        let at = at.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        Plan { swept: Some(SweepPoint { of: of.into(), at }), ..self }
    }

    /// Moves all accuracies.
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

    /// Finished after so many epochs, since none was better for `patience` more.
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

    pub fn stored(self) -> StoredStudy {
        let mut runs = Vec::new();
        for (network, plan) in self.plans.iter().enumerate() {
            for seed in 1..=u64::from(self.seeds) {
                runs.push(self.run(network, plan, seed));
            }
        }
        let classes = [
            "T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
            "Boot",
        ];
        StoredStudy {
            dir: PathBuf::from("made up"),
            dataset: DatasetFacts {
                name: "fashion-mnist".into(),
                title: "Fashion-MNIST".into(),
                classes: classes.map(String::from).to_vec(),
                channels: 1,
                height: 28,
                width: 28,
                train_images: 60_000,
                test_images: 10_000,
                fingerprint: "3f".repeat(32),
                origin: "the data directory".into(),
                stands_in_because: None,
            },
            host: Host {
                program: "fitroom 0.1.0".into(),
                system: "linux x86_64".into(),
                processor: "AMD EPYC 9B45".into(),
                cores: 2,
            },
            runs,
            confirmations: Vec::new(),
            set_aside: 0,
            study: Study {
                name: "report".into(),
                title: "report".into(),
                dataset: None,
                seeds: self.seeds,
                validation: self.validation,
                train_images: None,
                networks: self.plans.iter().map(|plan| self.network(plan)).collect(),
            },
        }
    }

    fn network(&self, plan: &Plan) -> NetworkPlan {
        let [l1, l2] = plan.penalty;
        NetworkPlan {
            name: plan.name.clone(),
            layers: plan.layers.split(", ").map(|layer| layer.parse().unwrap()).collect(),
            vs: plan.vs.clone(),
            published: plan.published,
            swept: plan.swept.clone(),
            training: Training {
                epochs: self.epochs,
                batch_size: 64,
                loss: serde_json::from_value(plan.loss.into()).unwrap(),
                penalty: serde_json::from_value(serde_json::json!({ "l1": l1, "l2": l2 })).unwrap(),
                optimizer: Default::default(),
                schedule: Default::default(),
                monitor: Default::default(),
                patience: plan.patience,
                augmentation: Default::default(),
                fit_images: None,
            },
        }
    }

    fn run(&self, network: usize, plan: &Plan, seed: u64) -> StoredRun {
        let end = plan.ends.iter().find(|end| end.0 == seed);
        let (_, done, status) = end.copied().unwrap_or((seed, self.epochs, RunStatus::Finished));
        let epochs: Vec<EpochRecord> =
            (1..=done).map(|epoch| self.epoch(network as u64, plan, seed, epoch)).collect();
        let outcome = (status == RunStatus::Finished).then(|| {
            let last = epochs[epochs.len() - 1];
            // The first of equals; comparisons with NaN are false: without validation the last
            // epoch is best.
            let best = epochs.iter().fold(last, |best, record| {
                let better = record.val_accuracy > best.val_accuracy
                    || record.val_accuracy == best.val_accuracy && record.epoch < best.epoch;
                if better { *record } else { best }
            });
            let seconds = epochs.iter().map(|record| record.seconds).sum::<f64>() + 0.5;
            Outcome { best: scores_at(&best), last: scores_at(&last), seconds }
        });
        StoredRun { id: format!("{network}-{seed}"), network, seed, status, epochs, outcome }
    }

    fn epoch(&self, network: u64, plan: &Plan, seed: u64, epoch: u32) -> EpochRecord {
        let noise = |purpose: u64| {
            noise([network, seed, u64::from(epoch), purpose]) + noise([network, seed, 0, purpose])
        };
        let [train_loss, val_loss, train_accuracy, val_accuracy] =
            middle(plan.published.unwrap_or(2), epoch);
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

fn scores_at(record: &EpochRecord) -> ScoresAt {
    ScoresAt {
        epoch: record.epoch,
        fit: Scores { loss: record.fit_loss, accuracy: record.fit_accuracy },
        val: Scores { loss: record.val_loss, accuracy: record.val_accuracy },
        test: Scores { loss: record.val_loss + 0.0004, accuracy: record.val_accuracy - 0.0003 },
    }
}

/// Training and validation loss, training and validation accuracy of the published network; its
/// last epoch goes on.
fn middle(network: u32, epoch: u32) -> [f64; 4] {
    let key = format!("{network},{},", epoch.min(20));
    let line =
        include_str!("published_curves.csv").lines().find(|line| line.starts_with(&key)).unwrap();
    let mut numbers = line[key.len()..].split(',').map(|number| number.parse().unwrap());
    std::array::from_fn(|_| numbers.next().unwrap())
}

/// From −1 to 1, about normal: the mean of four uniform numbers from a hash (SplitMix64) of the
/// key.
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
