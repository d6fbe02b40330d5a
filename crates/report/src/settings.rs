//! How a network is trained, in words.

use fitroom_study::Training;
use serde::Serialize;
use serde_json::{Map, Value};

/// `Trained for 20 epochs …`: every setting, with the names that study files use.
pub fn settings(training: &Training) -> String {
    let penalty = fields(&training.penalty);
    let is_penalised = ["l1", "l2"].iter().any(|key| penalty.get(*key).and_then(Value::as_f64) != Some(0.0));
    let penalty = match is_penalised {
        true => format!("with penalty ({})", listed(&penalty)),
        false => "without penalty".into(),
    };
    format!(
        "Trained for {} epoch{} in batches of {} on {} {penalty}, with {}; learning rate schedule {}.",
        training.epochs,
        if training.epochs == 1 { "" } else { "s" },
        training.batch_size,
        loss_name(training),
        named(&training.optimizer),
        named(&training.schedule),
    )
}

/// The loss as study files call it.
pub fn loss_name(training: &Training) -> String {
    match serde_json::to_value(training.loss) {
        Ok(Value::String(name)) => name,
        other => unreachable!("a loss is written as its name, not as {other:?}"),
    }
}

/// A setting's fields as a study file has them. (By way of JSON text: an f32's shortest digits are lost where it
/// becomes a `Value` directly.)
fn fields(setting: &impl Serialize) -> Map<String, Value> {
    let text = serde_json::to_string(setting).expect("settings are plain data");
    serde_json::from_str(&text).expect("settings are tables")
}

/// `adam (beta1 0.9, …)`.
fn named(setting: &impl Serialize) -> String {
    let mut fields = fields(setting);
    let name = match fields.remove("name") {
        Some(Value::String(name)) => name,
        other => unreachable!("a setting of several kinds is written with its name, not with {other:?}"),
    };
    if fields.is_empty() { name } else { format!("{name} ({})", listed(&fields)) }
}

fn listed(fields: &Map<String, Value>) -> String {
    let field = |(key, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{} {value}", key.replace('_', " "))
    };
    fields.iter().map(field).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};

    #[test]
    fn every_setting_is_named_as_in_a_study_file() {
        let stored =
            Fixture::new(1).with(Plan::new("a").softmax_twice()).with(Plan::new("b").penalty(0.001, 0.0)).stored();
        let words = stored.study.networks.iter().map(|network| settings(&network.training)).collect::<Vec<_>>();
        assert_eq!(
            words[0],
            "Trained for 20 epochs in batches of 64 on cross-entropy-of-softmax without penalty, with adam (beta1 0.9, \
             beta2 0.999, epsilon 1e-8, learning rate 0.001, weight decay 0.0); learning rate schedule constant (warmup \
             epochs 0.0)."
        );
        assert!(
            words[1].contains("on cross-entropy with penalty (l1 0.001, l2 0.0, on all), with adam"),
            "{}",
            words[1]
        );
    }
}
