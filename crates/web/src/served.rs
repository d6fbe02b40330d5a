//! A directory that the page shows: a study, a judgement, or runs that a tool logged.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use fitroom_session::data::{Dataset, Places};
use fitroom_session::judging::{
    JUDGEMENT_FILE, JudgeError, JudgeRequest, Judgement, KnownAnswers, judge_paths,
};
use fitroom_session::report::{Comparison, NetworkInspection, Summary};
use fitroom_session::results::Results;
use fitroom_session::stored_dataset;

use crate::changes::Signature;
use crate::error::{ServeError, WebError};
use crate::lock::locked;
use crate::models::KeptModels;
use crate::training::Training;

/// The file that makes a directory that of a study.
const STUDY: &str = "study.toml";
/// The report of a directory, if one was written.
pub const REPORT: &str = "report.html";

/// A directory that the page shows.
pub struct Served {
    /// Its name in addresses, unique among all that are shown.
    pub slug: String,
    path: PathBuf,
    kind: Kind,
    margin: f64,
    places: Places,
    /// The training in this process, if the study is trained here.
    pub training: Option<Training>,
    /// Grows whenever another process has written into the directory.
    written: AtomicU64,
    /// What the last look saw.
    seen: Mutex<Vec<Signature>>,
    /// The logs that were judged, which lie elsewhere.
    sources: Mutex<Vec<PathBuf>>,
    /// On which test images finished runs are right.
    known: Mutex<KnownAnswers>,
    /// Locked while results are read. Only threads that make pages may wait for it.
    loaded: Mutex<Option<Arc<Loaded>>>,
    /// How many microseconds it took to read the results, the last time.
    cost: AtomicU64,
    dataset: OnceLock<Dataset>,
    /// The models that were asked last.
    pub(crate) models: Mutex<Option<KeptModels>>,
}

/// What lies in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Study,
    Judgement,
    Logs,
}

/// Results as they were at one moment, with everything that is concluded from them.
pub struct Loaded {
    /// The version of the directory that was read.
    pub version: u64,
    judgement: Judgement,
    inspections: Mutex<HashMap<usize, Arc<NetworkInspection>>>,
}

impl Loaded {
    /// Every number that is derived from the results.
    pub fn summary(&self) -> Summary<'_> {
        self.judgement.summary()
    }

    /// Predictions and weights of one network's finished runs, read once.
    ///
    /// # Errors
    /// A stored file can't be read or is damaged.
    pub fn inspection(
        &self,
        network: usize,
        dataset: Option<&Dataset>,
    ) -> Result<Arc<NetworkInspection>, WebError> {
        let mut inspections = locked(&self.inspections);
        if let Some(found) = inspections.get(&network) {
            return Ok(Arc::clone(found));
        }
        let read = NetworkInspection::read(self.judgement.results(), network, dataset)?;
        let read = Arc::new(read);
        inspections.insert(network, Arc::clone(&read));
        Ok(read)
    }
}

impl Served {
    /// A directory or file to show, which must exist.
    ///
    /// # Errors
    /// There is nothing at the path.
    pub fn open(path: &Path, margin: f64, places: &Places) -> Result<Self, ServeError> {
        let kind = match path {
            path if path.join(STUDY).is_file() => Kind::Study,
            path if path.join(JUDGEMENT_FILE).is_file() => Kind::Judgement,
            path if path.exists() => Kind::Logs,
            _ => return Err(ServeError::NothingThere { path: path.to_owned() }),
        };
        Ok(Served::new(path, kind, margin, places, None))
    }

    /// The study that this process trains. Its directory may not exist yet.
    pub fn trained_here(path: &Path, margin: f64, places: &Places, training: Training) -> Self {
        Served::new(path, Kind::Study, margin, places, Some(training))
    }

    fn new(
        path: &Path,
        kind: Kind,
        margin: f64,
        places: &Places,
        training: Option<Training>,
    ) -> Self {
        Served {
            slug: slug(path),
            path: path.to_owned(),
            kind,
            margin,
            places: places.clone(),
            training,
            written: AtomicU64::new(0),
            seen: Mutex::default(),
            sources: Mutex::default(),
            known: Mutex::default(),
            loaded: Mutex::default(),
            cost: AtomicU64::new(0),
            dataset: OnceLock::new(),
            models: Mutex::default(),
        }
    }

    /// The path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is a study of `fitroom run`, with weights and predictions.
    pub fn is_study(&self) -> bool {
        self.kind == Kind::Study
    }

    /// Grows whenever something was written into the directory, as far as it was seen.
    pub fn version(&self) -> u64 {
        match &self.training {
            Some(training) => training.counts().1,
            None => self.written.load(Ordering::Relaxed),
        }
    }

    /// Whether this process trained the study and has nothing left to do.
    pub fn is_at_rest(&self) -> bool {
        self.training.as_ref().is_some_and(Training::is_at_rest)
    }

    /// How long it took to read the results, the last time.
    pub fn cost(&self) -> Duration {
        Duration::from_micros(self.cost.load(Ordering::Relaxed))
    }

    /// Whether a report was written.
    pub fn has_report(&self) -> bool {
        self.path.join(REPORT).symlink_metadata().is_ok_and(|it| it.is_file())
    }

    /// Looks whether another process has written into the directory.
    pub fn look(&self) {
        let mut now = vec![Signature::of(&self.path)];
        now.extend(locked(&self.sources).iter().map(|source| Signature::of(source)));
        let mut seen = locked(&self.seen);
        // Sources that are looked at for the first time were read just before.
        if seen.iter().zip(&now).any(|(before, now)| before != now) {
            self.written.fetch_add(1, Ordering::Relaxed);
        }
        *seen = now;
    }

    /// The results, read again if something has changed since.
    ///
    /// # Errors
    /// The results can't be read, or nothing has been stored yet.
    pub fn load(&self) -> Result<Arc<Loaded>, WebError> {
        if self.training.is_none() {
            self.look();
        }
        // The lock is held while files are read, so that two requests do not read them twice.
        let mut kept = locked(&self.loaded);
        let version = self.version();
        if let Some(loaded) = kept.as_ref().filter(|it| it.version == version) {
            return Ok(Arc::clone(loaded));
        }
        let began = Instant::now();
        if self.training.is_some() && !self.path.join(STUDY).is_file() {
            return Err(WebError::NotYet("The study is about to begin.".to_owned()));
        }
        let judgement = self.judgement()?;
        *locked(&self.sources) = judgement.sources().to_vec();
        let loaded = Arc::new(Loaded { version, judgement, inspections: Mutex::default() });
        self.cost.store(began.elapsed().as_micros() as u64, Ordering::Relaxed);
        *kept = Some(Arc::clone(&loaded));
        Ok(loaded)
    }

    fn judgement(&self) -> Result<Judgement, JudgeError> {
        match self.kind {
            Kind::Study => {
                let mut judgement = Judgement::of_study(&self.path, self.margin)?;
                judgement.confirm_on_test_images(&mut locked(&self.known))?;
                Ok(judgement)
            }
            Kind::Judgement => Judgement::reopen(&self.path),
            Kind::Logs => judge_paths(std::slice::from_ref(&self.path), &JudgeRequest::default()),
        }
    }

    /// Adds what test images say of a comparison of two networks of the study.
    ///
    /// # Errors
    /// A file of predictions can't be read or is damaged.
    pub fn confirm(&self, results: &Results, comparison: &mut Comparison) -> Result<(), WebError> {
        match self.kind {
            Kind::Study => Ok(locked(&self.known).confirm(results, comparison)?),
            Kind::Judgement | Kind::Logs => Ok(()),
        }
    }

    /// The images that the study was trained on, if they are on disk and unchanged. They are kept once
    /// they are found.
    pub fn dataset(&self) -> Option<&Dataset> {
        if self.dataset.get().is_none() && self.is_study() {
            let found = stored_dataset(&self.path, &self.places)?;
            return Some(self.dataset.get_or_init(|| found));
        }
        self.dataset.get()
    }
}

/// The directory's name with lower-case letters, digits and hyphens only.
fn slug(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name =
        whole.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let slug: String = name.chars().map(word).take(80).collect();
    let slug = slug.trim_matches('-').to_owned();
    if slug.is_empty() { "results".to_owned() } else { slug }
}

/// Gives each directory a name in addresses that no other has.
pub fn tell_apart(served: &mut [Served]) {
    for index in 0..served.len() {
        let (before, rest) = served.split_at_mut(index);
        let is_taken =
            |slug: &str| RESERVED.contains(&slug) || before.iter().any(|it| it.slug == slug);
        let base = rest[0].slug.clone();
        let further = (2..).map(|number| format!("{base}-{number}"));
        let free = std::iter::once(base.clone()).chain(further).find(|slug| !is_taken(slug));
        rest[0].slug = free.unwrap_or(base);
    }
}

/// First parts of addresses that are no directory's.
const RESERVED: [&str; 2] = ["assets", "events"];

#[cfg(test)]
mod tests {
    use super::*;

    fn served(path: &str) -> Served {
        Served::new(Path::new(path), Kind::Logs, 0.005, &Places::default(), None)
    }

    #[test]
    fn every_directory_has_an_address_of_its_own() {
        let paths = ["/x/a b", "/y/A B", "/z/Ünï", "/", "/w/events", "/v/a-b-2", "/u/a b"];
        let mut all: Vec<Served> = paths.iter().map(|path| served(path)).collect();
        tell_apart(&mut all);
        let slugs: Vec<&str> = all.iter().map(|it| it.slug.as_str()).collect();
        assert_eq!(slugs, ["a-b", "a-b-2", "n", "results", "events-2", "a-b-2-2", "a-b-3"]);
    }

    #[test]
    fn a_path_without_anything_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing");
        let error = Served::open(&missing, 0.005, &Places::default()).err().unwrap().to_string();
        assert!(error.contains("there is nothing at") && error.contains("hint:"), "{error}");
    }

    #[test]
    fn a_change_of_files_is_a_new_version() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("runs.csv");
        let table = |score: f64| {
            let mut table = "model,seed,val_acc\n".to_owned();
            for seed in 1..=6 {
                table += &format!("a,{seed},{}\nb,{seed},{score}\n", 0.5 + 0.001 * f64::from(seed));
            }
            table
        };
        std::fs::write(&path, table(0.75)).unwrap();
        let served = Served::open(&path, 0.005, &Places::default()).unwrap();
        let first = served.load().unwrap();
        assert!(Arc::ptr_eq(&first, &served.load().unwrap()), "read once");
        std::fs::write(&path, table(0.5) + "c,1,0.5\n").unwrap();
        let second = served.load().unwrap();
        assert!(second.version > first.version);
        assert_eq!((first.summary().networks.len(), second.summary().networks.len()), (2, 3));

        // What `fitroom judge` wrote follows the logs that it judged.
        let out = dir.path().join("out");
        judge_paths(std::slice::from_ref(&path), &JudgeRequest::default())
            .unwrap()
            .write(&out)
            .unwrap();
        let served = Served::open(&out, 0.005, &Places::default()).unwrap();
        assert_eq!(served.load().unwrap().summary().networks.len(), 3);
        served.look();
        std::fs::write(&path, table(0.5)).unwrap();
        assert_eq!(served.load().unwrap().summary().networks.len(), 2);
    }
}
