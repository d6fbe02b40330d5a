//! How a network is trained, in words.

use fitroom_study::{Monitor, Training};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::number::{count, counted};

/// `Trained for 20 epochs …`: every setting that is on, with the names that study files use.
pub fn settings(training: &Training) -> String {
    let penalty = fields(&training.penalty);
    let penalty = match penalty.iter().any(|(key, _)| key != "on") {
        true => format!("with penalty ({})", listed(&penalty)),
        false => "without penalty".into(),
    };
    let mut words = format!(
        "Trained for {} epoch{} in batches of {} on {} {penalty}, with {}; learning rate schedule {}.",
        training.epochs,
        if training.epochs == 1 { "" } else { "s" },
        training.batch_size,
        loss_name(training),
        named(&training.optimizer),
        named(&training.schedule),
    );
    if !training.augmentation.is_none() {
        let changes =
            fields(&training.augmentation).into_iter().filter(|(key, _)| key != "test_time");
        let changes: Vec<String> = changes
            .map(|(key, value)| if value == "true" { key } else { format!("{key} {value}") })
            .collect();
        words += &format!(
            " Training images are changed at random in every step ({}).",
            changes.join(", ")
        );
    }
    if training.augmentation.test_time {
        words += " An image that is scored is seen several times, mirrored and moved by a pixel as far as training images are, \
                  and its logits are averaged.";
    }
    if let Some(images) = training.fit_images {
        words += &format!(
            " After each epoch at most {} of the training images are scored.",
            count(u64::from(images))
        );
    }
    if let Some(patience) = training.patience {
        words += &format!(
            " Training ends after {} without a better {}.",
            counted(patience as usize, "epoch"),
            monitored(training.monitor)
        );
    }
    words
}

/// What the best epoch is best in.
pub fn monitored(monitor: Monitor) -> &'static str {
    match monitor {
        Monitor::Accuracy => "validation accuracy",
        Monitor::Loss => "validation loss",
    }
}

/// The loss as study files call it.
pub fn loss_name(training: &Training) -> String {
    match serde_json::to_value(training.loss) {
        Ok(Value::String(name)) => name,
        other => unreachable!("a loss is written as its name, not as {other:?}"),
    }
}

/// A setting's fields as a study file has them, learning rate first, without those that are off
/// (zero or false). By way of JSON text, since an f32's shortest digits are lost where it becomes a
/// `Value` directly.
pub fn fields(setting: &impl Serialize) -> Vec<(String, String)> {
    let text = serde_json::to_string(setting).expect("settings are plain data");
    let fields: Map<String, Value> = serde_json::from_str(&text).expect("settings are tables");
    let is_on = |value: &Value| value.as_f64() != Some(0.0) && *value != Value::Bool(false);
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut fields: Vec<_> = fields
        .into_iter()
        .filter(|(_, value)| is_on(value))
        .map(|(key, value)| (key, text(value)))
        .collect();
    fields.sort_by_key(|(key, _)| key != "learning_rate");
    fields
}

/// `adam (learning rate 0.001, …)`.
fn named(setting: &impl Serialize) -> String {
    let (name, others): (Vec<_>, Vec<_>) =
        fields(setting).into_iter().partition(|(key, _)| key == "name");
    let name = name.into_iter().map(|(_, name)| name).collect::<String>();
    if others.is_empty() { name } else { format!("{name} ({})", listed(&others)) }
}

fn listed(fields: &[(String, String)]) -> String {
    fields
        .iter()
        .map(|(key, value)| format!("{} {value}", key.replace('_', " ")))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use fitroom_study::Augmentation;

    use super::*;
    use crate::fixture::{Fixture, Plan};

    #[test]
    fn settings_are_named_as_in_a_study_file() {
        let stored = Fixture::new(1)
            .with(Plan::new("a").softmax_twice())
            .with(Plan::new("b").penalty(0.001, 0.0))
            .stored();
        let words = stored
            .study
            .networks
            .iter()
            .map(|network| settings(&network.training))
            .collect::<Vec<_>>();
        assert_eq!(
            words[0],
            "Trained for 20 epochs in batches of 64 on cross-entropy-of-softmax without penalty, with adam (learning rate \
             0.001, beta1 0.9, beta2 0.999, epsilon 1e-8); learning rate schedule constant."
        );
        let mut training = stored.study.networks[0].training;
        training.patience = Some(3);
        training.monitor = Monitor::Loss;
        training.augmentation =
            Augmentation { shift: 2, flip: true, test_time: true, ..Default::default() };
        training.fit_images = Some(1000);
        assert!(settings(&training).ends_with(
            " Training images are changed at random in every step (flip, shift 2). An image that is scored is seen several \
             times, mirrored and moved by a pixel as far as training images are, and its logits are averaged. After each \
             epoch at most 1,000 of the training images are scored. Training ends after three epochs without a better \
             validation loss."
        ));
        assert!(
            words[1].contains("on cross-entropy with penalty (l1 0.001, on all), with adam"),
            "{}",
            words[1]
        );
    }
}
