//! Which runs a study has, and which jobs they need.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Crew, Job};
use crate::confirmation::{Winner, fresh_seeds, winners};
use crate::run::{RunFacts, epoch_cost};
use crate::{
    Event, RunError, RunLabel, RunStatus, SettingChange, Share, StoreError, Study, StudyError,
};

impl<'a> Crew<'a> {
    /// The networks and seeds that `study` is trained with at first; `asked` are its networks'
    /// positions in the stored study. If it runs until clear, these include all runs that have begun
    /// or are left out.
    pub fn first_runs(
        &self,
        study: &Study,
        asked: &[usize],
    ) -> Result<Vec<(usize, u64)>, RunError> {
        let first = study.first_seeds();
        let mut runs = Vec::new();
        for &network in asked {
            for seed in study.all_seeds() {
                let is_left_out = || self.options.left_out.contains(&(network, seed));
                if first.contains(&seed) || is_left_out() || self.has_begun(network, seed)? {
                    runs.push((network, seed));
                }
            }
        }
        Ok(runs)
    }

    fn has_begun(&self, network: usize, seed: u64) -> Result<bool, RunError> {
        let (status, epochs, _) = self.directory.run(&self.facts(network, seed)).progress()?;
        Ok(status != RunStatus::Pending || !epochs.is_empty())
    }

    /// Those of `runs` that belong to the share.
    pub fn of_share(
        &self,
        share: Share,
        runs: Vec<(usize, u64)>,
    ) -> Result<Vec<(usize, u64)>, RunError> {
        let costs = self.epoch_costs()?;
        let with_cost = |&(network, seed): &(usize, u64)| {
            let cost = self.training_cost(network, costs[network]);
            (seed, cost, self.facts(network, seed).id())
        };
        let is_mine = share.of(&runs.iter().map(with_cost).collect::<Vec<_>>());
        Ok(runs
            .into_iter()
            .zip(is_mine)
            .filter_map(|(run, is_mine)| is_mine.then_some(run))
            .collect())
    }

    /// Those of `runs` that were not planned yet.
    pub fn without_planned(&self, runs: Vec<(usize, u64)>) -> Vec<(usize, u64)> {
        let planned: HashSet<(usize, u64)> =
            self.labels.iter().map(|run| (run.network_index, run.seed)).collect();
        runs.into_iter().filter(|run| !planned.contains(run)).collect()
    }

    /// Adds the runs of these networks and seeds to `labels`, and returns the jobs that they need.
    pub fn plan(
        &mut self,
        wanted: impl IntoIterator<Item = (usize, u64)>,
    ) -> Result<Vec<Job<'a>>, RunError> {
        let (mut jobs, mut known): (Vec<Job>, HashMap<String, usize>) = Default::default();
        let costs = self.epoch_costs()?;
        for (network_index, seed) in wanted {
            let plan = &self.study.networks[network_index];
            let epoch_cost = costs[network_index];
            let (index, epochs) = (self.labels.len(), plan.training.epochs);
            let facts = self.facts(network_index, seed);
            let (status, done, _) = self.directory.run(&facts).progress()?;
            let is_left_out = status == RunStatus::Pending && self.left_out.contains(&facts.id());
            if status == RunStatus::Pending && !is_left_out {
                let cost = self.training_cost(network_index, epoch_cost);
                let job = *known.entry(facts.id()).or_insert_with(|| {
                    jobs.push(Job { plan, facts, runs: Vec::new(), cost });
                    jobs.len() - 1
                });
                jobs[job].runs.push(index);
            }
            self.statuses.push(status);
            self.labels.push(RunLabel {
                index,
                network: plan.name.clone(),
                network_index,
                seed,
                status,
                epochs,
                passes: plan.training.passes(self.images()),
                done_epochs: done.len() as u32,
                epoch_cost,
                is_left_out,
            });
        }
        Ok(jobs)
    }

    /// Tells the observer which networks have other settings than their earlier runs here.
    pub fn tell_what_is_set_aside(&self) -> Result<(), RunError> {
        for before in self.directory.changed() {
            let now = self.study.networks.iter().find(|now| now.name == before.name);
            let changes = now.map_or_else(Vec::new, |now| SettingChange::between(before, now));
            let mut runs = 0;
            for seed in self.study.all_seeds() {
                let facts = self.directory.facts(before, seed, self.dataset);
                let (_, epochs, _) = self.directory.run(&facts).progress()?;
                runs += usize::from(!epochs.is_empty());
            }
            if runs > 0 {
                (self.observer)(&Event::RunsSetAside {
                    network: before.name.clone(),
                    changes,
                    runs,
                });
            }
        }
        Ok(())
    }

    /// The networks and fresh seeds that confirm the winners of sweeps.
    pub fn confirmations(&self) -> Result<Vec<(usize, u64)>, RunError> {
        let winners = winners(self.study, |network, seed| {
            let (status, epochs, _) = self.directory.run(&self.facts(network, seed)).progress()?;
            Ok::<_, StoreError>((status, epochs))
        })?;
        // A set, because two sweeps may have the same baseline.
        let networks: BTreeSet<usize> = winners.iter().flat_map(Winner::networks).collect();
        let fresh = |network| fresh_seeds(self.study).map(move |seed| (network, seed));
        Ok(networks.into_iter().flat_map(fresh).collect())
    }

    pub(super) fn facts(&self, network: usize, seed: u64) -> RunFacts {
        let plan = &self.study.networks[network];
        self.directory.facts(plan, seed, self.dataset)
    }

    /// How many images are trained on.
    fn images(&self) -> usize {
        self.study.trained_on(self.dataset.train.len())
    }

    /// What the whole training of a network costs, if an epoch costs `epoch_cost`.
    fn training_cost(&self, network: usize, epoch_cost: u64) -> u64 {
        let training = &self.study.networks[network].training;
        match training.steps {
            None => epoch_cost.saturating_mul(training.epochs.into()),
            Some(_) => (epoch_cost as f64 * training.passes(self.images())) as u64,
        }
    }

    /// What an epoch of each of the study's networks costs.
    fn epoch_costs(&self) -> Result<Vec<u64>, StudyError> {
        let networks = self.study.networks.iter();
        networks.map(|plan| epoch_cost(self.study, plan, self.dataset.into())).collect()
    }
}
