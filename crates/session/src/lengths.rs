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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use fitroom_results::Results;
    use fitroom_study::{RunOptions, run_study};

    use super::*;
    use crate::test_data::dataset;

    #[test]
    fn equal_budgets_and_equal_lists_of_learning_rates_are_no_difference() {
        let tune = |chosen: &str| {
            format!("tune = {{ learning_rate = [0.1, 0.01, 1], seeds = 4, chosen = {chosen} }}\n")
        };
        let text = format!(
            "name = 'test'\n[training]\nbatch_size = 8\nvalidation = 16\nbudget = {{ multiply_adds = 1e5 }}\n\
             [[network]]\nname = 'a'\nlayers = 'dense 4'\n{}\
             [[network]]\nname = 'b'\nlayers = 'dense 8'\nvs = 'a'\n{}",
            tune("0.1"),
            tune("1")
        );
        let study = Study::parse(&text, "test.toml").unwrap();
        let (dir, stop) = (tempfile::tempdir().unwrap(), AtomicBool::new(true));
        // The study stops at once, and is stored all the same.
        let _ = run_study(&study, &dataset(), dir.path(), &RunOptions::new(1), &stop, &|_| {});
        let networks = Results::open(dir.path()).unwrap().networks;
        let value = |network: usize, key: &str| &networks[network].setting(key).unwrap().value;
        assert_eq!(value(0, "budget"), "{ multiply_adds = 100000.0 }");
        assert_eq!(value(0, "budget"), value(1, "budget"));
        assert_eq!(value(0, "optimizer"), value(1, "optimizer"));
        assert!(value(0, "optimizer").contains("learning_rate = \"the best of 0.1, 0.01, 1\""));
        let steps = [0, 1].map(|network| networks[network].steps.unwrap());
        assert!(steps[0].steps > steps[1].steps && steps[0].passes > steps[1].passes);
        let tuned = [0, 1].map(|network| networks[network].tuned.as_ref().unwrap());
        assert_eq!((tuned[0].chosen, tuned[0].seeds, tuned[0].is_at_an_end), (0.1, 4, false));
        assert_eq!((tuned[1].chosen, tuned[1].is_at_an_end), (1.0, true));
    }

    #[test]
    fn what_is_not_known_yet_is_said() {
        let study = |length: &str| {
            let text = format!(
                "name = 't'\ndataset = 'idx:nowhere'\n[[network]]\nname = 'a'\nlayers = ''\n{length}\n"
            );
            lengths(&Study::parse(&text, "t.toml").unwrap(), &Places::default()).remove(0)
        };
        assert_eq!(study("epochs = 3"), None);
        assert_eq!(study("steps = 3").unwrap(), "3 steps");
        assert_eq!(
            study("budget = { seconds = 60, steps = 3 }").unwrap(),
            "budget { seconds = 60.0 }: 3 steps"
        );
        assert_eq!(
            study("budget = { seconds = 60 }").unwrap(),
            "budget { seconds = 60.0 }: `fitroom run` measures how many steps that is"
        );
        assert!(
            study("budget = { multiply_adds = 1e9 }").unwrap().contains("which are not on disk")
        );
    }
}
