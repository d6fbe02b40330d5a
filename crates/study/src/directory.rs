//! A study's directory, locked by the process that works on it.

mod ownership;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use fitroom_files::Sharing;

use crate::arithmetic::Arithmetic;
use crate::budget_steps::{adopt_steps, first_unknown};
use crate::directory_lock::{DirectoryLock, StudyLock};
use crate::file_names::{DATASET_FILE, INIT, OUTCOME, REFERENCE, RUN, RUNS, STUDY_FILE};
use crate::kept_curves::keep_curves;
use crate::kept_init::keep_init;
use crate::limits::{self, MOST_STUDY_BYTES};
use crate::run::{RunData, RunFacts};
use crate::run_directory::RunDirectory;
use crate::run_files::RunFile;
use crate::stored_files::{
    claim, is_ours, read_study, run_directory, stored_arithmetic, write_dataset, write_study,
};
use crate::study_seeds::continued_seeds;
use crate::tune_subject::{adopt_learning_rates, first_untuned};
use crate::{DatasetFacts, NetworkPlan, SettingChange, StoreError, Study, StudyProblem, files};

/// The directory, locked until this is dropped.
pub(crate) struct Directory {
    dir: PathBuf,
    study: Study,
    /// The networks that had other settings in the directory, with those settings.
    changed: Vec<NetworkPlan>,
    /// How many seeds the study in the directory was to have, where it has fewer now.
    seeds_before: Option<u32>,
    _lock: DirectoryLock,
}

/// The study to run together with the one that is stored.
struct Merged {
    study: Study,
    changed: Vec<NetworkPlan>,
    seeds_before: Option<u32>,
}

impl Directory {
    /// Makes `dir` the directory of `study`, or continues the same study in it. `study` may add
    /// seeds and networks to the stored study, and may leave some out, which are not lost. Networks
    /// may have other settings than before: then they get new runs, and the old ones stay.
    ///
    /// # Errors
    /// `dir` holds another study or other things, or would hold more than a study may have; this is
    /// found before anything is written. Or another process works on `dir` and not both of them work
    /// together with others, or `dir` is damaged or can't be written.
    pub fn open(
        dir: &Path,
        study: &Study,
        dataset: &DatasetFacts,
        sharing: Sharing,
    ) -> Result<Self, StoreError> {
        Self::open_prepared(dir, study, dataset, sharing, &mut |_| Ok(()))
    }

    /// Like [`open`](Self::open). `prepare` finds the steps of budgets and the learning rates that are
    /// not known from `dir` either. Nobody else prepares or writes the study meanwhile.
    pub fn open_prepared<E: From<StoreError>>(
        dir: &Path,
        study: &Study,
        dataset: &DatasetFacts,
        sharing: Sharing,
        prepare: &mut dyn FnMut(&mut Study) -> Result<(), E>,
    ) -> Result<Self, E> {
        merge(dir, study, dataset, sharing)?;
        files::create_directories(dir)?;
        let _writing = match sharing {
            Sharing::Alone => None,
            Sharing::Together => Some(StudyLock::wait(dir)?),
        };
        let lock = DirectoryLock::take(dir, sharing)?;
        // Read again, because another process may have written before this one had the lock.
        let Merged { mut study, changed, seeds_before } = merge(dir, study, dataset, sharing)?;
        files::remove_leftovers(dir, |name| [STUDY_FILE, DATASET_FILE].contains(&name));
        for kept in [REFERENCE, INIT] {
            files::remove_leftovers(&dir.join(kept), |_| true);
        }
        if !is_ours(dir)? {
            claim(dir)?;
        }
        prepare(&mut study)?;
        study = study.resolved(dataset.into()).map_err(StoreError::from)?;
        if let Some(network) = first_unknown(&study) {
            return Err(StoreError::NotMeasured { network: network.name.clone() }.into());
        }
        if let Some(network) = first_untuned(&study) {
            return Err(StoreError::NotTuned { network: network.name.clone() }.into());
        }
        // The study file is written last: if it names a study, the files that it needs do exist.
        write_dataset(dir, dataset)?;
        keep_curves(dir, &mut study)?;
        keep_init(dir, &mut study)?;
        write_study(dir, &study)?;
        // Runs never make this directory. So if somebody removes it during training, it does not
        // come back with half of its content.
        files::create_directory(&dir.join(RUNS))?;
        Ok(Directory { dir: dir.to_owned(), study, changed, seeds_before, _lock: lock })
    }

    /// The study that `dir` would hold if it were opened for `study`. Nothing is written.
    ///
    /// # Errors
    /// Like [`open`](Self::open), as far as reading tells.
    pub fn planned(
        dir: &Path,
        study: &Study,
        dataset: &DatasetFacts,
        sharing: Sharing,
    ) -> Result<Study, StoreError> {
        Ok(merge(dir, study, dataset, sharing)?.study)
    }

    /// The networks of [`study`](Self::study) that had other settings before, with those settings.
    pub fn changed(&self) -> &[NetworkPlan] {
        &self.changed
    }

    /// How many seeds the study in the directory was to have, where it has fewer now.
    pub fn seeds_before(&self) -> Option<u32> {
        self.seeds_before
    }

    /// The study that the directory holds now: the one to run together with the one that was
    /// there.
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// The facts that decide a run of one of the study's networks, or of a network with other
    /// settings, on this data.
    pub fn facts<'a>(
        &self,
        network: &NetworkPlan,
        seed: u64,
        data: impl Into<RunData<'a>>,
    ) -> RunFacts {
        RunFacts::new(&self.study, network, seed, data, Arithmetic::of_this_process())
    }

    /// The directory of all runs.
    pub fn runs(&self) -> PathBuf {
        self.dir.join(RUNS)
    }

    /// The directory of a run.
    pub fn run(&self, facts: &RunFacts) -> RunDirectory {
        run_directory(&self.dir, facts)
    }
}

/// `study` together with the study in `dir`.
fn merge(
    dir: &Path,
    study: &Study,
    dataset: &DatasetFacts,
    sharing: Sharing,
) -> Result<Merged, StoreError> {
    let in_dir = read_study(dir)?;
    let mut study = study.clone();
    adopt_steps(&mut study, in_dir.as_ref().map_or(&[], |(stored, _)| &stored.networks));
    let study = study.resolved(dataset.into())?;
    let Some((stored, stored_dataset)) = in_dir else {
        if !is_ours(dir)? {
            ownership::refuse_foreign(dir)?;
        }
        return Ok(Merged { study, changed: Vec::new(), seeds_before: None });
    };
    let arithmetic = Arithmetic::of_this_process();
    let stored_arithmetic = stored_arithmetic(dir)?;
    let all_networks = [
        ("its name", stored.name.clone(), study.name.clone()),
        ("the data set", data_name(&stored_dataset), data_name(dataset)),
        ("validation", held_out(&stored, &stored_dataset), held_out(&study, dataset)),
        ("first_seed", stored.first_seed.to_string(), study.first_seed.to_string()),
        ("train_images", stored.train_images_text(), study.train_images_text()),
        (
            "the instruction set (FITROOM_SIMD chooses it)",
            stored_arithmetic.unwrap_or(arithmetic).to_string(),
            arithmetic.to_string(),
        ),
    ];
    if let Some((what, there, here)) =
        all_networks.into_iter().find(|(_, there, here)| there != here)
    {
        return Err(StoreError::AnotherStudy {
            dir: dir.to_owned(),
            what: what.to_owned(),
            there,
            here,
        });
    }
    let mut study = study;
    adopt_learning_rates(&mut study, &stored.networks);
    let here = by_name(&study.networks);
    let is_changed = |there: &&NetworkPlan| {
        let here = here.get(there.name.as_str());
        here.is_some_and(|here| !SettingChange::between(there, here).is_empty())
    };
    let changed = stored.networks.iter().filter(is_changed).cloned().collect();
    let ended = ended_seeds(dir, &stored, &study, sharing)?;
    let merged = merged(stored.clone(), &study, ended);
    check_size(&merged).map_err(|problem| StoreError::TooLargeTogether {
        dir: dir.to_owned(),
        problem: Box::new(problem),
    })?;
    let seeds_before = Some(stored.seeds).filter(|&before| before > merged.seeds);
    Ok(Merged { study: merged, changed, seeds_before })
}

/// Fails if a study that was put together from two has more runs, or takes more text, than a study
/// may.
fn check_size(study: &Study) -> Result<(), StudyProblem> {
    limits::check_runs(study.networks.len(), study.seeds)?;
    match study.to_toml().len() {
        ..=MOST_STUDY_BYTES => Ok(()),
        _ => Err(StudyProblem::TooLargeWrittenOut { limit: MOST_STUDY_BYTES }),
    }
}

/// How many of the study's seeds there are up to the last one of which a run has ended, with whatever settings; `None` if
/// the directory holds no run at all. Only a study that is asked for with fewer seeds needs the number:
/// for another, this is 0, and not all runs are looked at. Processes that train together give up no
/// seed, since others may train it at that moment: to them, all seeds count as ended.
fn ended_seeds(
    dir: &Path,
    stored: &Study,
    asked: &Study,
    sharing: Sharing,
) -> Result<Option<u32>, StoreError> {
    if sharing == Sharing::Together && asked.seeds < stored.seeds {
        return Ok(Some(stored.seeds));
    }
    let runs = dir.join(RUNS);
    let mut names = files::directories_in(&runs)?.peekable();
    if names.peek().is_none() {
        return Ok(None);
    }
    if asked.seeds >= stored.seeds {
        return Ok(Some(0));
    }
    let seed = |id: &String| {
        let run = runs.join(id);
        let file = RunFile::read(&run.join(RUN), id).ok()??;
        run.join(OUTCOME).exists().then_some(file.decided_by.seed)
    };
    // Seeds above are those of confirmations.
    let seeds = names.filter_map(|id| seed(&id)).filter(|seed| stored.all_seeds().contains(seed));
    let ended = seeds.max().map_or(0, |seed| seed + 1 - u64::from(stored.first_seed));
    Ok(Some(ended as u32))
}

/// What the study holds out of the data, for messages.
fn held_out(study: &Study, dataset: &DatasetFacts) -> String {
    study.held_out(dataset.train_images).to_string()
}

/// Name and fingerprint of the data, for messages: different data never has the same text.
fn data_name(dataset: &DatasetFacts) -> String {
    format!("`{}` ({})", dataset.name, dataset.fingerprint.chars().take(12).collect::<String>())
}

/// The networks and seeds of both studies. If `study` was narrowed to some networks, the other
/// stored ones stay. Whatever `study` says of a network counts; only a baseline that it does not
/// name is the stored one, since a study narrowed by `--only` has lost it. Where
/// `ended` is `None`, no run has begun, and the number of seeds may be declared anew.
fn merged(stored: Study, study: &Study, ended: Option<u32>) -> Study {
    let (seeds, seed_plan) = match ended {
        Some(ended) => continued_seeds(&stored, study, ended),
        None => (study.seeds, study.seed_plan),
    };
    let (here, there) = (by_name(&study.networks), by_name(&stored.networks));
    let narrowed = there.keys().any(|name| !here.contains_key(name));
    if !narrowed {
        return Study { seeds, seed_plan, ..study.clone() };
    }
    let stays = |there: &NetworkPlan| match here.get(there.name.as_str()) {
        Some(&here) => NetworkPlan { vs: here.vs.clone().or(there.vs.clone()), ..here.clone() },
        None => there.clone(),
    };
    let mut networks: Vec<_> = stored.networks.iter().map(stays).collect();
    let is_new = |network: &&NetworkPlan| !there.contains_key(network.name.as_str());
    networks.extend(study.networks.iter().filter(is_new).cloned());
    Study { seeds, seed_plan, networks, ..study.clone() }
}

/// The networks by their names: a study may have thousands.
fn by_name(networks: &[NetworkPlan]) -> HashMap<&str, &NetworkPlan> {
    networks.iter().map(|network| (network.name.as_str(), network)).collect()
}

#[cfg(test)]
mod tests;
