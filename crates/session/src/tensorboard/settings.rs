//! The settings of runs, as columns of TensorBoard's table.

use std::collections::BTreeMap;

use fitroom_export::tensorboard::{HparamColumn, HparamMetric, HparamTable, HparamValue};
use fitroom_results::{NetworkFacts, Results};
use toml::{Table, Value};

/// The settings of all networks.
pub(super) struct StudySettings {
    /// The columns of the table.
    pub table: HparamTable,
    /// The settings of each network.
    networks: Vec<BTreeMap<String, HparamValue>>,
}

const NETWORK: &str = "network";
const SEED: &str = "seed";

impl StudySettings {
    /// The settings of the networks of these results, each under its name in a study file. A setting that
    /// is a table has a column for each of its keys: `optimizer.learning_rate`. The value of a sweep has a
    /// column too: `sweep.p`.
    pub fn of(results: &Results, metrics: Vec<HparamMetric>) -> Self {
        let rows: Vec<_> = results.networks.iter().map(settings).collect();
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in rows.iter().flatten() {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let column = |name: &str| {
            let of_network = |row: &'_ Vec<(String, HparamValue)>| {
                row.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
            };
            let values: Vec<HparamValue> = rows.iter().filter_map(of_network).collect();
            HparamColumn::of(name, &values)
        };
        let mut columns: Vec<HparamColumn> = names.into_iter().map(column).collect();
        // More seeds may be added later, so seeds count as different.
        let seeds = [1.0, 2.0].map(HparamValue::Number);
        columns.insert(1.min(columns.len()), HparamColumn::of(SEED, &seeds));
        StudySettings {
            table: HparamTable { settings: columns, metrics },
            networks: rows.into_iter().map(BTreeMap::from_iter).collect(),
        }
    }

    /// The settings of a run.
    pub fn of_run(&self, network: usize, seed: u64) -> BTreeMap<String, HparamValue> {
        let mut settings = self.networks[network].clone();
        settings.insert(SEED.to_owned(), HparamValue::Number(seed as f64));
        settings
    }
}

/// A network's settings in order: its name, the settings of the study file, and its place in a sweep.
fn settings(network: &NetworkFacts) -> Vec<(String, HparamValue)> {
    let mut settings = vec![(NETWORK.to_owned(), HparamValue::Text(network.name.clone()))];
    for setting in &network.settings {
        match parsed(&setting.value) {
            Value::Table(fields) => settings.extend(
                fields
                    .into_iter()
                    .map(|(key, value)| (format!("{}.{key}", setting.key), of(value))),
            ),
            value @ (Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_)) => settings.push((setting.key.clone(), of(value))),
        }
    }
    let swept = network.swept.iter().flat_map(|point| &point.at);
    settings.extend(swept.map(|(name, value)| (format!("sweep.{name}"), of(parsed(value)))));
    settings
}

/// A value of a study file. What is none is a text.
fn parsed(text: &str) -> Value {
    let read = format!("value = {text}").parse::<Table>();
    let value =
        read.ok().filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn of(value: Value) -> HparamValue {
    match value {
        Value::String(text) => HparamValue::Text(text),
        Value::Integer(number) => HparamValue::Number(number as f64),
        Value::Float(number) => HparamValue::Number(number),
        Value::Boolean(is_set) => HparamValue::Bool(is_set),
        value @ (Value::Datetime(_) | Value::Array(_) | Value::Table(_)) => {
            HparamValue::Text(value.to_string())
        }
    }
}
