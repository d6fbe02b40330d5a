//! The verdicts of a study of `fitroom run`, as its own report has them.

use std::collections::HashMap;
use std::path::Path;

use fitroom_report::{Comparison, RightAnswers, RightImages};
use fitroom_results::{JudgedMeasure, Metric, Prediction, Results, Run, RunStatus};

use super::{JudgeError, Judgement};

/// On which test images finished runs are right, by the runs' ids.
#[derive(Debug, Default)]
pub struct KnownAnswers(HashMap<String, RightImages>);

impl KnownAnswers {
    /// Adds what test images say of a comparison of two networks of these results.
    ///
    /// # Errors
    /// A file of predictions can't be read or is damaged.
    pub fn confirm(
        &mut self,
        results: &Results,
        comparison: &mut Comparison,
    ) -> Result<(), JudgeError> {
        let position = |name: &str| results.networks.iter().position(|it| it.name == name);
        let (Some(network), Some(baseline)) =
            (position(&comparison.network), position(&comparison.baseline))
        else {
            return Ok(());
        };
        let answers = [self.of_network(results, network)?, self.of_network(results, baseline)?];
        comparison.set_test_images(&answers[0], &answers[1]);
        Ok(())
    }

    /// The answers of all finished runs of a network, on fresh seeds too.
    fn of_network(
        &mut self,
        results: &Results,
        network: usize,
    ) -> Result<RightAnswers, JudgeError> {
        let fresh =
            results.confirmations.iter().flat_map(|it| it.runs.iter().chain(&it.baseline_runs));
        let runs = results.runs_of(network).iter().chain(fresh);
        let mut answers = RightAnswers::new();
        for run in runs.filter(|run| run.network == network && run.status == RunStatus::Finished) {
            if !self.0.contains_key(&run.id)
                && let Some(predictions) = results.predictions(run)?
            {
                let right = predictions.iter().map(Prediction::is_right).collect();
                self.0.insert(run.id.clone(), right);
            }
            if let Some(right) = self.0.get(&run.id) {
                answers.insert(run.seed, right.clone());
            }
        }
        Ok(answers)
    }
}

impl Judgement {
    /// The verdicts of the study in `dir`, with the comparisons that the study names and its plan of seeds.
    /// Networks whose accuracies differ by no more than `margin`, a fraction, are equivalent.
    ///
    /// [`judge_paths`](super::judge_paths) takes the study's runs for anybody's, and compares all networks
    /// with one baseline.
    ///
    /// # Errors
    /// There is no study in `dir`, or it is damaged.
    pub fn of_study(dir: &Path, margin: f64) -> Result<Self, JudgeError> {
        Ok(Judgement::of(Results::open(dir)?, margin))
    }

    /// Adds what test images say of each comparison, as the report has it. `known` keeps the answers of
    /// finished runs, which never change, from one reading of the study to the next.
    ///
    /// # Errors
    /// A file of predictions can't be read or is damaged.
    pub fn confirm_on_test_images(&mut self, known: &mut KnownAnswers) -> Result<(), JudgeError> {
        let Judgement { results, comparisons, .. } = self;
        comparisons.iter_mut().try_for_each(|comparison| known.confirm(results, comparison))
    }

    /// What networks are judged by. Of a study, it is one accuracy.
    pub(super) fn measures(&self) -> Vec<JudgedMeasure> {
        if !self.results.measures.is_empty() {
            return self.results.measures.clone();
        }
        let compared = self.comparisons.first().map(|first| first.measure.clone());
        let place = "at each run's best epoch";
        let accuracy = || JudgedMeasure::accuracy(self.results.judged_by(), self.margin, place);
        vec![compared.unwrap_or_else(accuracy)]
    }

    /// The score of a run in the measure at `position`.
    pub(super) fn score(&self, run: &Run, position: usize) -> Option<f64> {
        if !self.results.measures.is_empty() {
            return run.measured.get(position)?.score;
        }
        let score = run.best(Metric::Accuracy, self.results.judged_by())?;
        Some(score).filter(|score| !score.is_nan())
    }
}

#[cfg(test)]
mod tests {
    use fitroom_study::{RunOptions, Study};

    use super::*;
    use crate::test_data::dataset;
    use crate::{ComparisonRequest, Session, SessionControl, compare};

    #[test]
    fn a_study_is_judged_as_its_report_judges_it() {
        let dir = tempfile::tempdir().unwrap();
        let text = "name = 'widths'\nseeds = 6\n\
                    training = { epochs = 3, batch_size = 8, validation = 16 }\n\
                    network = [{ name = 'narrow', layers = 'dense 1, relu' }, \
                    { name = 'wide', layers = 'dense 8, relu', vs = 'narrow' }, \
                    { name = 'wider', layers = 'dense 16, relu', vs = 'wide' }]\n";
        let study = Study::parse(text, "widths.toml").unwrap();
        let out = dir.path().join("out");
        let run_options = RunOptions::new(2);
        let session =
            Session { study, dataset: dataset(), dir: out.clone(), margin: 0.02, run_options };
        session.train(&SessionControl::default(), &mut |_| {}).unwrap().runs.unwrap();

        let judgement = Judgement::of_study(&out, 0.02).unwrap();
        let json = judgement.to_json();
        assert_eq!(json["seeds"], "declared");
        assert_eq!(json["measures"][0]["name"], "validation accuracy");
        assert_eq!(json["measures"][0]["margin"], 0.02);
        let baselines: Vec<_> = [0, 1].map(|at| json["comparisons"][at]["baseline"].clone()).into();
        assert_eq!(baselines, ["narrow", "wide"], "each network has its own baseline");
        let request = ComparisonRequest {
            dir: out,
            network: "wide".to_owned(),
            baseline: "narrow".to_owned(),
            baseline_dir: None,
            margin: 0.02,
        };
        let compared = compare(&request).unwrap().comparison;
        assert_eq!(judgement.verdict("wide"), compared.judged.verdict);
        let mean = compared.judged.difference.unwrap().mean;
        assert_eq!(json["comparisons"][0]["mean_difference"], mean);
        let scores = |at: usize| json["networks"][at]["scores"][0]["mean"].as_f64().unwrap();
        assert!((scores(1) - scores(0) - mean).abs() < 1e-12);
        assert_eq!(json["networks"][2]["scores"][0]["count"], 6);

        // The page confirms verdicts as the report does, and reads no predictions twice.
        let mut known = KnownAnswers::default();
        let mut judgement = judgement;
        judgement.confirm_on_test_images(&mut known).unwrap();
        let on_images = judgement.summary().comparisons[0].test_interval();
        assert_eq!(on_images, compared.test_interval());
        assert!(on_images.is_some() && known.0.len() == 18);
    }
}
