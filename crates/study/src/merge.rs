//! Joins the directories of a study's shares, each of which was written by processes of its own.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use fitroom_files::{LockError, LockFile, Sharing, lock_directory};

use crate::arithmetic::Arithmetic;
use crate::directory::Directory;
use crate::file_names::{LOCK_FILE, RUN, RUNS};
use crate::plain_text::make_plain;
use crate::run::{ENGINE_VERSION, RunFacts, is_id};
use crate::run_directory::RunDirectory;
use crate::run_files::RunFile;
use crate::stored_files::{read_study, stored_arithmetic};
use crate::{
    DatasetFacts, Finding, MergeError, RunStatus, SeedPlan, SettingChange, StoreError, StoredStudy,
    Study, files,
};

/// What was joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Runs that were copied.
    pub copied: usize,
    /// Runs that were in two directories, and have the same results in both.
    pub same: usize,
    /// Runs with other settings than the study's, which were left where they are.
    pub set_aside: usize,
    /// Runs of the study that have ended now, without fresh seeds.
    pub ended: usize,
    /// Runs of the study, without fresh seeds.
    pub runs: usize,
}

/// A directory to be joined.
struct Source<'a> {
    dir: &'a Path,
    study: Study,
    dataset: DatasetFacts,
    arithmetic: Option<Arithmetic>,
}

impl StoredStudy {
    /// Copies the runs of the study in each of `dirs` to `out`, which is made, or holds the same study.
    /// Every file is verified before it is copied. A run in two directories must have the same results in
    /// both, bit by bit; only times may differ. Of an unfinished run, the directory that has come further
    /// counts.
    ///
    /// # Errors
    /// The directories hold no studies, or different ones; a process trains in one of them; a file is
    /// damaged; a run has two results; or `out` can't be written. Runs that were copied before stay.
    pub fn merge(out: &Path, dirs: &[PathBuf]) -> Result<Merged, MergeError> {
        let mut known: Vec<PathBuf> = Vec::new();
        for dir in dirs.iter().map(PathBuf::as_path).chain([out]) {
            let real = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
            if known.contains(&real) {
                return Err(MergeError::Twice(dir.to_owned()));
            }
            known.push(real);
        }
        let sources = dirs.iter().map(|dir| Source::read(dir)).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = sources.first() else { return Ok(Merged::default()) };
        sources.iter().try_for_each(|other| first.check_same(other))?;
        // The first directory may hold no run, and then it can't tell.
        if let Some(begun) = sources.iter().find(|source| source.arithmetic.is_some()) {
            sources.iter().try_for_each(|other| begun.check_arithmetic(other))?;
        }
        if read_study(out)?.is_some() {
            let there = Source::read(out)?;
            first.check_same(&there)?;
            sources.iter().try_for_each(|source| source.check_arithmetic(&there))?;
        }
        let directory = Directory::open(out, &first.study, &first.dataset, Sharing::Alone)?;
        let mut merged = Merged::default();
        sources.iter().try_for_each(|source| source.copy_runs(out, &mut merged))?;
        drop(directory);
        let stored = StoredStudy::open(out)?;
        merged.runs = stored.runs.len();
        merged.ended = stored.runs.iter().filter(|run| run.status != RunStatus::Pending).count();
        Ok(merged)
    }
}

/// Keeps others from training in `dir` until the lock is dropped, where the system can lock
/// directories. Nothing is written for it, since `dir` may be readable only.
fn lock(dir: &Path) -> Result<Option<File>, MergeError> {
    let in_use = |mut owner| {
        make_plain(&mut owner);
        let owner = if owner.is_empty() { "another process".to_owned() } else { owner };
        MergeError::InUse { dir: dir.to_owned(), owner }
    };
    let path = dir.join(LOCK_FILE);
    let lock = match lock_directory(dir, &path, Sharing::Alone) {
        Ok(lock) => lock,
        Err(LockError::Taken { owner }) => return Err(in_use(owner)),
        Err(LockError::Io { path, source }) => {
            return Err(StoreError::Read { path, source }.into());
        }
    };
    match LockFile::owner(&path, Sharing::Alone) {
        Ok(Some(owner)) => Err(in_use(owner)),
        Ok(None) | Err(_) => Ok(lock),
    }
}

/// How the number of seeds was decided, for messages.
fn seed_plan_text(plan: SeedPlan) -> String {
    match plan {
        SeedPlan::Declared => "declared".to_owned(),
        SeedPlan::Extended { declared } => format!("extended from {declared}"),
        SeedPlan::UntilClear => "until clear".to_owned(),
    }
}

impl<'a> Source<'a> {
    fn read(dir: &'a Path) -> Result<Self, MergeError> {
        let Some((study, dataset)) = read_study(dir)? else {
            return Err(StoreError::Missing { dir: dir.to_owned() }.into());
        };
        // Only for a look: there may be more directories than a process may have open files.
        drop(lock(dir)?);
        Ok(Source { dir, study, dataset, arithmetic: stored_arithmetic(dir)? })
    }

    /// The error that this directory and `other` hold different studies.
    fn differs(
        &self,
        other: &Source,
        what: &str,
        in_first: String,
        in_second: String,
    ) -> MergeError {
        MergeError::AnotherStudy {
            first: self.dir.to_owned(),
            second: other.dir.to_owned(),
            what: what.to_owned(),
            in_first,
            in_second,
        }
    }

    /// Fails if the runs here and in `other` were trained with different arithmetic.
    fn check_arithmetic(&self, other: &Source) -> Result<(), MergeError> {
        match (self.arithmetic, other.arithmetic) {
            (Some(here), Some(there)) if here != there => {
                let what = "the instruction set";
                Err(self.differs(other, what, here.to_string(), there.to_string()))
            }
            _ => Ok(()),
        }
    }

    /// Fails if `other` holds another study.
    fn check_same(&self, other: &Source) -> Result<(), MergeError> {
        let names = |study: &Study| {
            study
                .networks
                .iter()
                .map(|plan| format!("`{}`", plan.name))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let facts = |source: &Source| {
            let Source { study, dataset, .. } = source;
            [
                ("its name", study.name.clone()),
                ("the data set", format!("`{}` ({})", dataset.name, dataset.fingerprint)),
                ("the number of seeds", study.seeds.to_string()),
                ("how seeds were decided", seed_plan_text(study.seed_plan)),
                ("validation", study.held_out(dataset.train_images).to_string()),
                ("train_images", study.train_images_text()),
                ("the list of networks", names(study)),
            ]
        };
        for ((what, here), (_, there)) in facts(self).into_iter().zip(facts(other)) {
            if here != there {
                return Err(self.differs(other, what, here, there));
            }
        }
        for (here, there) in self.study.networks.iter().zip(&other.study.networks) {
            if let Some(change) = SettingChange::between(here, there).into_iter().next() {
                let what = format!("{} of `{}`", change.key, here.name);
                return Err(self.differs(other, &what, change.before, change.now));
            }
        }
        Ok(())
    }

    /// Copies this directory's runs to `out`.
    fn copy_runs(&self, out: &Path, merged: &mut Merged) -> Result<(), MergeError> {
        let _lock = lock(self.dir)?;
        let networks: HashMap<String, &str> = self
            .study
            .networks
            .iter()
            .map(|plan| {
                (format!("{}\n{:?}", plan.layers_text(), plan.training), plan.name.as_str())
            })
            .collect();
        let mut ids: Vec<String> = files::directories_in(&self.dir.join(RUNS))?.collect();
        ids.retain(|id| is_id(id));
        ids.sort_unstable();
        for id in ids {
            let path = self.dir.join(RUNS).join(&id);
            // A kill came before anything was trained.
            let Some(run) = RunFile::read(&path.join(RUN), &id)? else { continue };
            let facts = run.decided_by;
            if facts.engine != ENGINE_VERSION {
                let (found, expected) = (facts.engine, ENGINE_VERSION);
                return Err(MergeError::Engine { run: path, found, expected });
            }
            match networks.get(&format!("{}\n{:?}", facts.layers, facts.training)) {
                Some(network) if self.decides(&facts) => {
                    self.copy_run(out, network, &facts, merged)?
                }
                Some(_) | None => merged.set_aside += 1,
            }
        }
        Ok(())
    }

    /// Whether the study decides what `facts` say of a run, apart from the network.
    fn decides(&self, facts: &RunFacts) -> bool {
        let held_out = self.study.held_out(self.dataset.train_images);
        facts.data == self.dataset.fingerprint
            && facts.held_out() == held_out
            && facts.train_images == self.study.train_images
    }

    fn copy_run(
        &self,
        out: &Path,
        network: &str,
        facts: &RunFacts,
        merged: &mut Merged,
    ) -> Result<(), MergeError> {
        let run = |dir: &Path| RunDirectory::new(dir, facts.id(), facts.training);
        let (from, to) = (run(self.dir), run(out));
        let check = |run: &RunDirectory| {
            let (_, findings) = run.verify(facts, &self.dataset);
            match findings.into_iter().next() {
                Some(error) => Err(MergeError::Damaged(Finding::of(run.path(), error))),
                None => Ok(()),
            }
        };
        check(&from)?;
        if let Some(what) = from.differs_from(&to)? {
            check(&to)?;
            return Err(MergeError::TwoResults {
                network: network.to_owned(),
                seed: facts.seed,
                what,
                first: to.path().to_owned(),
                second: from.path().to_owned(),
            });
        }
        let is_new = !to.path().exists();
        match from.is_further_than(&to)? {
            true => {
                from.copy_to(&to)?;
                merged.copied += 1;
            }
            false if is_new => {}
            false => merged.same += 1,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
