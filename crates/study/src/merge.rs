//! Joins the directories of a study's shares, each of which was written by processes of its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use fitroom_files::{LockFile, Sharing};

use crate::arithmetic::Arithmetic;
use crate::directory::Directory;
use crate::file_names::{LOCK_FILE, RUN, RUNS};
use crate::plain_text::make_plain;
use crate::run::{ENGINE_VERSION, RunFacts, is_id};
use crate::run_directory::RunDirectory;
use crate::run_files::RunFile;
use crate::stored_files::{read_study, stored_arithmetic};
use crate::{
    DatasetFacts, Finding, MergeError, RunStatus, SettingChange, StoreError, StoredStudy, Study,
    files,
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
        let sources = dirs.iter().map(|dir| Source::read(dir)).collect::<Result<Vec<_>, _>>()?;
        let mut known: Vec<PathBuf> = Vec::new();
        for dir in dirs.iter().map(PathBuf::as_path).chain([out]) {
            let real = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
            if known.contains(&real) {
                return Err(MergeError::Twice(dir.to_owned()));
            }
            known.push(real);
        }
        let Some(first) = sources.first() else { return Ok(Merged::default()) };
        sources.iter().try_for_each(|other| first.check_same(other))?;
        if read_study(out)?.is_some() {
            first.check_same(&Source::read(out)?)?;
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

impl<'a> Source<'a> {
    fn read(dir: &'a Path) -> Result<Self, MergeError> {
        let Some((study, dataset)) = read_study(dir)? else {
            return Err(StoreError::Missing { dir: dir.to_owned() }.into());
        };
        if let Ok(Some(mut owner)) = LockFile::owner(&dir.join(LOCK_FILE)) {
            make_plain(&mut owner);
            return Err(MergeError::InUse { dir: dir.to_owned(), owner });
        }
        Ok(Source { dir, study, dataset, arithmetic: stored_arithmetic(dir)? })
    }

    /// Fails if `other` holds another study.
    fn check_same(&self, other: &Source) -> Result<(), MergeError> {
        let differ = |what: &str, in_first: String, in_second: String| {
            Err(MergeError::AnotherStudy {
                first: self.dir.to_owned(),
                second: other.dir.to_owned(),
                what: what.to_owned(),
                in_first,
                in_second,
            })
        };
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
                ("how seeds were decided", format!("{:?}", study.seed_plan)),
                ("validation", study.held_out(dataset.train_images).to_string()),
                ("train_images", study.train_images_text()),
                ("the list of networks", names(study)),
            ]
        };
        for ((what, here), (_, there)) in facts(self).into_iter().zip(facts(other)) {
            if here != there {
                return differ(what, here, there);
            }
        }
        if let (Some(here), Some(there)) = (self.arithmetic, other.arithmetic)
            && here != there
        {
            return differ("the instruction set", here.to_string(), there.to_string());
        }
        for (here, there) in self.study.networks.iter().zip(&other.study.networks) {
            if let Some(change) = SettingChange::between(here, there).into_iter().next() {
                return differ(
                    &format!("{} of `{}`", change.key, here.name),
                    change.before,
                    change.now,
                );
            }
        }
        Ok(())
    }

    /// Copies this directory's runs to `out`.
    fn copy_runs(&self, out: &Path, merged: &mut Merged) -> Result<(), MergeError> {
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
        let (_, findings) = from.verify(facts, &self.dataset);
        if let Some(error) = findings.into_iter().next() {
            return Err(MergeError::Damaged(Finding::of(from.path(), error)));
        }
        if let Some(what) = from.differs_from(&to)? {
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
