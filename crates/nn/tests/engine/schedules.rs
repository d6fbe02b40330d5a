//! Every schedule gives the learning rates of PyTorch's scheduler, step by step.

use fitroom_nn::{Decay, Schedule};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    schedule: Schedule,
    base: f32,
    steps_per_epoch: u64,
    epochs: u32,
    /// The validation loss after each epoch, where the schedule depends on it.
    losses: Vec<f64>,
    rates: Vec<f64>,
}

#[test]
fn learning_rates_agree_with_pytorch() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../pytorch/schedules.json")).unwrap();
    for name in Decay::NAMES {
        let is_it = |case: &Case| serde_json::to_value(case.schedule).unwrap()["name"] == *name;
        assert!(cases.iter().any(is_it), "no case of `{name}`");
    }
    for Case { schedule, base, steps_per_epoch, epochs, losses, rates } in cases {
        assert_eq!(schedule.depends_on_scores(), !losses.is_empty());
        assert_eq!(rates.len() as u64, steps_per_epoch * u64::from(epochs));
        for (step, expected) in rates.into_iter().enumerate() {
            let epochs_done = step / steps_per_epoch as usize;
            let before = losses.iter().take(epochs_done).map(|loss| -loss);
            let now = schedule.base_after(base, before);
            let total_steps = steps_per_epoch * u64::from(epochs);
            let rate = schedule.learning_rate(now, step as u64, steps_per_epoch, total_steps);
            // Settings are float32, so 0.3 and 10⁻⁴ are off by 10⁻⁸ of themselves.
            let error = (f64::from(rate) - expected).abs();
            assert!(error < 2e-7 * f64::from(base), "{schedule:?} {step}: {rate} {expected}");
        }
    }
}
