//! Judges runs that other tools logged: reads them, groups them, and compares the groups.
//!
//! ```
//! use fitroom_session::judging::{JudgeRequest, judge_paths};
//! use fitroom_session::stats::Verdict;
//!
//! # let dir = tempfile::tempdir()?;
//! let path = dir.path().join("runs.csv");
//! let mut table = String::from("model,seed,val_acc\n");
//! for seed in 1..=8 {
//!     let luck = f64::from(seed * 5 % 8) / 1000.0;
//!     table += &format!("plain,{seed},{:.4}\nwide,{seed},{:.4}\n", 0.87 + luck, 0.89 + 1.1 * luck);
//! }
//! std::fs::write(&path, table)?;
//!
//! let judgement = judge_paths(&[path], &JudgeRequest::default())?;
//! assert_eq!(judgement.verdict("wide"), Some(Verdict::Better));
//! assert!(judgement.results().notes[0].contains("judged by `val_acc`"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod asked;
mod error;
mod gate;
mod json;
mod measures;
mod notes;
mod own_study;
mod request;
mod same_names;
mod stored;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fitroom_import::{GroupOptions, Grouping, Imported, ImportedRun, Note, listed, shown};
use fitroom_report::{Comparison, ReportError, Sentence, Summary};
use fitroom_results::{ImportedResults, Pairing, Results, SeedPlan};
use fitroom_stats::{DEFAULT_MARGIN, Verdict};

pub use asked::{SCHEMA, VERSION};
pub use error::JudgeError;
pub use fitroom_import::{At, Direction, TidyColumns};
pub use gate::{Gate, Outcome};
pub use request::{For, JudgeRequest, Margin, NoMargin, ScaleKind};
pub use stored::KnownAnswers;

/// The file in the directory of a judgement that marks it as one. Runs are not looked for beside it.
pub const JUDGEMENT_FILE: &str = fitroom_import::JUDGEMENT_FILE;

/// Runs with everything that is concluded from them.
#[derive(Clone, Debug)]
pub struct Judgement {
    results: Results,
    /// The margin of a study. Measures of runs from elsewhere have their own.
    margin: f64,
    comparisons: Vec<Comparison>,
    /// What was judged, as canonical paths; `None` if it was in memory.
    sources: Option<Vec<PathBuf>>,
    /// How runs from elsewhere were to be judged; `None` of a study as its own report judges it.
    request: Option<JudgeRequest>,
}

/// Reads the runs at all paths, and judges them. A path is a file or directory that any tool logged to,
/// or the directory of a study of `fitroom run`.
///
/// # Errors
/// Nothing could be read from a path, or the request does not fit the runs.
pub fn judge_paths(paths: &[PathBuf], request: &JudgeRequest) -> Result<Judgement, JudgeError> {
    let mut columns = request.columns.clone();
    columns.scores.extend(request.measures.iter().cloned());
    let (mut notes, mut directions) = (Vec::new(), Vec::new());
    let mut runs: Vec<ImportedRun> = Vec::new();
    let mut sources: Vec<(&Path, Vec<Note>, usize)> = Vec::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    let studies: Vec<&PathBuf> = paths.iter().filter(|path| own_study::is_study(path)).collect();
    for path in paths {
        let same = path.canonicalize().unwrap_or_else(|_| path.clone());
        if seen.contains(&same) {
            notes.push(format!("{} is named twice, and read once", shown(&path.to_string_lossy())));
            continue;
        }
        seen.push(same);
        let mut imported = match studies.contains(&path) {
            true => own_study::read(path)?,
            false => fitroom_import::read(path, &columns)?,
        };
        directions.extend(notes::directions(&imported.notes));
        sources.push((path, imported.notes, imported.runs.len()));
        runs.append(&mut imported.runs);
    }
    let mut network = request.columns.network.clone();
    if sources.len() > 1 {
        if network.is_none() {
            fitroom_import::name_by_path(&mut runs);
        }
        if !studies.is_empty() {
            same_names::tell_program(&mut runs, &studies);
        }
        same_names::unify(&mut runs, &request.measures, network.as_deref(), &mut notes);
        network = network.map(|_| own_study::NETWORK.to_owned());
        if !studies.is_empty() && !request.is_unpaired {
            notes.push(
                "runs of the study are paired by seed with runs from elsewhere: that is right only if a seed decides the same \
                 for both, such as which images are held out (otherwise --unpaired)"
                    .to_owned(),
            );
        }
    }
    let mut rest = &runs[..];
    for (path, of_source, count) in &sources {
        let (of_path, after) = rest.split_at(*count);
        for note in notes::of_import(of_source, of_path, path) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        rest = after;
    }
    let name = match paths {
        [path] => path.canonicalize().unwrap_or_else(|_| path.clone()),
        _ => PathBuf::from("runs"),
    };
    let name = name.file_stem().map_or("runs".into(), |stem| shown(&stem.to_string_lossy()));
    same_names::without_copies(&mut runs, &mut notes);
    let judgement = judge(name, runs, network, &directions, request, notes)?;
    Ok(Judgement { sources: Some(seen), ..judgement })
}

/// Judges runs that are in memory.
///
/// # Errors
/// The request does not fit the runs.
pub fn judge_runs(imported: Imported, request: &JudgeRequest) -> Result<Judgement, JudgeError> {
    let notes = notes::of_import(&imported.notes, &imported.runs, Path::new(""));
    let directions = notes::directions(&imported.notes);
    let network = request.columns.network.clone();
    judge("runs".to_owned(), imported.runs, network, &directions, request, notes)
}

fn judge(
    name: String,
    runs: Vec<ImportedRun>,
    network: Option<String>,
    directions: &[(String, Direction)],
    request: &JudgeRequest,
    imported_notes: Vec<String>,
) -> Result<Judgement, JudgeError> {
    if runs.is_empty() {
        return Err(JudgeError::NoRuns);
    }
    if !request.is_unpaired && runs.iter().all(|run| run.seed.is_none()) {
        let settings: BTreeSet<&str> =
            runs.iter().flat_map(|run| run.settings.keys().map(String::as_str)).collect();
        return Err(JudgeError::NoSeeds { settings: listed(settings.into_iter()) });
    }
    let mut notes = Vec::new();
    let scores = measures::chosen(&runs, directions, request, &mut notes)?;
    let options = GroupOptions { network, ignore: request.ignore.clone() };
    let grouping = Grouping::of(&runs, &options, &scores)?;
    let baseline = baseline(&grouping, request.baseline.as_deref(), &mut notes)?;
    notes.extend(notes::of_grouping(&runs, &grouping, request));
    notes.extend(notes::of_epochs(&runs, &scores));
    if scores.len() > 1 && grouping.groups.len() > 1 {
        notes.push(
            "verdicts are adjusted for the comparisons in one measure, and not for the number of measures: of many measures, \
             some differ by chance"
                .to_owned(),
        );
    }
    notes.extend(imported_notes);
    let described = scores.into_iter().map(|score| {
        let measure = measures::described(&score, &runs, &grouping, baseline, request)?;
        Ok((score, measure))
    });
    let measures = described.collect::<Result<_, JudgeError>>()?;
    let results = Results::from(ImportedResults {
        name,
        runs: &runs,
        measures,
        grouping: &grouping,
        baseline,
        seed_plan: if request.is_declared { SeedPlan::Declared } else { SeedPlan::Unknown },
        pairing: if request.is_unpaired { Pairing::Unpaired } else { Pairing::BySeed },
        notes,
    });
    let request = Some(request.clone());
    Ok(Judgement { request, ..Judgement::of(results, DEFAULT_MARGIN) })
}

/// The group that all others are compared with: the one that was named, one that is called so, or the
/// first. `None` if there is only one group.
fn baseline(
    grouping: &Grouping,
    asked: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<Option<usize>, JudgeError> {
    let names = || grouping.groups.iter().map(|group| group.name.as_str());
    if let Some(asked) = asked {
        return match names().position(|name| name == asked) {
            Some(position) => Ok(Some(position)),
            None => Err(JudgeError::NoSuchBaseline {
                name: shown(asked),
                known: listed(names()),
                nearest: fitroom_nearest::nearest(asked, names()).map(str::to_owned),
            }),
        };
    }
    if grouping.groups.len() < 2 {
        return Ok(None);
    }
    let usual = ["baseline", "base", "plain", "control", "default"];
    let called_so =
        usual.iter().find_map(|usual| names().position(|name| name.to_lowercase() == *usual));
    let position = called_so.unwrap_or(0);
    let how = if called_so.is_some() { "by its name" } else { "as the first" };
    notes.push(format!(
        "`{}` is the baseline, {how} (a guess: --baseline names another)",
        grouping.groups[position].name
    ));
    Ok(Some(position))
}

impl Judgement {
    /// Compares the networks of the results.
    fn of(results: Results, margin: f64) -> Self {
        let comparisons = Comparison::of_results(&results, margin);
        Judgement { results, margin, comparisons, sources: None, request: None }
    }

    /// The runs, their networks and measures, and what a reader should know of them.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// The paths of what was judged; empty if it was in memory, or is a study.
    pub fn sources(&self) -> &[PathBuf] {
        self.sources.as_deref().unwrap_or_default()
    }

    /// Every number that is derived from the runs.
    pub fn summary(&self) -> Summary<'_> {
        Summary::of(&self.results, self.margin, self.comparisons.clone())
    }

    /// The verdict on a network in the first measure.
    pub fn verdict(&self, network: &str) -> Option<Verdict> {
        let families = Comparison::families(&self.comparisons);
        let of_network = families.first()?.iter().find(|comparison| comparison.network == network);
        of_network?.judged.verdict
    }

    /// What is concluded of each comparison, measure by measure.
    pub fn conclusions(&self) -> Vec<Sentence> {
        let families = Comparison::families(&self.comparisons);
        let of_family = |family: &Vec<&Comparison>| {
            family.iter().map(|comparison| comparison.conclusion(family.len())).collect::<Vec<_>>()
        };
        families.iter().flat_map(of_family).collect()
    }

    /// Markdown for a comment on a pull request: verdicts, the table of networks, and notes.
    pub fn markdown(&self) -> String {
        fitroom_report::comment(&self.summary())
    }

    /// The picture of all comparisons in the first measure, as an SVG file. `None` where there are too few
    /// runs.
    pub fn picture(&self) -> Option<String> {
        fitroom_report::differences_svg(&self.summary())
    }

    /// The report as one page.
    pub fn html(&self) -> String {
        fitroom_report::report_page(&self.summary())
    }

    /// Judges again what the judgement in `dir` was of, in the same way. The runs are read anew, so there
    /// may be more of them by now.
    ///
    /// # Errors
    /// There is no judgement in `dir`, it does not say what was judged (an earlier version wrote it, or
    /// the runs were in memory), something of that is gone, or it can't be judged any more.
    pub fn reopen(dir: &Path) -> Result<Self, JudgeError> {
        let (sources, request) = asked::read(&dir.join(JUDGEMENT_FILE))?;
        if let Some(path) = sources.iter().find(|path| !path.exists()) {
            return Err(JudgeError::SourceGone { path: path.clone(), dir: dir.to_owned() });
        }
        judge_paths(&sources, &request)
    }

    /// Writes the report and its tables into `dir`, and `judgement.json` beside them.
    ///
    /// # Errors
    /// `dir` is the directory of a study, or a file can't be written.
    pub fn write(&self, dir: &Path) -> Result<PathBuf, JudgeError> {
        if own_study::is_study(dir) {
            return Err(JudgeError::IsStudy { path: dir.to_owned() });
        }
        fitroom_files::create_directories(&fitroom_files::SystemDisk, dir)
            .map_err(|error| ReportError::Io { path: dir.to_owned(), error })?;
        let json = dir.join(JUDGEMENT_FILE);
        fitroom_files::replace(&json, self.json_text().as_bytes())
            .map_err(|error| ReportError::Io { path: json.clone(), error })?;
        fitroom_report::write(&self.summary(), Vec::new(), dir)?;
        Ok(dir.join("report.html"))
    }
}
