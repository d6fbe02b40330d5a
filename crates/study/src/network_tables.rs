//! Reads the `[[network]]` tables of a study file.

use std::collections::HashSet;

use fitroom_data::Source;
use fitroom_nn::parse_layers;

use crate::budget_steps::with_learning_rate;
use crate::init_files::InitReader;
use crate::init_setting::{InitSetting, read_init};
use crate::keys::{Keys, Text};
use crate::limits::Room;
use crate::parts::Parts;
use crate::plain_text::{is_plain, is_visible};
use crate::reference_files::CurveReader;
use crate::reference_table::is_network_name;
use crate::report_curves::REPORT_CURVES;
use crate::sweep_expansion::{self, Point};
use crate::training_file::{read_training, value_problem};
use crate::training_length::read_length;
use crate::tune::read_tune;
use crate::{
    Budget, InitialWeights, NetworkPlan, ReferenceCurve, ReferenceProblem, StudyError,
    StudyProblem, Training, Tune,
};

/// Most characters of a network's name.
const LONGEST_NAME: usize = 100;
/// Most characters of the path of a file of reference curves.
const LONGEST_PATH: usize = 1000;

/// The study's settings for every network.
#[derive(Clone, Copy)]
pub(crate) struct NetworkDefaults<'a> {
    /// The settings of `[training]`.
    pub training: Training,
    /// Its budget.
    pub budget: Option<Budget>,
    /// The learning rates that it tries.
    pub tune: Option<&'a Tune>,
    /// Its initial weights.
    pub init: Option<&'a InitSetting>,
    /// The study's data set.
    pub dataset: Option<&'a Source>,
    /// Names for layers.
    pub parts: &'a Parts,
}

/// Reads the files that networks name.
pub(crate) struct NamedFiles<'a> {
    pub curves: CurveReader<'a>,
    pub init: InitReader<'a>,
}

/// The networks of a study file, with sweeps written out.
pub(crate) fn read_networks(
    keys: &mut Keys,
    text: Text,
    defaults: NetworkDefaults,
    files: &mut NamedFiles,
) -> Result<Vec<NetworkPlan>, StudyError> {
    let Some(value) = keys.value("network") else {
        return Err(text.error(0..0, StudyProblem::NoNetworks));
    };
    let array = value
        .get_ref()
        .as_array()
        .ok_or_else(|| keys.wrong("network", value, "tables [[network]]"))?;
    // All networks, also those of sweeps, as if each had been written by itself.
    let mut points = Vec::new();
    // Sets, since a file has room for tens of thousands of networks.
    let (mut sweeps, mut names) = (HashSet::new(), HashSet::new());
    let mut room = Room::new();
    for (index, entry) in array.iter().enumerate() {
        let Some(table) = entry.get_ref().as_table() else {
            return Err(keys.wrong("network", entry, "tables [[network]]"));
        };
        let title = format!("[[network]] {}", index + 1);
        let mut keys = Keys::new(text, title.clone(), entry.span(), table);
        let expanded = sweep_expansion::expand(&mut keys, table, &mut room)?;
        // Networks of two sweeps with the same name would be taken for one sweep.
        if let Some(sweep) = &expanded[0].swept
            && !sweeps.insert(sweep.of.clone())
        {
            return Err(keys.at("name", StudyProblem::DuplicateName { name: sweep.of.clone() }));
        }
        points.extend(expanded.into_iter().map(|point| (title.clone(), entry.span(), point)));
    }
    let mut networks: Vec<NetworkPlan> = Vec::new();
    // A network may name a baseline that comes later. So baselines are checked at the end, with the
    // keys that know the place for messages.
    let mut baselines = Vec::new();
    for (title, span, Point { table, swept }) in &points {
        let mut keys = Keys::new(text, title.as_str(), span.clone(), table);
        let mut network = read_network(&mut keys, defaults, files)?;
        if swept.is_some() {
            network.swept.clone_from(swept);
        }
        if !names.insert(network.name.clone()) {
            return Err(keys.at("name", StudyProblem::DuplicateName { name: network.name }));
        }
        baselines.push(keys);
        networks.push(network);
    }
    if networks.is_empty() {
        return Err(keys.at("network", StudyProblem::NoNetworks));
    }
    for (keys, network) in baselines.into_iter().zip(&networks) {
        if let Some(baseline) = &network.vs {
            let others = || {
                networks
                    .iter()
                    .map(|other| other.name.as_str())
                    .filter(|name| *name != network.name)
            };
            if !names.contains(baseline) || *baseline == network.name {
                return Err(keys.unknown_word("vs", baseline, &others().collect::<Vec<_>>()));
            }
        }
        keys.finish()?;
    }
    Ok(networks)
}

fn read_network(
    keys: &mut Keys,
    defaults: NetworkDefaults,
    files: &mut NamedFiles,
) -> Result<NetworkPlan, StudyError> {
    let name = keys.string("name")?;
    let name = keys.required("name", name)?.to_owned();
    if name.trim() != name
        || !is_visible(&name)
        || name.chars().count() > LONGEST_NAME
        || !is_plain(&name)
    {
        let must = format!(
            "1 to {LONGEST_NAME} characters on one line, with none of them blank at either end"
        );
        return Err(keys.at("name", value_problem("name", "a network", must, &name)));
    }
    let layers = keys.string("layers")?;
    let layers = defaults.parts.replaced(keys.required("layers", layers)?);
    let layers = layers.map_err(|error| keys.at("layers", StudyProblem::Part { error }))?;
    let layers = parse_layers(&layers).map_err(|error| {
        keys.at("layers", StudyProblem::Layers { network: name.clone(), error })
    })?;
    let vs = keys.string("vs")?.map(str::to_owned);
    let reference = read_reference(keys, defaults, &mut files.curves)?;
    let (mut training, mut budget) = (defaults.training, defaults.budget);
    read_length(keys, &mut training, &mut budget)?;
    let mut tune = defaults.tune.cloned();
    read_tune(keys, &mut tune)?;
    read_training(keys, &mut training)?;
    if let Some(chosen) = tune.as_ref().and_then(|tune| tune.chosen) {
        training.optimizer = with_learning_rate(training.optimizer, chosen);
    }
    let own = read_init(keys, &mut files.init)?;
    let setting = own.as_ref().map_or(defaults.init, Option::as_ref);
    let init = setting.map(|setting| setting.weights(keys, &layers)).transpose()?;
    training.init = init.as_ref().map(InitialWeights::facts);
    let swept = sweep_expansion::read_point(keys)?;
    Ok(NetworkPlan { name, layers, vs, reference, swept, training, budget, tune, init })
}

/// The parts of the table `[parts]`.
pub(crate) fn read_parts(keys: &mut Keys, text: Text) -> Result<Parts, StudyError> {
    let mut parts = Parts::default();
    let Some(value) = keys.value("parts") else { return Ok(parts) };
    let table = value.get_ref().as_table();
    let table = table.ok_or_else(|| keys.wrong("parts", value, "a table of names and layers"))?;
    for (name, layers) in table {
        let Some(written) = layers.get_ref().as_str() else {
            return Err(keys.wrong("parts", layers, "a table of names and layers"));
        };
        let added = parts.add(name.get_ref(), written);
        added.map_err(|error| text.error(name.span(), StudyProblem::Part { error }))?;
    }
    Ok(parts)
}

/// The curve that `reference = { curves = "FILE.csv", network = "3" }` names. The key `dataset`
/// names the data set that the curve was measured on; by default, the study's.
fn read_reference(
    keys: &mut Keys,
    defaults: NetworkDefaults,
    curves: &mut CurveReader,
) -> Result<Option<ReferenceCurve>, StudyError> {
    if let Some(curve) = read_published(keys, curves)? {
        return Ok(Some(curve));
    }
    let Some(mut keys) = keys.table("reference")? else { return Ok(None) };
    let file = keys.string("curves")?;
    let file = keys.required("curves", file)?;
    if file.is_empty() || file.chars().count() > LONGEST_PATH || !is_plain(file) {
        return Err(keys.wrong_value("curves", "the path of a CSV file, on one line"));
    }
    let network = keys.string("network")?;
    let network = keys.required("network", network)?;
    if !is_network_name(network) {
        return Err(keys.wrong_value("network", "a name of 1 to 100 characters on one line"));
    }
    let dataset = match keys.string("dataset")? {
        Some(word) => {
            word.parse().map_err(|error| keys.at("dataset", StudyProblem::Dataset { error }))?
        }
        // A study that names no data set is meant for Fashion-MNIST.
        None => defaults.dataset.cloned().unwrap_or(Source::FASHION_MNIST),
    };
    let path = curves.path(file).display().to_string();
    let wrong = |key: &str, problem: ReferenceProblem| {
        keys.at(key, StudyProblem::Reference { path: path.clone(), problem: Box::new(problem) })
    };
    let table = curves.table(file).map_err(|problem| wrong("curves", problem))?;
    let curve = table.curve(file, network, dataset).map_err(|problem| wrong("network", problem))?;
    keys.finish()?;
    Ok(Some(curve))
}

/// The curve that `published = 3` names. Earlier versions wrote this key for the networks of the
/// built-in study `report`. It is accepted only in directories of results.
fn read_published(
    keys: &mut Keys,
    curves: &CurveReader,
) -> Result<Option<ReferenceCurve>, StudyError> {
    const KEY: &str = "published";
    if !keys.has(KEY) {
        return Ok(None);
    }
    let Some(number) = keys.whole(KEY, 1..=8)? else { return Ok(None) };
    let network = number.to_string();
    if !curves.is_stored() {
        return Err(keys.at(KEY, StudyProblem::Published { network }));
    }
    let (file, text) = REPORT_CURVES;
    let curve = ReferenceCurve::parse(text, file, &network, Source::FASHION_MNIST);
    curve.map(Some).map_err(|problem| {
        let (path, problem) = (file.to_owned(), Box::new(problem));
        keys.at(KEY, StudyProblem::Reference { path, problem })
    })
}
