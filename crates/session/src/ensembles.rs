//! Scores the seeds of each network together: the mean of their probabilities on each test image (an
//! ensemble, as Hansen and Salamon 1990).

use fitroom_data::Dataset;
use fitroom_report::{Ensemble, MOST_SHOWN};
use fitroom_stats::Proportion;
use fitroom_study::{
    EnsembleScore, RunStatus, StoredRun, StoredStudy, Weights, store_ensembles, stored_ensembles,
};

use crate::SessionError;
use crate::models::model_of_run;
use crate::prediction::PredictionError;

/// Images that are scored at once.
const AT_ONCE: usize = 256;

/// Whether ensembles are scored that are not scored yet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scoring {
    /// On this many threads.
    Missing {
        /// The threads.
        threads: usize,
    },
    /// Only those that were scored before are told.
    Nothing,
}

/// The ensembles of a study's networks, where two or more seeds have finished. Networks without an
/// ensemble are left out, as are all of a study with more than [`MOST_SHOWN`] networks.
///
/// # Errors
/// A file can't be read or written, or is damaged.
pub(crate) fn ensembles(
    stored: &StoredStudy,
    dataset: Option<&Dataset>,
    scoring: Scoring,
) -> Result<Vec<Ensemble>, SessionError> {
    if stored.study.networks.len() > MOST_SHOWN {
        return Ok(Vec::new());
    }
    let dataset = dataset.filter(|dataset| dataset.fingerprint == stored.dataset.fingerprint);
    let known = stored_ensembles(&stored.dir)?;
    let (mut current, mut is_new) = (Vec::new(), false);
    for network in 0..stored.study.networks.len() {
        let is_of = |run: &&StoredRun| run.network == network && run.status == RunStatus::Finished;
        let runs: Vec<&StoredRun> = stored.runs.iter().filter(is_of).collect();
        if runs.len() < 2 {
            continue;
        }
        let is_known =
            |score: &&EnsembleScore| score.runs.iter().eq(runs.iter().map(|run| &run.id));
        let score = match (known.iter().find(is_known), dataset, scoring) {
            (Some(score), _, _) => Some(score.clone()),
            (None, Some(dataset), Scoring::Missing { threads }) => {
                let score = score(stored, &runs, dataset, threads)?;
                is_new |= score.is_some();
                score
            }
            (None, None, _) | (None, _, Scoring::Nothing) => None,
        };
        current.extend(score.map(|score| (network, score)));
    }
    if is_new {
        store_ensembles(&stored.dir, current.iter().map(|(_, score)| score.clone()).collect())?;
    }
    let ensemble = |(network, score): (usize, EnsembleScore)| Ensemble {
        network,
        seeds: score.runs.len(),
        accuracy: Proportion { successes: score.right, trials: score.images },
        loss: score.loss,
    };
    Ok(current.into_iter().map(ensemble).collect())
}

/// Scores the networks of some runs together, one after the other, so that one is in memory at a time.
/// `None` if a run has no weights.
fn score(
    stored: &StoredStudy,
    runs: &[&StoredRun],
    dataset: &Dataset,
    threads: usize,
) -> Result<Option<EnsembleScore>, SessionError> {
    let (test, classes) = (&dataset.test, dataset.classes.len());
    let indices: Vec<u32> = (0..test.len() as u32).collect();
    let mut sums = vec![0.0; test.len() * classes];
    let (mut predicted, mut probabilities) = (vec![0; test.len()], vec![0.0; test.len() * classes]);
    for run in runs {
        let Ok(model) = model_of_run(stored, run, Weights::Best, Some(dataset))? else {
            return Ok(None);
        };
        let mut network = model.network(AT_ONCE.min(test.len())).map_err(PredictionError::from)?;
        network.try_set_threads(threads).map_err(PredictionError::Threads)?;
        network.predict(&test.images, &test.labels, &indices, &mut predicted, &mut probabilities);
        for (sum, probability) in sums.iter_mut().zip(&probabilities) {
            *sum += f64::from(*probability);
        }
    }
    let (mut right, mut loss) = (0, 0.0);
    for (sums, &label) in sums.chunks(classes).zip(&test.labels) {
        let label = usize::from(label);
        let best =
            (1..classes).fold(0, |best, class| if sums[class] > sums[best] { class } else { best });
        // A sum is NaN if logits overflow.
        right += u64::from(best == label && sums.iter().all(|sum| sum.is_finite()));
        loss -= (sums[label] / runs.len() as f64).max(f64::MIN_POSITIVE).ln();
        loss += if sums[label].is_nan() { f64::NAN } else { 0.0 };
    }
    let loss = loss / test.len() as f64;
    Ok(Some(EnsembleScore {
        runs: runs.iter().map(|run| run.id.clone()).collect(),
        images: test.len() as u64,
        right,
        loss: loss.is_finite().then_some(loss),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{SeedChoice, models_of_network};
    use crate::prediction::Predictor;
    use crate::test_data::{dataset, study_of, trained};

    const TWO: &str = "network = [{ name = 'a', layers = 'dense 4, relu' }, { name = 'b', layers = 'conv 2 2x2, flatten' }]";

    #[test]
    fn an_ensemble_is_the_mean_of_the_probabilities_of_all_seeds() {
        let dir = tempfile::tempdir().unwrap();
        let study = trained(study_of(TWO), dir.path());
        let data = dataset();
        let scored = stored_ensembles(dir.path()).unwrap();
        assert_eq!(scored.len(), 2, "the session scores them at its end");
        for (network, score) in scored.iter().enumerate() {
            let found = models_of_network(&study, network, SeedChoice::All, None).unwrap();
            let mut predictor = Predictor::of(found, 20, 1).unwrap();
            let predictions = predictor.predict_all(&data.test.images).unwrap();
            let labels = || predictions.iter().zip(&data.test.labels);
            let right =
                labels().filter(|(p, label)| p.class() == Some(usize::from(**label))).count();
            let loss: f64 =
                labels().map(|(p, &label)| -f64::from(p.mean[usize::from(label)]).ln()).sum();
            assert_eq!((score.right, score.images), (right as u64, 20));
            assert!((score.loss.unwrap() - loss / 20.0).abs() < 1e-6);
        }
    }

    #[test]
    fn what_is_stored_is_not_scored_again_and_other_runs_are() {
        let dir = tempfile::tempdir().unwrap();
        let mut study = trained(study_of(TWO), dir.path());
        let of = |study: &StoredStudy, data: Option<&Dataset>, scoring| {
            ensembles(study, data, scoring).unwrap()
        };
        let both = of(&study, None, Scoring::Nothing);
        assert_eq!(
            both.iter().map(|it| (it.network, it.seeds)).collect::<Vec<_>>(),
            [(0, 2), (1, 2)]
        );
        study.runs[0].id = study.runs[0].id.replace(char::is_alphanumeric, "0");
        assert_eq!(of(&study, None, Scoring::Missing { threads: 1 }).len(), 1);
        assert_eq!(of(&study, Some(&dataset()), Scoring::Nothing).len(), 1);
        study.runs[1].status = RunStatus::Diverged;
        assert_eq!(of(&study, Some(&dataset()), Scoring::Nothing).len(), 1, "of one seed is none");
    }
}
