//! Confirms the winners of sweeps: a sweep's winner and its baseline are trained again, on seeds
//! that had no part in choosing it. This is needed because the best of many networks owes some of
//! its score to luck.

use std::iter::once;

use crate::study_seeds::FRESH_SEEDS;
use crate::{EpochRecord, RunStatus, SeedPlan, StoredRun, Study, Sweep, Training};

/// A sweep's winner on fresh seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmation {
    /// The sweep's name.
    pub sweep: String,
    /// Position of the winner in the study.
    pub network: usize,
    /// The winner's runs on fresh seeds, seeds ascending.
    pub runs: Vec<StoredRun>,
    /// Position of the winner's baseline in the study, if it has one.
    pub baseline: Option<usize>,
    /// The baseline's runs on the same seeds.
    pub baseline_runs: Vec<StoredRun>,
}

/// A sweep's winner and its baseline, as positions in the study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Winner {
    pub sweep: String,
    pub network: usize,
    pub baseline: Option<usize>,
}

impl Winner {
    /// The networks that are trained on fresh seeds.
    pub fn networks(&self) -> impl Iterator<Item = usize> {
        once(self.network).chain(self.baseline)
    }
}

/// New seeds, by which none of the study's networks was chosen: as many as the study has. If it runs
/// until clear, ten after the most seeds that a network may get.
pub(crate) fn fresh_seeds(study: &Study) -> impl Iterator<Item = u64> + use<> {
    let fresh = match study.seed_plan {
        SeedPlan::Declared | SeedPlan::Extended { .. } => study.seeds,
        SeedPlan::UntilClear => FRESH_SEEDS,
    };
    let last = *study.all_seeds().end();
    last + 1..=last + u64::from(fresh)
}

/// The winners of those sweeps whose runs have all ended. `run` returns the status and the epochs
/// of a network's run with one seed.
///
/// A sweep's winner is the network with the highest mean validation accuracy over its seeds, each
/// run at its best epoch; of equals, the first. If the study runs until clear, the mean is over the
/// seeds before the first look, which all networks have. So the winner does not change later. A
/// network that diverged with any seed can't win. Without validation images, and with a single
/// network, a sweep has no winner.
///
/// A baseline that is in a sweep itself gives way to that sweep's winner: a tuned network is compared
/// with a baseline that was tuned as well. While that sweep has runs to end, there is no winner yet.
pub(crate) fn winners<E>(
    study: &Study,
    mut run: impl FnMut(usize, u64) -> Result<(RunStatus, Vec<EpochRecord>), E>,
) -> Result<Vec<Winner>, E> {
    let (mut winners, mut unfinished) = (Vec::new(), Vec::new());
    for Sweep { name, networks } in study.sweeps() {
        let mut ended = true;
        let mut best: Option<(f64, usize)> = None;
        for &network in &networks {
            let mut sum = Some(0.0);
            for seed in study.first_seeds() {
                let (status, epochs) = run(network, seed)?;
                ended &= status != RunStatus::Pending;
                let accuracy = || best_accuracy(&study.networks[network].training, &epochs);
                sum = sum
                    .filter(|_| status == RunStatus::Finished)
                    .and_then(|sum| Some(sum + accuracy()?));
            }
            if let Some(sum) = sum
                && best.is_none_or(|(highest, _)| sum > highest)
            {
                best = Some((sum, network));
            }
        }
        if !ended {
            unfinished.push(name);
        } else if let Some((_, network)) = best.filter(|_| networks.len() > 1) {
            let baseline = study.networks[network].vs.as_ref();
            let baseline = baseline
                .and_then(|name| study.networks.iter().position(|other| other.name == *name));
            winners.push(Winner { sweep: name.to_owned(), network, baseline });
        }
    }
    // A baseline that is still being tuned is not known yet.
    winners.retain(|winner: &Winner| {
        let swept = winner.baseline.and_then(|baseline| study.networks[baseline].swept.as_ref());
        swept.is_none_or(|swept| !unfinished.contains(&swept.of.as_str()))
    });
    let tuned = |network: usize| {
        let swept = study.networks[network].swept.as_ref()?;
        winners.iter().find(|winner| winner.sweep == swept.of).map(|winner| winner.network)
    };
    let baselines: Vec<Option<usize>> = winners
        .iter()
        .map(|winner| winner.baseline.map(|baseline| tuned(baseline).unwrap_or(baseline)))
        .collect();
    for (winner, baseline) in winners.iter_mut().zip(baselines) {
        winner.baseline = baseline.filter(|&baseline| baseline != winner.network);
    }
    Ok(winners)
}

fn best_accuracy(training: &Training, epochs: &[EpochRecord]) -> Option<f64> {
    Some(training.chosen_val(epochs)?.accuracy).filter(|accuracy| !accuracy.is_nan())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::test_data::study;

    const TEXT: &str = "seeds = 2\n[[network]]\nname = \"base\"\nlayers = \"\"\n\
                        [[network]]\nname = \"p {p}\"\nlayers = \"dropout {p}\"\nvs = \"base\"\nsweep = { p = [0.1, 0.2, 0.3] }\n";

    fn ended(accuracy: f64) -> (RunStatus, Vec<EpochRecord>) {
        let record = EpochRecord {
            epoch: 1,
            train_loss: 1.0,
            train_accuracy: 0.5,
            fit_loss: 1.0,
            fit_accuracy: 0.5,
            val_loss: 1.0,
            val_accuracy: accuracy,
            learning_rate: 0.001,
            seconds: 1.0,
        };
        (RunStatus::Finished, vec![record])
    }

    fn found(run: impl Fn(usize, u64) -> (RunStatus, Vec<EpochRecord>)) -> Vec<Winner> {
        winners(&study(TEXT), |network, seed| Ok::<_, Infallible>(run(network, seed))).unwrap()
    }

    #[test]
    fn the_highest_mean_wins_once_every_run_has_ended() {
        // The means of networks 1 to 3 are 0.7, 0.75 and 0.65.
        let accuracy = |network: usize, seed: u64| {
            [[0.9, 0.9], [0.8, 0.6], [0.75, 0.75], [0.9, 0.4]][network][seed as usize - 1]
        };
        let winner = Winner { sweep: "p {p}".to_owned(), network: 2, baseline: Some(0) };
        assert_eq!(
            found(|network, seed| ended(accuracy(network, seed))),
            std::slice::from_ref(&winner)
        );
        assert!(winner.networks().eq([2, 0]));
        let pending = |network, seed| {
            if (network, seed) == (3, 2) { (RunStatus::Pending, Vec::new()) } else { ended(0.5) }
        };
        assert_eq!(found(pending), []);
        // The baseline need not have ended.
        let baseline_pending = |network, seed| match network {
            0 => (RunStatus::Pending, Vec::new()),
            _ => ended(accuracy(network, seed)),
        };
        assert_eq!(found(baseline_pending), [winner]);
    }

    #[test]
    fn networks_that_diverged_or_were_not_validated_can_not_win() {
        let diverged = |network, seed| match (network, seed) {
            (2, 1) => (RunStatus::Diverged, ended(0.9).1),
            _ => ended(if network == 3 { 0.5 } else { 0.4 }),
        };
        assert_eq!(found(diverged)[0].network, 3);
        assert_eq!(found(|_, _| ended(f64::NAN)), []);
        assert_eq!(found(|_, _| (RunStatus::Diverged, Vec::new())), []);
    }

    #[test]
    fn fresh_seeds_are_new_and_as_many_as_the_study_has() {
        assert!(fresh_seeds(&study(TEXT)).eq([3, 4]));
    }

    #[test]
    fn a_study_that_runs_until_clear_has_its_winner_after_five_seeds() {
        let mut study = study(TEXT);
        study.set_until_clear(Some(20)).unwrap();
        let run = |network: usize, seed: u64| match seed {
            1..=5 => ended([0.9, 0.5, 0.7, 0.6][network]),
            _ => (RunStatus::Pending, Vec::new()),
        };
        let found = winners(&study, |network, seed| Ok::<_, Infallible>(run(network, seed)));
        assert_eq!(found.unwrap()[0].network, 2);
        assert!(fresh_seeds(&study).eq(21..=30), "none of the seeds that networks may get");
    }

    #[test]
    fn a_winner_is_compared_with_the_winner_of_its_baselines_sweep() {
        let study = study(
            "[[network]]\nname = \"base {r}\"\nlayers = \"dropout {r}\"\nsweep = { r = [0.1, 0.2] }\n\
             [[network]]\nname = \"p {p}\"\nlayers = \"relu, dropout {p}\"\nvs = \"base 0.1\"\n\
             sweep = { p = [0.3, 0.4] }\n",
        );
        let found =
            winners(&study, |network, _| Ok::<_, Infallible>(ended([0.7, 0.8, 0.6, 0.5][network])));
        let found = found.unwrap();
        assert_eq!((found[0].network, found[0].baseline), (1, None));
        assert_eq!((found[1].network, found[1].baseline), (2, Some(1)), "not base 0.1");
        let untuned = winners(&study, |network, _| {
            let status = if network < 2 { RunStatus::Pending } else { RunStatus::Finished };
            Ok::<_, Infallible>((status, ended([0.7, 0.8, 0.6, 0.5][network]).1))
        });
        assert_eq!(untuned.unwrap(), [], "the baseline is still being tuned");
    }
}
