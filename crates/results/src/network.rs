//! Networks: their layers and training settings, as far as the results' origin knows them.

use crate::ReferenceCurve;

/// One network and its training settings.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkFacts {
    /// The network's name, unique among the results.
    pub name: String,
    /// The name of the network that it is compared with.
    pub baseline: Option<String>,
    /// All settings that decide the network's outcome, in a fixed order.
    pub settings: Vec<Setting>,
    /// The hidden layers as a study file writes them; `None` if they are not known. The last layer,
    /// one output per class, is not among them.
    pub layers: Option<Vec<LayerFacts>>,
    /// The same layers in one line, as the study file writes them, with the parentheses of blocks; `None` if they are
    /// not known.
    pub written_layers: Option<String>,
    /// Number of trained values.
    pub parameters: Option<usize>,
    /// Multiply-adds of one image's forward pass.
    pub multiply_adds: Option<u64>,
    /// The weights of the dense layers and convolutions, in order; empty if they are not known.
    pub weights: Vec<WeightFacts>,
    /// Planned epochs of each run.
    pub epochs: Option<u32>,
    /// A run ends after this many epochs in a row without a new best one. `None`: it never ends
    /// early.
    pub patience: Option<u32>,
    /// The measure that decides which epoch is the best.
    pub monitor: Monitor,
    /// Which epoch's scores and weights stand for a run.
    pub choose: Choose,
    /// The name of the training loss in a study file.
    pub loss: Option<String>,
    /// The lowest value that this loss can take. Rises of a loss are measured relative to its
    /// height above this value.
    pub lowest_loss: f64,
    /// The reference curve that the network is compared with.
    pub reference: Option<ReferenceCurve>,
    /// The network's place in a sweep; `None` if it is in no sweep.
    pub swept: Option<SweepPoint>,
}

/// One hidden layer or block.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LayerFacts {
    /// The layer as it is written: `conv 32 3x3 pad 1`. Of a block, what stands before its layers: `residual`.
    pub text: String,
    /// What kind of layer it is.
    pub family: LayerFamily,
}

/// A kind of layer as a reader of a report knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayerFamily {
    /// Fully connected layers.
    Dense,
    /// Convolutions.
    Convolution,
    /// Pooling of any kind.
    Pooling,
    /// Blocks of layers: residual blocks and concatenations. Their layers follow them.
    Block,
    /// Batch normalisation.
    BatchNormalisation,
    /// Normalisation of each image by itself.
    Normalisation,
    /// Dropout.
    Dropout,
    /// Functions of single values.
    Activation,
    /// Changes of shape that leave the values alone.
    Reshape,
    /// A layer of another program, of which only the text is known.
    Other,
}

/// One setting of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The setting's key in a study file: `optimizer`.
    pub key: String,
    /// The setting's value in a study file: `{ name = "adam", learning_rate = 0.001 }`.
    pub value: String,
    /// The fields of a setting that has several, without those that are off (zero or false). Empty
    /// for a setting with a single value.
    pub fields: Vec<SettingField>,
}

/// One field of a [`Setting`] that has several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingField {
    /// The field's key in a study file: `learning_rate`.
    pub key: String,
    /// The field's value as text: `0.001`.
    pub value: String,
}

/// The weights of one dense layer or convolution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightFacts {
    /// The tensor's name, as in PyTorch's state dict: `0.weight`.
    pub name: String,
    /// PyTorch's shape: `[out, in]`, or `[filters, channels, height, width]`.
    pub shape: Vec<usize>,
    /// The layer as a study file writes it: `dense 128`.
    pub layer: String,
    /// Whether the layer's input is the image itself: no layer before it moves or mixes pixels.
    pub sees_image: bool,
}

/// The measure that decides which epoch of a run is the best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Monitor {
    /// The highest validation accuracy.
    #[default]
    Accuracy,
    /// The lowest validation loss.
    Loss,
}

/// Which epoch's scores and weights stand for a run: those of [`Outcome::best`](crate::Outcome).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choose {
    /// Those of the best epoch, by [`Monitor`].
    #[default]
    Best,
    /// The last epoch's, and the mean validation score over the last quarter of the epochs.
    LastQuarter,
}

/// A network's place in a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepPoint {
    /// The sweep's name, which is the networks' name with names in braces: `dropout {p}`.
    pub of: String,
    /// Pairs of swept name and this network's value, as written in the study file.
    pub at: Vec<(String, String)>,
}

impl NetworkFacts {
    /// A network of which nothing but its name is known.
    pub fn new(name: impl Into<String>) -> Self {
        NetworkFacts {
            name: name.into(),
            baseline: None,
            settings: Vec::new(),
            layers: None,
            written_layers: None,
            parameters: None,
            multiply_adds: None,
            weights: Vec::new(),
            epochs: None,
            patience: None,
            monitor: Monitor::default(),
            choose: Choose::default(),
            loss: None,
            lowest_loss: 0.0,
            reference: None,
            swept: None,
        }
    }

    /// The setting with this key; `None` if it is not known.
    pub fn setting(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.key == key)
    }

    /// Whether a penalty is added to the loss.
    pub fn has_penalty(&self) -> bool {
        self.is_on("penalty", |field| field != "on")
    }

    /// Whether one of the layers is known to be dropout.
    pub fn has_dropout(&self) -> bool {
        self.layers.iter().flatten().any(|layer| layer.family == LayerFamily::Dropout)
    }

    /// Whether single training images are changed at random in every step.
    pub fn changes_images(&self) -> bool {
        self.is_on("augmentation", |field| field != "test_time" && !is_mixing(field))
    }

    /// Whether the images of a training batch are mixed with each other, and their labels too.
    pub fn mixes_images(&self) -> bool {
        self.is_on("augmentation", is_mixing)
    }

    /// Whether a setting has a field that changes training.
    fn is_on(&self, key: &str, changes_training: impl Fn(&str) -> bool) -> bool {
        let fields = self.setting(key).map_or(&[][..], |setting| &setting.fields);
        fields.iter().any(|field| changes_training(&field.key))
    }
}

/// Whether a field of `augmentation` mixes images with each other.
fn is_mixing(field: &str) -> bool {
    matches!(field, "mixup" | "cutmix")
}

impl Setting {
    /// The value of the field with this key, as text.
    pub fn field(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.key == key).map(|field| field.value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_penalty_is_on_if_it_has_a_strength() {
        let field = |key: &str| SettingField { key: key.into(), value: "x".into() };
        let network = |fields| NetworkFacts {
            settings: vec![Setting { key: "penalty".into(), value: String::new(), fields }],
            ..NetworkFacts::new("a")
        };
        assert!(!network(vec![field("on")]).has_penalty());
        assert!(network(vec![field("l1"), field("on")]).has_penalty());
        assert!(!NetworkFacts::new("a").has_penalty());
        assert_eq!(network(vec![field("l1")]).setting("penalty").unwrap().field("l1"), Some("x"));
    }

    #[test]
    fn changed_and_mixed_images_are_told_apart() {
        let found = |fields: &[&str]| {
            let field = |key: &&str| SettingField { key: (*key).into(), value: "x".into() };
            let fields = fields.iter().map(field).collect();
            let setting = Setting { key: "augmentation".into(), value: String::new(), fields };
            let facts = NetworkFacts { settings: vec![setting], ..NetworkFacts::new("a") };
            (facts.changes_images(), facts.mixes_images())
        };
        assert_eq!(found(&[]), (false, false));
        assert_eq!(found(&["test_time"]), (false, false));
        assert_eq!(found(&["test_time", "rotate"]), (true, false));
        assert_eq!(found(&["mixup"]), (false, true));
        assert_eq!(found(&["cutmix", "flip"]), (true, true));
    }
}
