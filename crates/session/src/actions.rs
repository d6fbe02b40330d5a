//! The handle by which other threads pause and change a study while it is trained.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fitroom_study::{Event, RunLabel, RunOptions, RunStatus, SeedPlan, Study};

use crate::stop_signal::StopSignal;
use crate::{ActionError, Activity, RunName, StudyState};

/// A handle on a study that [`Session::train_attended`](crate::Session::train_attended) trains, for
/// other threads: the buttons of a page. Clones are handles on the same study, and any number of
/// threads may use them at once.
///
/// Each action returns at once. It stops the training after the current step of each run, and the
/// session begins it again with the change. Runs go on where they stopped, to the same bits, and
/// runs that have ended are not trained again; runs that failed are tried again.
///
/// A handle is for one call of `train_attended`. Actions before that call are heeded by it.
#[derive(Clone, Debug, Default)]
pub struct StudyActions {
    wishes: Arc<Mutex<Wishes>>,
    signal: Arc<StopSignal>,
}

/// What the study is to do, and what is known of it.
#[derive(Debug, Default)]
struct Wishes {
    /// Never [`Activity::Pauses`], which follows from `is_paused`.
    activity: Activity,
    /// The study as it is to be trained; `None` before training begins.
    study: Option<Study>,
    left_out: BTreeSet<(usize, u64)>,
    is_paused: bool,
    is_ended: bool,
    /// How many actions changed something.
    changes: u64,
    /// The runs that are planned: the networks' names, and whether they are over.
    runs: BTreeMap<(usize, u64), (String, bool)>,
    /// These runs by their index in events.
    indices: Vec<(usize, u64)>,
    error: Option<String>,
}

/// What is to be trained until the next action.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub study: Study,
    pub left_out: BTreeSet<(usize, u64)>,
    pub is_paused: bool,
    changes: u64,
}

impl StudyActions {
    /// A handle on a study that has not begun.
    pub fn new() -> Self {
        StudyActions::default()
    }

    /// Stops all training until [`go_on`](Self::go_on). A study that is paused before it begins
    /// plans its runs and trains none. Pausing twice is pausing once.
    ///
    /// # Errors
    /// The session has ended.
    pub fn pause(&self) -> Result<(), ActionError> {
        let mut wishes = self.open()?;
        if !wishes.is_paused {
            wishes.is_paused = true;
            self.change(wishes);
        }
        Ok(())
    }

    /// Goes on after a pause. A study that rests tries again to train what is left: runs that
    /// failed, or all if its directory could not be used. Changes nothing while the study trains.
    ///
    /// # Errors
    /// The session has ended.
    pub fn go_on(&self) -> Result<(), ActionError> {
        let mut wishes = self.open()?;
        if wishes.is_paused || wishes.activity == Activity::Rests {
            wishes.is_paused = false;
            self.change(wishes);
        }
        Ok(())
    }

    /// Stops one run: the seed of a network, given by its position in the stored study, as in
    /// [`RunLabel::network_index`]. The other runs go on. See [`RunOptions::left_out`] for what a
    /// study does without a run. Networks that differ only in their names share a training, which is
    /// stopped for all of them. Stopping it twice is stopping it once.
    ///
    /// # Errors
    /// There is no such run, it has ended, or the study has not begun or has ended.
    pub fn stop_run(&self, network: usize, seed: u64) -> Result<(), ActionError> {
        let mut wishes = self.open()?;
        wishes.check_run(network, seed)?;
        let sharing = wishes.sharing(network, seed);
        if !sharing.is_subset(&wishes.left_out) {
            wishes.left_out.extend(sharing);
            self.change(wishes);
        }
        Ok(())
    }

    /// Goes on with a run that was stopped. Changes nothing if it was not.
    ///
    /// # Errors
    /// Like [`stop_run`](Self::stop_run).
    pub fn continue_run(&self, network: usize, seed: u64) -> Result<(), ActionError> {
        let mut wishes = self.open()?;
        wishes.check_run(network, seed)?;
        let sharing = wishes.sharing(network, seed);
        if !sharing.is_disjoint(&wishes.left_out) {
            wishes.left_out.retain(|run| !sharing.contains(run));
            self.change(wishes);
        }
        Ok(())
    }

    /// Gives every network `count` more seeds. A study whose number of seeds was declared is extended
    /// by that ([`SeedPlan::Extended`]) and judged by the sequential test, unless no run has begun. If
    /// it runs until clear, the most seeds that a network may get are raised by `count`.
    ///
    /// # Errors
    /// There would be more seeds or runs than a study may have, `count` is 0, or the study has not
    /// begun or has ended.
    pub fn add_seeds(&self, count: u32) -> Result<(), ActionError> {
        let mut wishes = self.open()?;
        let mut study = wishes.study.clone().ok_or(ActionError::NotBegun)?;
        if count == 0 {
            return Err(ActionError::NoSeeds);
        }
        let seeds = study.seeds.saturating_add(count);
        match study.seed_plan {
            SeedPlan::UntilClear => study.set_at_most(seeds)?,
            SeedPlan::Declared | SeedPlan::Extended { .. } => study.set_seeds(seeds)?,
        }
        wishes.study = Some(study);
        self.change(wishes);
        Ok(())
    }

    /// Ends the session after the current training step of each run. The report is written, and
    /// `train_attended` returns.
    pub fn end(&self) {
        let mut wishes = self.lock();
        wishes.is_ended = true;
        self.change(wishes);
    }

    /// What the study does now, and what it was asked to do.
    pub fn state(&self) -> StudyState {
        let wishes = self.lock();
        let name = |&(network_index, seed): &(usize, u64)| {
            let network = wishes.runs.get(&(network_index, seed))?.0.clone();
            Some(RunName { network, network_index, seed })
        };
        let seed_plan = wishes.study.as_ref().map(|study| study.seed_plan);
        StudyState {
            activity: if wishes.is_ended {
                Activity::Ended
            } else if wishes.is_paused && wishes.activity == Activity::Trains {
                Activity::Pauses
            } else {
                wishes.activity
            },
            seeds: wishes.study.as_ref().map(|study| study.seeds),
            runs_until_clear: seed_plan == Some(SeedPlan::UntilClear),
            left_out: wishes.left_out.iter().filter_map(name).collect(),
            error: wishes.error.clone(),
        }
    }

    /// The signal that stops the training after an action.
    pub(crate) fn signal(&self) -> &Arc<StopSignal> {
        &self.signal
    }

    /// The study that is trained from now on.
    pub(crate) fn begin(&self, study: &Study, options: &RunOptions) {
        let mut wishes = self.lock();
        wishes.study = Some(study.clone());
        wishes.left_out.clone_from(&options.left_out);
    }

    /// What is to be trained now. The training loop may run, unless the study is paused or ended.
    pub(crate) fn take(&self) -> Wanted {
        let mut wishes = self.lock();
        self.signal.clear();
        if wishes.is_paused || wishes.is_ended {
            self.signal.flag().store(true, Ordering::Relaxed);
        } else {
            wishes.activity = Activity::Trains;
        }
        wishes.error = None;
        Wanted {
            study: wishes.study.clone().expect("training has begun"),
            left_out: wishes.left_out.clone(),
            is_paused: wishes.is_paused,
            changes: wishes.changes,
        }
    }

    /// Goes back to the study that was trained before `refused`, which can't be trained.
    pub(crate) fn put_back(&self, study: &Study, refused: &Study) {
        let mut wishes = self.lock();
        if wishes.study.as_ref() == Some(refused) {
            wishes.study = Some(study.clone());
        }
    }

    /// Whether an action changed something since `wanted` was taken.
    pub(crate) fn have_changed(&self, wanted: &Wanted) -> bool {
        self.lock().changes != wanted.changes
    }

    /// What the session does from now on, after it trained `wanted`: it is paused or rests. `None` if
    /// an action has changed something since, so that it does not.
    pub(crate) fn settle(&self, wanted: &Wanted, error: Option<String>) -> Option<Activity> {
        let mut wishes = self.lock();
        if wishes.changes != wanted.changes {
            return None;
        }
        wishes.error = error;
        wishes.activity = if wanted.is_paused { Activity::Paused } else { Activity::Rests };
        Some(wishes.activity)
    }

    /// The session has ended.
    pub(crate) fn set_ended(&self) {
        self.lock().is_ended = true;
    }

    /// Whether the session has ended or was asked to end.
    pub(crate) fn is_ended(&self) -> bool {
        self.lock().is_ended
    }

    /// The number of planned runs that are not over.
    pub(crate) fn pending(&self) -> usize {
        self.lock().runs.values().filter(|(_, is_over)| !is_over).count()
    }

    /// The name of a planned run; `None` if it is over or not planned.
    pub(crate) fn name(&self, (network_index, seed): (usize, u64)) -> Option<RunName> {
        let wishes = self.lock();
        let (network, is_over) = wishes.runs.get(&(network_index, seed))?;
        (!is_over).then(|| RunName { network: network.clone(), network_index, seed })
    }

    /// Learns from an event which runs there are and which are over.
    pub(crate) fn note(&self, event: &Event) {
        let mut wishes = self.lock();
        match event {
            Event::StudyStarted { runs } => {
                wishes.runs.clear();
                wishes.indices.clear();
                runs.iter().for_each(|run| wishes.plan(run));
            }
            Event::RunsAdded { runs, .. } => runs.iter().for_each(|run| wishes.plan(run)),
            Event::RunDone { run, .. } => {
                let run = wishes.indices[*run];
                wishes.left_out.remove(&run);
                wishes.set_over(run);
            }
            Event::RunFailed { run, .. } | Event::RunElsewhere { run, .. } => {
                let run = wishes.indices[*run];
                wishes.set_over(run);
            }
            Event::BudgetMeasured { .. }
            | Event::Tuning { .. }
            | Event::Tuned { .. }
            | Event::RunsSetAside { .. }
            | Event::SeedsLowered { .. }
            | Event::PredictionsMissing { .. }
            | Event::RunStarted { .. }
            | Event::Step { .. }
            | Event::EpochDone { .. } => {}
        }
    }

    fn open(&self) -> Result<MutexGuard<'_, Wishes>, ActionError> {
        let wishes = self.lock();
        if wishes.is_ended { Err(ActionError::Ended) } else { Ok(wishes) }
    }

    /// The signal is sent while the wishes are locked, so that it is never cleared unheeded.
    fn change(&self, mut wishes: MutexGuard<'_, Wishes>) {
        wishes.changes += 1;
        let begins = wishes.activity == Activity::Begins;
        let stays_paused = wishes.activity == Activity::Paused && wishes.is_paused;
        if !begins && !stays_paused {
            wishes.activity = Activity::Trains;
        }
        self.signal.send();
    }

    fn lock(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wishes {
    fn plan(&mut self, label: &RunLabel) {
        let run = (label.network_index, label.seed);
        let is_over = label.status != RunStatus::Pending;
        if is_over {
            self.left_out.remove(&run);
        }
        self.indices.push(run);
        self.runs.insert(run, (label.network.clone(), is_over));
    }

    fn set_over(&mut self, run: (usize, u64)) {
        if let Some((_, is_over)) = self.runs.get_mut(&run) {
            *is_over = true;
        }
    }

    /// The planned runs that share their training with this one, and itself.
    fn sharing(&self, network: usize, seed: u64) -> BTreeSet<(usize, u64)> {
        let plan = |network: usize| {
            let (name, _) = self.runs.get(&(network, seed))?;
            self.study.as_ref()?.networks.iter().find(|plan| plan.name == *name)
        };
        let facts = |network: usize| plan(network).map(|plan| (&plan.layers, &plan.training));
        let of_seed = self.runs.keys().filter(|run| run.1 == seed).copied();
        of_seed.filter(|run| run.0 == network || facts(run.0) == facts(network)).collect()
    }

    fn check_run(&self, network: usize, seed: u64) -> Result<(), ActionError> {
        match self.runs.get(&(network, seed)) {
            _ if self.runs.is_empty() => Err(ActionError::NotBegun),
            None => Err(ActionError::UnknownRun { network, seed }),
            Some((name, true)) => Err(ActionError::RunHasEnded { network: name.clone(), seed }),
            Some((_, false)) => Ok(()),
        }
    }
}
