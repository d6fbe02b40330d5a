//! The line of short facts under a report's title.

use fitroom_results::RunStatus;

use crate::number::count;
use crate::summary::Summary;

/// Seeds, epochs, images, runs, machine and program, as far as they are known.
pub fn facts(summary: &Summary) -> Vec<String> {
    let (results, dataset) = (summary.results, &summary.results.dataset);
    let mut facts =
        vec![format!("{} seed{}", results.seeds, if results.seeds == 1 { "" } else { "s" })];
    facts.extend(planned_epochs(summary));
    let images = |n: usize| count(n as u64);
    if let (Some((trained_on, available)), Some(validation), Some(test)) =
        (summary.trained_on(), results.validation, dataset.test_images)
    {
        let trained_on = match trained_on == available {
            true => images(available),
            false => format!("{} of {}", images(trained_on), images(available)),
        };
        facts.push(format!(
            "{trained_on} training, {}{} validation and {} test images",
            images(validation),
            if results.stratified { " stratified" } else { "" },
            images(test)
        ));
    }
    facts.push(run_states(summary));
    if let Some(host) = &results.host {
        facts.push(format!(
            "{}, {} core{}, {}",
            host.processor,
            host.cores,
            if host.cores == 1 { "" } else { "s" },
            host.system
        ));
        facts.push(host.program.clone());
    }
    facts
}

fn planned_epochs(summary: &Summary) -> Option<String> {
    let epochs = || summary.networks.iter().filter_map(|network| network.facts.epochs);
    Some(match (epochs().min()?, epochs().max()?) {
        (1, 1) => "1 epoch".into(),
        (low, high) if low == high => format!("{low} epochs"),
        (low, high) => format!("{low} to {high} epochs"),
    })
}

/// `all 40 runs finished`, `30 of 40 runs finished, 10 pending`
fn run_states(summary: &Summary) -> String {
    let runs = summary.results.runs.len();
    let finished = summary.count(RunStatus::Finished);
    let mut states = match finished == runs {
        true => format!("all {runs} runs finished"),
        false => format!("{finished} of {runs} runs finished"),
    };
    if !summary.results.measures.is_empty() {
        return match finished == runs {
            true => format!("{runs} runs"),
            false => format!("{finished} of {runs} runs have a score"),
        };
    }
    for status in [RunStatus::Pending, RunStatus::Diverged] {
        match summary.count(status) {
            0 => {}
            n => states += &format!(", {n} {status}"),
        }
    }
    states
}
