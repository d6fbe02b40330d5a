//! How a network is trained, in words.

use fitroom_results::{
    Budget, Monitor, NetworkFacts, Setting, SettingField, StepFacts, TunedFacts,
};

use crate::choice;
use crate::number::{count, counted, counted_in_digits};

/// `Trained for 20 epochs …`: every setting that is on, under its name in study files. Unknown
/// settings are left out; `None` if none is known.
pub fn settings(facts: &NetworkFacts) -> Option<String> {
    if facts.settings.is_empty() {
        return None;
    }
    let mut words = String::from("Trained");
    match (facts.steps, facts.epochs) {
        (Some(steps), _) => words += &format!(" for {}", steps_words(steps)),
        (None, Some(epochs)) => {
            words += &format!(" for {}", counted_in_digits(epochs as usize, "epoch"))
        }
        (None, None) => {}
    }
    if let Some(batch_size) = facts.setting("batch_size") {
        words += &format!(" in batches of {}", batch_size.value);
    }
    if let Some(loss) = &facts.loss {
        words += &format!(" on {loss}");
        words += &label_smoothing(facts);
    }
    if let Some(penalty) = facts.setting("penalty") {
        words += &match facts.has_penalty() {
            true => format!(" with penalty ({})", listed(penalty.fields.iter())),
            false => " without penalty".into(),
        };
    }
    if let Some(optimizer) = facts.setting("optimizer") {
        words += &format!(", with {}", named(optimizer));
    }
    if let Some(schedule) = facts.setting("schedule") {
        words += &format!("; learning rate schedule {}", named(schedule));
    }
    words += ".";
    words += &facts.tuned.as_ref().map_or(String::new(), tuned);
    words += &initial_values(facts);
    words += &init(facts);
    words += normalisation(facts);
    words += &augmentation(facts);
    words += &fit_images(facts);
    if let Some(patience) = facts.patience {
        words += &format!(
            " Training ends after {} without a better {}.",
            counted(patience as usize, "epoch"),
            monitored(facts.monitor)
        );
    }
    words += choice::words(facts.choose);
    Some(words)
}

/// `12,345 steps (39.4 epochs)`, with the budget that they follow from.
pub fn steps_words(facts: StepFacts) -> String {
    let StepFacts { steps, passes, budget } = facts;
    let steps = counted_in_digits(steps as usize, "step");
    let steps = match budget {
        None => steps,
        Some(Budget::MultiplyAdds(budget)) => {
            format!("{budget:e} multiply-adds, {steps}")
        }
        Some(Budget::Seconds(seconds)) => {
            let are = if seconds == 1.0 { "second" } else { "seconds" };
            format!(
                "{seconds} {are} of training on one thread as measured before the first run, {steps}"
            )
        }
    };
    format!("{steps} ({} epochs)", (passes * 100.0).round() / 100.0)
}

/// The score that decides which epoch is the best.
fn monitored(monitor: Monitor) -> &'static str {
    match monitor {
        Monitor::Accuracy => "validation accuracy",
        Monitor::Loss => "validation loss",
    }
}

/// A setting that was left at its default is no news, and runs of earlier versions do not have it.
fn label_smoothing(facts: &NetworkFacts) -> String {
    let smoothing = facts.setting("label_smoothing").map(|setting| setting.value.as_str());
    match smoothing.filter(|smoothing| smoothing.parse() != Ok(0.0)) {
        Some(smoothing) => format!(" with labels smoothed by {smoothing}"),
        None => String::new(),
    }
}

/// How the learning rate was found.
fn tuned(facts: &TunedFacts) -> String {
    let TunedFacts { tried, chosen, seeds, is_at_an_end } = facts;
    let seeds = counted(*seeds as usize, "seed");
    let end = match is_at_an_end {
        true => " It is at an end of the list: one beyond it may be better.",
        false => "",
    };
    format!(
        " Its learning rate {chosen} is the best of {} by mean validation score on {seeds} that no comparison uses.{end}",
        tried.len()
    )
}

fn initial_values(facts: &NetworkFacts) -> String {
    let how = facts.setting("initial_values").map(|setting| setting.value.trim_matches('"'));
    match how.filter(|how| *how != "pytorch") {
        Some(how) => format!(" Initial weights are {how}."),
        None => String::new(),
    }
}

fn init(facts: &NetworkFacts) -> String {
    let Some(setting) = facts.setting("init") else { return String::new() };
    let Some(file) = setting.field("file") else { return String::new() };
    let layers = match setting.field("layers") {
        None => "All layers start".to_owned(),
        Some("1") => "The first layer with parameters starts".to_owned(),
        Some(layers) => format!("The first {layers} layers with parameters start"),
    };
    let stay = match (setting.field("frozen"), setting.field("layers")) {
        (None, _) => "",
        (Some(_), Some("1")) => ", and stays as it is",
        (Some(_), _) => ", and stay as they are",
    };
    format!(" {layers} from the weights in `{file}`{stay}.")
}

fn normalisation(facts: &NetworkFacts) -> &'static str {
    match facts.setting("normalise") {
        Some(setting) if setting.value.contains("mean-std") => {
            " Images are normalised: each channel has mean 0 and standard deviation 1 over the images that are trained on."
        }
        Some(_) | None => "",
    }
}

fn augmentation(facts: &NetworkFacts) -> String {
    let Some(setting) = facts.setting("augmentation") else { return String::new() };
    let mut words = String::new();
    if facts.has_augmentation() {
        let changes = setting.fields.iter().filter(|field| field.key != "test_time");
        let changes: Vec<String> = changes
            .map(|SettingField { key, value }| match value.as_str() {
                "true" => key.clone(),
                _ => format!("{key} {value}"),
            })
            .collect();
        words += &format!(
            " Training images are changed at random in every step ({}).",
            changes.join(", ")
        );
    }
    if setting.field("test_time").is_some() {
        words += " A scored image is seen several times, mirrored and moved by a pixel as far as training images are, \
                  and its logits are averaged.";
    }
    words
}

fn fit_images(facts: &NetworkFacts) -> String {
    let images = facts.setting("fit_images").and_then(|setting| setting.value.parse().ok());
    images.map_or(String::new(), |images| {
        format!(" After each epoch at most {} of the training images are scored.", count(images))
    })
}

/// `adam (learning rate 0.001, …)`.
fn named(setting: &Setting) -> String {
    let name = setting.field("name").unwrap_or(&setting.value);
    let mut others = setting.fields.iter().filter(|field| field.key != "name").peekable();
    match others.peek() {
        None => name.to_owned(),
        Some(_) => format!("{name} ({})", listed(others)),
    }
}

fn listed<'a>(fields: impl Iterator<Item = &'a SettingField>) -> String {
    fields
        .map(|SettingField { key, value }| format!("{} {value}", key.replace('_', " ")))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};

    #[test]
    fn steps_and_what_they_follow_from_and_a_tuned_learning_rate_are_named() {
        let network = Fixture::new(1).with(Plan::new("a")).results().networks.remove(0);
        let words = |steps, passes, budget| {
            let steps = Some(StepFacts { steps, passes, budget });
            settings(&NetworkFacts { steps, ..network.clone() }).unwrap()
        };
        let of = |words: String| words.split(" in batches").next().map(str::to_owned).unwrap();
        assert_eq!(of(words(12_345, 39.404, None)), "Trained for 12,345 steps (39.4 epochs)");
        assert_eq!(
            of(words(7, 2.0, Some(Budget::MultiplyAdds(1.25e12)))),
            "Trained for 1.25e12 multiply-adds, 7 steps (2 epochs)"
        );
        assert_eq!(
            of(words(1, 0.5, Some(Budget::Seconds(1.0)))),
            "Trained for 1 second of training on one thread as measured before the first run, 1 step (0.5 epochs)"
        );
        let tuned = |is_at_an_end| {
            let tuned = TunedFacts { tried: vec![0.1, 0.2], chosen: 0.1, seeds: 2, is_at_an_end };
            settings(&NetworkFacts { tuned: Some(tuned), ..network.clone() }).unwrap()
        };
        let chosen = "Its learning rate 0.1 is the best of 2 by mean validation score on two seeds that no \
                      comparison uses.";
        assert!(tuned(false).contains(chosen) && !tuned(false).contains("end of the list"));
        assert!(tuned(true).contains(&format!("{chosen} It is at an end of the list: one beyond")));
    }

    #[test]
    fn settings_are_named_as_in_a_study_file() {
        let results = Fixture::new(1)
            .with(Plan::new("a").softmax_twice())
            .with(Plan::new("b").penalty(0.001, 0.0))
            .results();
        let words: Vec<String> = results.networks.iter().filter_map(settings).collect();
        assert_eq!(
            words[0],
            "Trained for 20 epochs in batches of 64 on cross-entropy-of-softmax without penalty, with adam (learning rate \
             0.001, beta1 0.9, beta2 0.999, epsilon 1e-8); learning rate schedule constant."
        );
        assert!(
            words[1].contains("on cross-entropy with penalty (l1 0.001, on all), with adam"),
            "{}",
            words[1]
        );
        let mut network = results.networks[0].clone();
        network.patience = Some(3);
        network.monitor = Monitor::Loss;
        let field = |key: &str, value: &str| SettingField { key: key.into(), value: value.into() };
        for setting in &mut network.settings {
            match setting.key.as_str() {
                "augmentation" => {
                    setting.fields = vec![
                        field("flip", "true"),
                        field("shift", "2"),
                        field("test_time", "true"),
                    ];
                }
                "fit_images" => setting.value = "1000".into(),
                "normalise" => setting.value = "\"mean-std\"".into(),
                _ => {}
            }
        }
        let words = settings(&network).unwrap();
        assert!(
            words.ends_with(
                " Images are normalised: each channel has mean 0 and standard deviation 1 over the images that are trained \
                 on. Training images are changed at random in every step (flip, shift 2). A scored image is seen several \
                 times, mirrored and moved by a pixel as far as training images are, and its logits are averaged. After \
                 each epoch at most 1,000 of the training images are scored. Training ends after three epochs without a \
                 better validation loss."
            ),
            "{words}"
        );
        assert_eq!(settings(&NetworkFacts::new("not known")), None);
        let set = |key: &str, value: &str| {
            let mut network = results.networks[0].clone();
            let (key, value) = (key.to_owned(), value.to_owned());
            network.settings.push(Setting { key, value, fields: Vec::new() });
            settings(&network).unwrap()
        };
        let smoothed = set("label_smoothing", "0.1");
        assert!(smoothed.contains("-of-softmax with labels smoothed by 0.1 without"), "{smoothed}");
        let drawn = set("initial_values", "\"kaiming-normal\"");
        assert!(drawn.ends_with("constant. Initial weights are kaiming-normal."), "{drawn}");
        for (key, default) in [("label_smoothing", "0.0"), ("initial_values", "\"pytorch\"")] {
            assert_eq!(Some(set(key, default)), settings(&results.networks[0]));
        }
        for (fields, words) in [
            (
                vec![field("file", "init/a.safetensors")],
                "All layers start from the weights in `init/a.safetensors`.",
            ),
            (
                vec![field("file", "a"), field("layers", "2"), field("frozen", "true")],
                "The first 2 layers with parameters start from the weights in `a`, and stay as they are.",
            ),
            (
                vec![field("file", "a"), field("layers", "1"), field("frozen", "true")],
                "The first layer with parameters starts from the weights in `a`, and stays as it is.",
            ),
        ] {
            let mut network = results.networks[0].clone();
            let (key, value) = ("init".to_owned(), "{}".to_owned());
            network.settings.push(Setting { key, value, fields });
            let said = settings(&network).unwrap();
            assert!(said.contains(words), "{said}");
        }
    }
}
