//! The words for settings.

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
                setting.fields =
                    vec![field("flip", "true"), field("shift", "2"), field("test_time", "true")];
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
    for (key, value, words) in [
        (
            "class_weights",
            "\"balanced\"",
            "-of-softmax with each class weighed by how rare it is w",
        ),
        ("class_weights", "[1.0, 0.5]", "-of-softmax with class weights [1.0, 0.5] without"),
        ("clip_norm", "1.0", "epsilon 1e-8), gradients clipped to norm 1.0; learning"),
        ("ema", "0.999", "constant. What is scored and kept are exponential moving averages of"),
        ("ema", "0.999", "of the weights (decay 0.999)."),
    ] {
        let said = set(key, value);
        assert!(said.contains(words), "{said}");
        assert_eq!(Some(set(key, "\"none\"")), settings(&results.networks[0]));
    }
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
