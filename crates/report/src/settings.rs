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
        words += &class_weights(facts);
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
    words += &clip_norm(facts);
    if let Some(schedule) = facts.setting("schedule") {
        words += &format!("; learning rate schedule {}", named(schedule));
    }
    words += ".";
    words += &averages(facts);
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

fn class_weights(facts: &NetworkFacts) -> String {
    match is_on(facts, "class_weights") {
        Some("balanced") => " with each class weighed by how rare it is".to_owned(),
        Some(weights) => format!(" with class weights {weights}"),
        None => String::new(),
    }
}

fn clip_norm(facts: &NetworkFacts) -> String {
    let clip_norm = is_on(facts, "clip_norm");
    clip_norm.map_or(String::new(), |norm| format!(", gradients clipped to norm {norm}"))
}

fn averages(facts: &NetworkFacts) -> String {
    let words = |decay| {
        format!(
            " What is scored and kept are exponential moving averages of the weights (decay {decay})."
        )
    };
    is_on(facts, "ema").map_or(String::new(), words)
}

/// The value of a setting that is off where it is `"none"` or missing.
fn is_on<'a>(facts: &'a NetworkFacts, key: &str) -> Option<&'a str> {
    let value = facts.setting(key)?.value.trim_matches('"');
    (value != "none").then_some(value)
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
mod tests;
