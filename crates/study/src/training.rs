//! One network's training settings, with every default filled in.

use fitroom_nn::{Augmentation, InitialValues, Loss, Optimizer, Penalty, Recipe, Schedule};
use serde::{Deserialize, Serialize};

use crate::{EpochRecord, InitFacts, Scores};

/// One network's training settings.
///
/// The settings that were added after the first version are not serialized at their default values,
/// so that older runs keep their ids.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Passes over the training images. `patience` may end training earlier.
    pub epochs: u32,
    /// Images per step. The last step of an epoch takes the images that are left, like PyTorch's
    /// `DataLoader`.
    pub batch_size: usize,
    /// The loss that training minimizes.
    pub loss: Loss,
    /// The penalty that is added to the loss.
    pub penalty: Penalty,
    /// How gradients change parameters.
    pub optimizer: Optimizer,
    /// How the learning rate changes during training.
    pub schedule: Schedule,
    /// The measure that decides which epoch is the best.
    #[serde(default, skip_serializing_if = "is_default")]
    pub monitor: Monitor,
    /// Training ends after this many epochs in a row without a new best one, like Keras's
    /// `EarlyStopping(patience)`. `None`: it never ends early.
    #[serde(default, skip_serializing_if = "is_default")]
    pub patience: Option<u32>,
    /// Random changes of training images.
    #[serde(default, skip_serializing_if = "is_default")]
    pub augmentation: Augmentation,
    /// How the bytes of an image become numbers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub normalise: Normalise,
    /// How many training images are scored after each epoch, at even distances; `None`: all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fit_images: Option<u32>,
    /// Which epoch's weights are kept, and which validation score networks are compared by.
    #[serde(default, skip_serializing_if = "is_default")]
    pub choose: Choose,
    /// How much of each label is spread evenly over all classes in training. Scores count the
    /// labels as they are.
    #[serde(default, skip_serializing_if = "is_default")]
    pub label_smoothing: f32,
    /// How random initial weights are drawn.
    #[serde(default, skip_serializing_if = "is_default")]
    pub initial_values: InitialValues,
    /// The weights that the network starts from; `None`: random ones.
    #[serde(default, skip_serializing_if = "is_default")]
    pub init: Option<InitFacts>,
}

/// Which epoch's weights are kept and scored on the test images, and which validation score
/// networks are compared by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choose {
    /// The best epoch, by [`Monitor`]: its weights, and its score. That score is flattering: the
    /// best of many epochs is partly luck.
    #[default]
    Best,
    /// The weights after the last epoch, and the mean validation score over the last quarter of the
    /// epochs that were trained. Nothing is picked, so nothing flatters.
    LastQuarter,
}

/// How the bytes of an image become numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Normalise {
    /// Bytes are divided by 255, as torchvision's `ToTensor()` does.
    #[default]
    #[serde(rename = "0..1")]
    Unit,
    /// Bytes are divided by 255, and each channel then gets mean 0 and standard deviation 1 over
    /// the images that are trained on, as torchvision's `Normalize` with these numbers.
    #[serde(rename = "mean-std")]
    MeanStd,
}

/// The measure that decides which epoch is the best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Monitor {
    /// The highest validation accuracy.
    #[default]
    Accuracy,
    /// The lowest validation loss.
    Loss,
}

impl Training {
    /// The settings that `fitroom_nn` needs.
    pub(crate) fn recipe(&self) -> Recipe {
        let Training { loss, label_smoothing, penalty, optimizer, augmentation, .. } = *self;
        let (frozen, initial_values) = (self.frozen_layers(), self.initial_values);
        Recipe { loss, label_smoothing, penalty, optimizer, augmentation, frozen, initial_values }
    }

    /// How many of the network's first layers with parameters are frozen.
    pub(crate) fn frozen_layers(&self) -> usize {
        self.init.map_or(0, |init| init.frozen_layers())
    }

    /// The epoch whose weights are kept: the best one or the last, as [`Choose`] says. `None` if
    /// there are no epochs.
    pub fn chosen<'a>(&self, records: &'a [EpochRecord]) -> Option<&'a EpochRecord> {
        match self.choose {
            Choose::Best => self.best(records),
            Choose::LastQuarter => records.last(),
        }
    }

    /// The validation score that the run is compared by. `None` if there are no epochs.
    pub fn chosen_val(&self, records: &[EpochRecord]) -> Option<Scores> {
        let chosen = self.chosen(records)?;
        match self.choose {
            Choose::Best => Some(chosen.val()),
            Choose::LastQuarter => {
                let quarter = records.len().div_ceil(4);
                let end = &records[records.len() - quarter..];
                let mean = |score: fn(&EpochRecord) -> f64| {
                    end.iter().map(score).sum::<f64>() / quarter as f64
                };
                Some(Scores {
                    loss: mean(|record| record.val_loss),
                    accuracy: mean(|record| record.val_accuracy),
                })
            }
        }
    }

    /// The setting by which training goes on as validation says, if there is one.
    pub(crate) fn judges_epochs(&self) -> Option<&'static str> {
        match (self.patience, self.schedule.depends_on_scores()) {
            (Some(_), _) => Some("patience"),
            (None, true) => Some("schedule"),
            (None, false) => None,
        }
    }

    /// The base learning rate of the epoch after these.
    pub(crate) fn base_learning_rate(&self, records: &[EpochRecord]) -> f32 {
        let scores = records.iter().map(|record| self.height(record));
        self.schedule.base_after(self.optimizer.learning_rate(), scores)
    }

    /// The monitored score; higher is better.
    fn height(&self, record: &EpochRecord) -> f64 {
        match self.monitor {
            Monitor::Accuracy => record.val_accuracy,
            Monitor::Loss => -record.val_loss,
        }
    }

    /// The best of a run's epochs; of equals, the earliest. Without validation, the last one.
    /// `None` if there are no epochs.
    fn best<'a>(&self, records: &'a [EpochRecord]) -> Option<&'a EpochRecord> {
        let height = |record: &EpochRecord| self.height(record);
        if height(records.first()?).is_nan() {
            return records.last();
        }
        // `max_by` returns the last of equals. In reverse order, that is the earliest epoch.
        records.iter().rev().max_by(|a, b| height(a).total_cmp(&height(b)))
    }

    /// Whether a run with these epochs is over: all epochs are done, or none of the last `patience`
    /// epochs was better than the best one before them.
    pub fn is_over(&self, records: &[EpochRecord]) -> bool {
        let done = records.len() as u32;
        let waited = || Some(done - self.best(records)?.epoch);
        done >= self.epochs
            || self
                .patience
                .is_some_and(|patience| waited().is_some_and(|epochs| epochs >= patience))
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::study;

    fn records(values: &[(f64, f64)]) -> Vec<EpochRecord> {
        let record = |(epoch, &(val_accuracy, val_loss)): (u32, &(f64, f64))| EpochRecord {
            epoch,
            train_loss: 1.0,
            train_accuracy: 0.5,
            fit_loss: 1.0,
            fit_accuracy: 0.5,
            val_loss,
            val_accuracy,
            learning_rate: 0.001,
            seconds: 1.0,
        };
        (1..).zip(values).map(record).collect()
    }

    fn training(text: &str) -> Training {
        study(&format!("[training]\n{text}\n[[network]]\nname = \"a\"\nlayers = \"\"")).networks[0]
            .training
    }

    #[test]
    fn the_best_epoch_is_the_earliest_of_equals_and_the_last_without_validation() {
        let best = |training: Training, values: &[(f64, f64)]| {
            training.chosen(&records(values)).map(|best| best.epoch)
        };
        let values = [(0.5, 0.9), (0.7, 0.8), (0.6, 0.4), (0.7, 0.4)];
        let (accuracy, loss) = (training(""), training("monitor = \"loss\""));
        assert_eq!((best(accuracy, &values), best(loss, &values)), (Some(2), Some(3)));
        assert_eq!((best(accuracy, &[]), best(loss, &[])), (None, None));
        assert_eq!(
            (best(accuracy, &[(f64::NAN, f64::NAN); 3]), best(loss, &[(f64::NAN, f64::NAN); 3])),
            (Some(3), Some(3))
        );
    }

    #[test]
    fn patience_ends_training_before_its_epochs_do() {
        let over = |text: &str, values: &[(f64, f64)]| training(text).is_over(&records(values));
        let values = [(0.5, 0.9), (0.7, 0.8), (0.6, 0.4), (0.7, 0.5)];
        let after = |text: &str| (1..=4).find(|&done| over(text, &values[..done]));
        assert_eq!(after("epochs = 4"), Some(4));
        assert_eq!(after("epochs = 5"), None);
        assert_eq!(after("epochs = 9\npatience = 1"), Some(3));
        assert_eq!(after("epochs = 9\npatience = 2"), Some(4));
        assert_eq!(after("epochs = 9\npatience = 1\nmonitor = \"loss\""), Some(4));
        assert_eq!(after("epochs = 9\npatience = 3"), None);
        assert!(!over("epochs = 9\npatience = 1", &[]));
    }

    #[test]
    fn the_last_quarter_has_its_mean_score_and_the_last_weights() {
        let training = training("choose = \"last-quarter\"\npatience = 3\nepochs = 9");
        let values = [(0.5, 0.9), (0.9, 0.1), (0.6, 0.4), (0.7, 0.5), (0.8, 0.6)];
        let chosen = |count: usize| {
            let records = records(&values[..count]);
            let val = training.chosen_val(&records)?;
            Some((training.chosen(&records)?.epoch, val.loss, val.accuracy))
        };
        assert_eq!(chosen(0), None);
        assert_eq!(chosen(1), Some((1, 0.9, 0.5)));
        assert_eq!(chosen(4), Some((4, 0.5, 0.7)));
        // A quarter of five epochs is rounded up to two.
        let (epoch, loss, accuracy) = chosen(5).unwrap();
        assert!(epoch == 5 && (loss - 0.55).abs() < 1e-12 && (accuracy - 0.75).abs() < 1e-12);
        // Patience waits for a better epoch than the second, which is the best one.
        assert!(!training.is_over(&records(&values[..4])) && training.is_over(&records(&values)));
        // Without validation there is no score, and the last epoch's weights are kept.
        let unknown = records(&[(f64::NAN, f64::NAN); 3]);
        assert_eq!(training.chosen(&unknown).map(|record| record.epoch), Some(3));
        assert!(training.chosen_val(&unknown).unwrap().accuracy.is_nan());
    }

    #[test]
    fn later_settings_are_not_serialized_at_their_defaults() {
        let json = |text: &str| serde_json::to_string(&training(text)).unwrap();
        assert!(
            json("").ends_with(r#""schedule":{"warmup_epochs":0.0,"name":"constant"}}"#),
            "{}",
            json("")
        );
        let text = "monitor = \"loss\"\npatience = 3\naugmentation = { shift = 2, flip = true }\n\
                    choose = \"last-quarter\"\nlabel_smoothing = 0.1\ninitial_values = \"orthogonal\"";
        let changed = json(text);
        assert!(
            changed.ends_with(r#""monitor":"loss","patience":3,"augmentation":{"shift":2,"flip":true,"cutout":0},"choose":"last-quarter","label_smoothing":0.1,"initial_values":"orthogonal"}"#),
            "{changed}"
        );
        assert_eq!(serde_json::from_str::<Training>(&changed).unwrap(), training(text));
        let mixed = json("augmentation = { rotate = 10, mixup = 0.2, cutmix = 1 }");
        assert!(
            mixed.ends_with(r#""augmentation":{"shift":0,"flip":false,"cutout":0,"rotate":10.0,"mixup":0.2,"cutmix":1.0}}"#),
            "{mixed}"
        );
        assert_eq!(serde_json::from_str::<Training>(&json("")).unwrap(), training(""));
    }
}
