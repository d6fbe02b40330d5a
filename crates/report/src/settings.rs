//! How a network is trained, in words.

use fitroom_results::{Monitor, NetworkFacts, Setting, SettingField};

use crate::choice;
use crate::number::{count, counted};

/// `Trained for 20 epochs …`: every setting that is on, under its name in study files. Unknown
/// settings are left out; `None` if none is known.
pub fn settings(facts: &NetworkFacts) -> Option<String> {
    if facts.settings.is_empty() {
        return None;
    }
    let mut words = String::from("Trained");
    if let Some(epochs) = facts.epochs {
        words += &format!(" for {epochs} epoch{}", if epochs == 1 { "" } else { "s" });
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
    let is_change =
        |field: &&SettingField| !matches!(field.key.as_str(), "test_time" | "mixup" | "cutmix");
    if facts.changes_images() {
        let changes = setting.fields.iter().filter(is_change);
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
    words += &match (setting.field("mixup"), setting.field("cutmix")) {
        (None, None) => String::new(),
        (Some(alpha), None) => mixing(&format!("mixup (alpha {alpha})")),
        (None, Some(alpha)) => mixing(&format!("cutmix (alpha {alpha})")),
        (Some(mixup), Some(cutmix)) => mixing(&format!(
            "mixup (alpha {mixup}) or cutmix (alpha {cutmix}), one of the two at random"
        )),
    };
    if setting.field("test_time").is_some() {
        words += " A scored image is seen several times, mirrored and moved by a pixel as far as training images are, \
                  and its logits are averaged.";
    }
    words
}

fn mixing(how: &str) -> String {
    format!(
        " The images of each training batch are mixed with each other, and their labels too, by {how}: training loss \
         as trained is that to mixed labels, and training accuracy counts the label with the larger share."
    )
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
        let mixed = |fields: &[(&str, &str)]| {
            let mut network = results.networks[0].clone();
            let augmentation =
                network.settings.iter_mut().find(|setting| setting.key == "augmentation").unwrap();
            augmentation.fields = fields.iter().map(|(key, value)| field(key, value)).collect();
            settings(&network).unwrap()
        };
        let ends = ": training loss as trained is that to mixed labels, and training accuracy counts the label with the \
                    larger share.";
        let words = mixed(&[("mixup", "0.2")]);
        assert!(
            words.ends_with(&format!(
                "constant. The images of each training batch are mixed with each other, and their labels too, by mixup \
                 (alpha 0.2){ends}"
            )),
            "{words}"
        );
        let words = mixed(&[("cutmix", "1.0"), ("mixup", "0.2"), ("rotate", "10.0")]);
        assert!(
            words.contains(" in every step (rotate 10.0). The")
                && words.ends_with(&format!(
                    "by mixup (alpha 0.2) or cutmix (alpha 1.0), one of the two at random{ends}"
                )),
            "{words}"
        );
        assert!(mixed(&[("cutmix", "1.0")]).contains(" by cutmix (alpha 1.0): training"));
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
