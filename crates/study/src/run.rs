//! Runs: one network with one seed, the facts that decide its outcome, and the order of runs.

use fitroom_data::Dataset;
use fitroom_nn::Shape;
use serde::{Deserialize, Serialize};

use crate::arithmetic::Arithmetic;
use crate::seal::sha256;
use crate::{DatasetFacts, HeldOut, NetworkPlan, Study, StudyError, Training, image_shape};

/// The version of the code that decides numbers. It is raised whenever a run with the same settings
/// gets other numbers than before, so that results of different engines are never mixed.
pub const ENGINE_VERSION: u32 = 9;

/// Characters of a run's id.
const ID_LENGTH: usize = 16;

/// Whether a name can be a run's id.
pub(crate) fn is_id(name: &str) -> bool {
    name.len() == ID_LENGTH && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Everything that decides a run's outcome, and nothing else. The network's name does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunFacts {
    /// [`ENGINE_VERSION`].
    pub engine: u32,
    /// The instruction sets that give the same bits.
    #[serde(default, skip_serializing_if = "Arithmetic::is_default")]
    pub arithmetic: Arithmetic,
    /// SHA-256 of the data.
    pub data: String,
    /// How many images are held out.
    pub validation: usize,
    /// Whether classes keep their shares among those that are held out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stratified: bool,
    /// At most this many images are trained on; `None`: all that are not held out.
    pub train_images: Option<usize>,
    /// Decides split, order, initial weights, dropout and augmentation. Runs of one seed are
    /// paired.
    pub seed: u64,
    /// The layers as in a study file.
    pub layers: String,
    /// The training settings, with every default filled in.
    pub training: Training,
}

/// What decides a run about its data set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunData<'a> {
    /// SHA-256 of the data.
    pub fingerprint: &'a str,
    /// Images for training and validation together.
    pub train_images: usize,
}

impl<'a> From<&'a Dataset> for RunData<'a> {
    fn from(dataset: &'a Dataset) -> Self {
        RunData { fingerprint: &dataset.fingerprint, train_images: dataset.train.len() }
    }
}

impl<'a> From<&'a DatasetFacts> for RunData<'a> {
    fn from(facts: &'a DatasetFacts) -> Self {
        RunData { fingerprint: &facts.fingerprint, train_images: facts.train_images }
    }
}

/// What decides the cost of a run about its data set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImageFacts {
    pub shape: Shape,
    pub classes: usize,
    /// Images for training and validation together.
    pub train_images: usize,
}

impl From<&Dataset> for ImageFacts {
    fn from(dataset: &Dataset) -> Self {
        let (classes, train_images) = (dataset.classes.len(), dataset.train.len());
        ImageFacts { shape: image_shape(dataset), classes, train_images }
    }
}

impl From<&DatasetFacts> for ImageFacts {
    fn from(facts: &DatasetFacts) -> Self {
        let DatasetFacts { channels, height, width, train_images, .. } = *facts;
        let shape = Shape::Image { channels, height, width };
        ImageFacts { shape, classes: facts.classes.len(), train_images }
    }
}

impl RunFacts {
    pub fn new<'a>(
        study: &Study,
        network: &NetworkPlan,
        seed: u64,
        data: impl Into<RunData<'a>>,
        arithmetic: Arithmetic,
    ) -> Self {
        let RunData { fingerprint, train_images } = data.into();
        let HeldOut { images, stratified } = study.held_out(train_images);
        RunFacts {
            engine: ENGINE_VERSION,
            arithmetic,
            data: fingerprint.to_owned(),
            validation: images,
            stratified,
            train_images: study.train_images,
            seed,
            layers: network.layers_text(),
            training: network.training,
        }
    }

    /// What is held out.
    pub fn held_out(&self) -> HeldOut {
        HeldOut { images: self.validation, stratified: self.stratified }
    }

    /// The name of the run's directory: the first 64 bits of the SHA-256 of these facts as JSON,
    /// in hexadecimal.
    pub fn id(&self) -> String {
        let text = serde_json::to_string(self).expect("facts are strings and numbers");
        sha256(text.as_bytes())[..ID_LENGTH].to_owned()
    }

    /// The ID of all runs of the same network and settings, whatever their seed.
    pub fn network_id(&self) -> String {
        RunFacts { seed: 0, ..self.clone() }.id()
    }
}

/// Roughly the multiply-adds of one epoch of a network, for the order of runs and the time left.
///
/// The backward pass costs about twice the forward pass, every image is scored once after training
/// on it, and the optimizer passes over all parameters in every step. Frozen layers have neither a
/// backward pass nor an optimizer.
pub(crate) fn epoch_cost(
    study: &Study,
    network: &NetworkPlan,
    data: ImageFacts,
) -> Result<u64, StudyError> {
    const OPTIMIZER_COST: u64 = 10;
    let ImageFacts { shape, classes, train_images: images } = data;
    let architecture = network.architecture(shape, classes)?;
    let trained_on = study.trained_on(images) as u64;
    let forward_passes = 2 * trained_on + study.held_out(images).images as u64;
    let steps = trained_on.div_ceil(network.training.batch_size as u64);
    // Saturating, because a study file may describe networks whose cost overflows.
    let forward = forward_passes.saturating_mul(architecture.multiply_adds());
    let frozen = architecture.leading(network.training.frozen_layers());
    let (parameters, multiply_adds) = architecture.cost_from(frozen);
    let backward = (2 * trained_on).saturating_mul(multiply_adds);
    let optimizer = (steps * OPTIMIZER_COST).saturating_mul(parameters as u64);
    Ok(forward.saturating_add(backward).saturating_add(optimizer))
}

/// The order in which `runs` begin, as positions; each run is given by its seed and cost. Every
/// network's first seed comes before any second one. On several threads, the costly runs of a seed
/// come first, so that the last thread ends early. One thread takes the networks in the study's
/// order.
pub(crate) fn order(runs: impl IntoIterator<Item = (u64, u64)>, threads: usize) -> Vec<usize> {
    let mut order: Vec<(u64, u64, usize)> = runs
        .into_iter()
        .enumerate()
        .map(|(index, (seed, cost))| (seed, if threads > 1 { u64::MAX - cost } else { 0 }, index))
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, _, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::{dataset, study};

    #[test]
    fn first_seeds_come_first_and_costly_runs_before_cheap_ones() {
        let runs = [(1, 10), (2, 10), (1, 30), (2, 30), (1, 20), (2, 20)];
        assert_eq!(order(runs, 2), [2, 4, 0, 3, 5, 1]);
        assert_eq!(order(runs, 1), [0, 2, 4, 1, 3, 5]);
    }

    #[test]
    fn ids_of_earlier_versions_hold_where_the_same_images_are_held_out() {
        let facts = |validation: &str, train_images| {
            let study = study(&format!(
                "[training]\n{validation}\n[[network]]\nname = \"a\"\nlayers = \"dense 4, relu\""
            ));
            let data = RunData { fingerprint: "x", train_images };
            RunFacts::new(&study, &study.networks[0], 1, data, Arithmetic::Avx)
        };
        let before = facts("validation = 10000", 60_000);
        let text = serde_json::to_string(&before).unwrap();
        assert!(text.contains(r#""data":"x","validation":10000,"train_images":null,"seed":1,"#));
        assert_eq!(facts("", 60_000).id(), before.id());
        assert_ne!(facts("", 59_000).id(), before.id());
        let stratified = facts("validation = { stratified = true }", 60_000);
        assert_ne!(stratified.id(), before.id());
        let text = serde_json::to_string(&stratified).unwrap();
        assert!(text.contains(r#""validation":10000,"stratified":true,"#), "{text}");
        assert_eq!(serde_json::from_str::<RunFacts>(&text).unwrap(), stratified);
        assert_eq!(
            facts("validation = { images = 0, stratified = true }", 9),
            facts("validation = 0", 9)
        );
    }

    #[test]
    fn an_id_changes_with_everything_that_decides_the_outcome_and_with_nothing_else() {
        let text =
            "[training]\nvalidation = 5\n[[network]]\nname = \"a\"\nlayers = \"dense 4, relu\"\n";
        let id = |text: &str, seed, data| {
            let study = study(text);
            let data = RunData { fingerprint: data, train_images: 60 };
            RunFacts::new(&study, &study.networks[0], seed, data, Arithmetic::Avx).id()
        };
        let base = id(text, 1, "x");
        assert_eq!(base.len(), 16);
        assert_ne!(base, id(text, 2, "x"));
        assert_ne!(base, id(text, 1, "y"));
        for (from, to) in [
            ("validation = 5", "validation = 6"),
            ("validation = 5", "validation = { images = 5, stratified = true }"),
            ("validation = 5", "validation = {}"),
            ("validation = 5", "validation = 5\ntrain_images = 9"),
            ("dense 4", "dense 5"),
            ("validation = 5", "validation = 5\nnormalise = \"mean-std\""),
            ("validation = 5", "validation = 5\nepochs = 21"),
            ("validation = 5", "validation = 5\nbatch_size = 65"),
            ("validation = 5", "validation = 5\nloss = \"cross-entropy-of-softmax\""),
            ("validation = 5", "validation = 5\npenalty = { l1 = 0.1 }"),
            ("validation = 5", "validation = 5\noptimizer = { name = \"adam\", epsilon = 1e-7 }"),
            ("validation = 5", "validation = 5\nlabel_smoothing = 0.1"),
            ("validation = 5", "validation = 5\ninitial_values = \"orthogonal\""),
            ("validation = 5", "validation = 5\naugmentation = { rotate = 1 }"),
            ("validation = 5", "validation = 5\naugmentation = { mixup = 0.1 }"),
            ("validation = 5", "validation = 5\naugmentation = { cutmix = 0.1 }"),
            (
                "validation = 5",
                "validation = 5\nschedule = { name = \"constant\", warmup_steps = 1 }",
            ),
            (
                "validation = 5",
                "validation = 5\nschedule = { name = \"constant\", warmup_epochs = 1 }",
            ),
        ] {
            let changed = text.replace(from, to);
            assert_ne!(changed, text);
            assert_ne!(base, id(&changed, 1, "x"), "{to}");
        }
        for (from, to) in [
            ("name = \"a\"", "name = \"b\""),
            ("validation = 5", "validation = { images = 5, stratified = false }"),
            ("validation = 5", "validation = 5\nepochs = 20"),
            ("validation = 5", "validation = 5\nnormalise = \"0..1\""),
            ("validation = 5", "validation = 5\nlabel_smoothing = 0"),
            ("validation = 5", "validation = 5\ninitial_values = \"pytorch\""),
            (
                "validation = 5",
                "validation = 5\naugmentation = { rotate = 0, mixup = 0.0, cutmix = 0 }",
            ),
            (
                "validation = 5",
                "validation = 5\nschedule = { name = \"constant\", warmup_steps = 0 }",
            ),
            ("[training]", "title = \"t\"\nseeds = 4\n[training]"),
        ] {
            assert_eq!(base, id(&text.replace(from, to), 1, "x"), "{to}");
        }
    }

    #[test]
    fn convolutions_cost_more() {
        let study = study(
            "[training]\nvalidation = 8\nbatch_size = 4\n[[network]]\nname = \"a\"\nlayers = \"dense 4\"\n\
             [[network]]\nname = \"b\"\nlayers = \"conv 4 3x3, flatten\"\n",
        );
        let data = dataset(24, 3);
        let cost =
            |index: usize| epoch_cost(&study, &study.networks[index], (&data).into()).unwrap();
        assert_eq!(cost(0), (4 * 16 + 8) * (36 * 4 + 4 * 3) + 4 * 10 * (36 * 4 + 4 + 4 * 3 + 3));
        assert!(cost(1) > 2 * cost(0));
    }
}
