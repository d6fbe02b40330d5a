//! How long each network of a study is trained, where that is not a number of epochs.

use fitroom_data::{Places, Source};
use fitroom_report::steps_words;
use fitroom_results::{StepFacts, budget_facts};
use fitroom_study::{Budget, Study};

use crate::output_directory::default_directory;

/// How long each network is trained, in words; `None` for one with a number of epochs. The steps of a
/// budget are told as far as they are known: from the study file, from the images, if they are on
/// disk, and from the study's default directory, if a run has measured them.
pub fn lengths(study: &Study, places: &Places) -> Vec<Option<String>> {
    let has_steps = |study: &Study| {
        study
            .networks
            .iter()
            .any(|network| network.budget.is_some() || network.training.steps.is_some())
    };
    if !has_steps(study) {
        return vec![None; study.networks.len()];
    }
    let source = study.dataset.as_ref().unwrap_or(&Source::FASHION_MNIST);
    let dataset = source.load_from_disk(&study.reading, places).ok();
    let known = dataset.as_ref().and_then(|dataset| {
        let dir = default_directory(study, false, dataset);
        study.with_known_steps(dataset, &dir).ok()
    });
    let images = dataset.as_ref().map(|dataset| study.trained_on(dataset.train.len()));
    let networks = known.as_ref().unwrap_or(study).networks.iter();
    let words = networks.map(|network| match (network.training.steps, network.budget, images) {
        (None, None, _) => None,
        (Some(steps), budget, Some(images)) if known.is_some() => {
            let (passes, budget) = (network.training.passes(images), budget.map(budget_facts));
            Some(steps_words(StepFacts { steps, passes, budget }))
        }
        (Some(steps), None, _) => Some(format!("{steps} steps")),
        (Some(steps), Some(budget), _) => Some(format!("budget {budget}: {steps} steps")),
        (None, Some(budget @ Budget::Seconds(_)), _) => {
            Some(format!("budget {budget}: `fitroom run` measures how many steps that is"))
        }
        (None, Some(budget @ Budget::MultiplyAdds(_)), _) => Some(format!(
            "budget {budget}: how many steps that is depends on the number of training images, which are not on disk"
        )),
    });
    words.collect()
}
