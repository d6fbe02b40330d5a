//! Makes results from the directory of a study that `fitroom run` trained.

use std::collections::HashMap;

use fitroom_study as study;
use fitroom_study::{
    Architecture, LayerSpec, NetworkPlan, Operation, ParameterSpec, Shape, StoredStudy,
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    Budget, Choose, Confirmation, DatasetFacts, Host, LayerFacts, LayerFamily, Monitor,
    NetworkFacts, Origin, Pairing, ReferenceCurve, ReferenceEpoch, Results, ResultsError, Run,
    SeedPlan, Setting, SettingField, StepFacts, StoredFiles, SweepPoint, TunedFacts, WeightFacts,
};

impl TryFrom<&StoredStudy> for Results {
    type Error = ResultsError;

    /// Of a study that runs until clear, runs and confirmations that have not begun are left out:
    /// they may never be needed.
    ///
    /// # Errors
    /// If a network's layers do not fit the data set's images.
    fn try_from(stored: &StoredStudy) -> Result<Self, ResultsError> {
        let StoredStudy { study, dataset, host, .. } = stored;
        let held_out = study.held_out(dataset.train_images);
        let images = study.trained_on(dataset.train_images);
        let networks = study.networks.iter().map(|plan| network(plan, dataset, images));
        // Field by field: a clone of the whole would hold all epochs of all runs once more.
        let without_runs = StoredStudy {
            dir: stored.dir.clone(),
            study: study.clone(),
            dataset: dataset.clone(),
            host: host.clone(),
            runs: Vec::new(),
            confirmations: Vec::new(),
            set_aside: stored.set_aside,
        };
        let is_until_clear = study.seed_plan == study::SeedPlan::UntilClear;
        let all = |runs: &[study::StoredRun]| runs.iter().map(Run::from).collect::<Vec<_>>();
        let runs: Vec<Run> = stored
            .runs
            .iter()
            .filter(|run| !is_until_clear || has_begun(run))
            .map(Run::from)
            .collect();
        let confirmation = |of: &study::Confirmation| Confirmation {
            sweep: of.sweep.clone(),
            network: of.network,
            runs: all(&of.runs),
            baseline: of.baseline,
            baseline_runs: all(&of.baseline_runs),
        };
        Ok(Results {
            name: study.name.clone(),
            title: study.title.clone(),
            origin: Origin::StoredStudy(StoredFiles::of(without_runs)),
            dataset: dataset_facts(dataset),
            host: Some(Host {
                program: host.program.clone(),
                system: host.system.clone(),
                processor: host.processor.clone(),
                cores: host.cores,
            }),
            seeds: match is_until_clear {
                true => runs.iter().map(|run| run.seed as u32).max().unwrap_or(0),
                false => study.seeds,
            },
            seed_plan: match study.seed_plan {
                study::SeedPlan::Declared => SeedPlan::Declared,
                study::SeedPlan::Extended { declared } => SeedPlan::Extended { declared },
                study::SeedPlan::UntilClear => SeedPlan::UntilClear,
            },
            validation: Some(held_out.images),
            stratified: held_out.stratified,
            train_images: study.train_images,
            networks: networks.collect::<Result<_, _>>()?,
            confirmations: stored.confirmations.iter().map(confirmation).collect(),
            runs,
            measures: Vec::new(),
            pairing: Pairing::BySeed,
            notes: Vec::new(),
            set_aside: stored.set_aside,
        })
    }
}

/// Whether the run ended or has at least one epoch.
fn has_begun(run: &study::StoredRun) -> bool {
    run.status != study::RunStatus::Pending || !run.epochs.is_empty()
}

fn dataset_facts(dataset: &study::DatasetFacts) -> DatasetFacts {
    DatasetFacts {
        name: dataset.name.clone(),
        title: dataset.title.clone(),
        classes: dataset.classes.clone(),
        image: Some([dataset.channels, dataset.height, dataset.width]),
        train_images: Some(dataset.train_images),
        test_images: Some(dataset.test_images),
        fingerprint: Some(dataset.fingerprint.clone()),
        origin: Some(dataset.origin.clone()),
        stands_in_because: dataset.stands_in_because.clone(),
        warnings: dataset.warnings.clone(),
    }
}

/// The facts about a network that is trained on `images` of its data set.
fn network(
    plan: &NetworkPlan,
    dataset: &study::DatasetFacts,
    images: usize,
) -> Result<NetworkFacts, ResultsError> {
    let study::DatasetFacts { channels, height, width, .. } = *dataset;
    let (image, classes) = (Shape::Image { channels, height, width }, dataset.classes.len());
    let architecture = Architecture::new(image, &plan.layers, classes).map_err(|error| {
        ResultsError::Network { network: plan.name.clone(), error: Box::new(error) }
    })?;
    let training = &plan.training;
    Ok(NetworkFacts {
        name: plan.name.clone(),
        baseline: plan.vs.clone(),
        settings: settings(plan),
        layers: Some(layers(&architecture)),
        written_layers: Some(plan.layers_text()),
        parameters: Some(architecture.parameter_count()),
        multiply_adds: Some(architecture.multiply_adds()),
        weights: weights(&architecture),
        epochs: Some(training.epochs),
        steps: steps(plan, images),
        tuned: tuned(plan),
        patience: training.patience,
        monitor: match training.monitor {
            study::Monitor::Accuracy => Monitor::Accuracy,
            study::Monitor::Loss => Monitor::Loss,
        },
        choose: match training.choose {
            study::Choose::Best => Choose::Best,
            study::Choose::LastQuarter => Choose::LastQuarter,
        },
        loss: Some(name_of(&training.loss)),
        lowest_loss: training.loss.lowest(classes),
        reference: plan.reference.as_ref().map(reference),
        swept: plan
            .swept
            .as_ref()
            .map(|point| SweepPoint { of: point.of.clone(), at: point.at.clone() }),
    })
}

/// The steps of a network, if these decide how long training takes; an epoch has `images`.
fn steps(plan: &NetworkPlan, images: usize) -> Option<StepFacts> {
    let (passes, budget) = (plan.training.passes(images), plan.budget.map(budget_facts));
    plan.training.steps.map(|steps| StepFacts { steps, passes, budget })
}

/// How the network's learning rate was found.
fn tuned(plan: &NetworkPlan) -> Option<TunedFacts> {
    let tune = plan.tune.as_ref()?;
    Some(TunedFacts {
        tried: tune.learning_rates.clone(),
        chosen: tune.chosen?,
        seeds: tune.seeds,
        is_at_an_end: tune.is_at_an_end(),
    })
}

/// The budget of a study's network.
pub fn budget_facts(budget: study::Budget) -> Budget {
    match budget {
        study::Budget::MultiplyAdds(multiply_adds) => Budget::MultiplyAdds(multiply_adds),
        study::Budget::Seconds(seconds) => Budget::Seconds(seconds),
    }
}

/// The layers and blocks in the order in which they run, without the last layer, which is implied.
fn layers(architecture: &Architecture) -> Vec<LayerFacts> {
    let last = architecture.layers().len() - 1;
    let facts = |operation: &Operation| match *operation {
        Operation::Layer(index) if index == last => None,
        // A projection is a part of its block.
        Operation::Layer(index) if architecture.layers()[index].path().ends_with("shortcut") => {
            let text = architecture.layers()[index].spec.to_string();
            Some(LayerFacts { text, family: LayerFamily::Block })
        }
        Operation::Layer(index) => Some(layer(&architecture.layers()[index].spec)),
        Operation::Fork(index) => {
            let text = architecture.blocks()[index].kind.to_string();
            Some(LayerFacts { text, family: LayerFamily::Block })
        }
        Operation::Shortcut(_) | Operation::Join(_) => None,
    };
    architecture.operations().iter().filter_map(facts).collect()
}

fn layer(layer: &LayerSpec) -> LayerFacts {
    let family = match layer.family() {
        study::LayerFamily::Dense => LayerFamily::Dense,
        study::LayerFamily::Convolution => LayerFamily::Convolution,
        study::LayerFamily::Pooling => LayerFamily::Pooling,
        study::LayerFamily::BatchNormalisation => LayerFamily::BatchNormalisation,
        study::LayerFamily::Normalisation => LayerFamily::Normalisation,
        study::LayerFamily::Dropout => LayerFamily::Dropout,
        study::LayerFamily::Activation => LayerFamily::Activation,
        study::LayerFamily::Reshape => LayerFamily::Reshape,
    };
    LayerFacts { text: layer.to_string(), family }
}

fn settings(plan: &NetworkPlan) -> Vec<Setting> {
    let training = &plan.training;
    let setting = |(key, value): (&str, String)| {
        let fields = match key {
            "penalty" => fields(&training.penalty),
            "optimizer" => fields(&training.optimizer),
            "schedule" => fields(&training.schedule),
            "augmentation" => fields(&training.augmentation),
            "init" => plan.init.as_ref().map_or_else(Vec::new, fields),
            _ => Vec::new(),
        };
        // The steps of a budget differ between networks because their budgets are equal.
        let value = match plan.budget {
            Some(budget) if key == "budget" => budget.to_string(),
            Some(_) | None => value,
        };
        let mut setting = Setting { key: key.to_owned(), value, fields };
        if let (Some(tune), "optimizer") = (&plan.tune, key) {
            set_tuned(&mut setting, tune);
        }
        setting
    };
    plan.settings().into_iter().map(setting).collect()
}

/// The optimizer of a tuned network: its learning rate is whatever was the best of those that were
/// tried. So two networks that tried the same ones do not differ in it.
fn set_tuned(optimizer: &mut Setting, tune: &study::Tune) {
    let rates: Vec<String> = tune.learning_rates.iter().map(f32::to_string).collect();
    let best = format!("the best of {}", rates.join(", "));
    for field in optimizer.fields.iter_mut().filter(|field| field.key == "learning_rate") {
        let (given, found) = (&field.value, format!("\"{best}\""));
        let given = format!("learning_rate = {given}");
        optimizer.value = optimizer.value.replacen(&given, &format!("learning_rate = {found}"), 1);
        field.value.clone_from(&best);
    }
}

/// The fields of a setting, learning rate first, without those that are off (zero or false). They
/// are read from JSON text, since an f32 that is turned into a `Value` directly becomes an f64 with
/// more digits: 0.0010000000474974513 in place of 0.001.
fn fields(setting: &impl Serialize) -> Vec<SettingField> {
    let text = serde_json::to_string(setting).expect("settings are plain data");
    let fields: Map<String, Value> = serde_json::from_str(&text).expect("settings are tables");
    let is_on = |value: &Value| value.as_f64() != Some(0.0) && *value != Value::Bool(false);
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut fields: Vec<_> = fields
        .into_iter()
        .filter(|(_, value)| is_on(value))
        .map(|(key, value)| SettingField { key, value: text(value) })
        .collect();
    fields.sort_by_key(|field| field.key != "learning_rate");
    fields
}

/// The word of a study file for a setting that is a single word.
fn name_of(setting: &impl Serialize) -> String {
    let value = serde_json::to_value(setting).expect("settings are plain data");
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn weights(architecture: &Architecture) -> Vec<WeightFacts> {
    let layers = architecture.layers().iter().enumerate();
    let positions: HashMap<String, usize> =
        layers.map(|(position, layer)| (layer.path(), position)).collect();
    let weights = architecture.parameters().into_iter().filter(|parameter| parameter.is_weight);
    let weight = |ParameterSpec { name, shape, .. }: ParameterSpec| {
        let path = name.rsplit_once('.').map_or("", |(path, _)| path);
        let position = positions[path];
        let layer = architecture.layers()[position].spec.to_string();
        let sees_image = sees_image(architecture, position);
        WeightFacts { name, shape, layer, sees_image }
    };
    weights.map(weight).collect()
}

/// Whether each input of the layer at `position` belongs to one pixel of the image.
fn sees_image(architecture: &Architecture, position: usize) -> bool {
    let before =
        architecture.operations().iter().take_while(|&&it| it != Operation::Layer(position));
    let keeps_pixels = |operation: &Operation| match *operation {
        Operation::Layer(index) => architecture.layers()[index].spec.keeps_pixels(),
        Operation::Fork(_) => true,
        Operation::Shortcut(_) | Operation::Join(_) => false,
    };
    before.into_iter().all(keeps_pixels)
}

fn reference(curve: &study::ReferenceCurve) -> ReferenceCurve {
    let known = |value: Option<f64>| value.unwrap_or(f64::NAN);
    let epoch = |at: &study::ReferencePoint| ReferenceEpoch {
        epoch: at.epoch,
        train_loss: known(at.train_loss),
        train_accuracy: known(at.train_accuracy),
        val_loss: known(at.val_loss),
        val_accuracy: known(at.val_accuracy),
        test_loss: known(at.test_loss),
        test_accuracy: known(at.test_accuracy),
        loss_error: at.loss_error,
        accuracy_error: at.accuracy_error,
    };
    ReferenceCurve {
        network: curve.network.clone(),
        epochs: curve.points.iter().map(epoch).collect(),
        dataset: Some(curve.dataset.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projection_is_a_part_of_its_block() {
        let image = Shape::Image { channels: 1, height: 8, width: 8 };
        let text = "conv 2 3x3 pad 1, residual shortcut conv (conv 4 3x3 stride 2 pad 1), flatten";
        let found = layers(&Architecture::parse(image, text, 3).unwrap());
        let facts: Vec<(&str, LayerFamily)> =
            found.iter().map(|layer| (layer.text.as_str(), layer.family)).collect();
        assert_eq!(
            facts,
            [
                ("conv 2 3x3 pad 1", LayerFamily::Convolution),
                ("residual shortcut conv", LayerFamily::Block),
                ("conv 4 3x3 stride 2 pad 1", LayerFamily::Convolution),
                ("conv 4 1x1 stride 2", LayerFamily::Block),
                ("flatten", LayerFamily::Reshape),
            ]
        );
    }
}
