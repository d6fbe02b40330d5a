//! Why runs from elsewhere can't be judged.

use std::path::PathBuf;

use fitroom_import::{GroupError, ImportError};
use fitroom_report::ReportError;
use fitroom_study::StoreError;
use thiserror::Error;

/// Why runs from elsewhere can't be judged. Lines that begin with `hint: ` say what can be done.
#[derive(Debug, Error)]
pub enum JudgeError {
    /// Nothing could be read from a path.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The directory of a study can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The results of a study can't be read.
    #[error(transparent)]
    Results(#[from] fitroom_results::ResultsError),
    /// A setting that was named does not exist.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// Nothing was named, or nothing was in what was named.
    #[error("there is no run to judge\nhint: name files or directories with logs of training runs")]
    NoRuns,
    /// No run has the measure.
    #[error(
        "no run has a measure `{name}`; there are {known}{}",
        fitroom_nearest::did_you_mean(nearest)
    )]
    NoSuchMeasure {
        /// The name that was asked for.
        name: String,
        /// The measures that runs have.
        known: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// Something is said of a measure that is not judged.
    #[error(
        "{what} is given for `{name}`, which is not judged; judged is {judged}{}",
        fitroom_nearest::did_you_mean(nearest)
    )]
    NotJudged {
        /// What is said.
        what: &'static str,
        /// The name that it is said of.
        name: String,
        /// The measures that are judged.
        judged: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// Two things are said of one measure.
    #[error(
        "{what} is given twice\nhint: name the measure that each is for, as in --margin val_loss=0.02"
    )]
    SaidTwice {
        /// What is said twice.
        what: &'static str,
    },
    /// Accuracies from 0 to 1 stand beside such from 0 to 100.
    #[error(
        "some networks' scores in `{measure}` are from 0 to 1, and others' from 0 to 100\nhint: write all of them in one scale; \
         if they are none, say so with --scale plain"
    )]
    MixedScales {
        /// The measure.
        measure: String,
    },
    /// The margin is as large as the whole scale.
    #[error(
        "a margin of {margin} is all of `{measure}`, which is from 0 to {whole}\nhint: half a point is --margin 0.5%"
    )]
    LargeMargin {
        /// The margin.
        margin: f64,
        /// The measure.
        measure: String,
        /// The largest score.
        whole: f64,
    },
    /// Runs have no measure at all.
    #[error("the runs have no measure\nhint: name the column of the score with --score")]
    NoMeasure,
    /// No network has the name of the baseline.
    #[error(
        "there is no network `{name}`; there are {known}{}",
        fitroom_nearest::did_you_mean(nearest)
    )]
    NoSuchBaseline {
        /// The name that was asked for.
        name: String,
        /// The networks.
        known: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// No run has a seed, so nothing can be paired.
    #[error(
        "no run has a seed, so runs can't be paired; their settings are {settings}\nhint: name the column of the seed with \
         --seed, or let the path name it, as in wide/seed_3/, or compare all runs of one network with all of the other with \
         --unpaired"
    )]
    NoSeeds {
        /// The settings that runs have.
        settings: String,
    },
    /// The report can't be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The directory for the report is one of a study.
    #[error(
        "{} is the directory of a study, whose report would be replaced\nhint: name another directory with --out",
        path.display()
    )]
    IsStudy {
        /// The directory.
        path: PathBuf,
    },
    /// The file of a judgement can't be read.
    #[error("can't read {}: {error}\nhint: name a directory that `fitroom judge --out` wrote", path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A file is not what `fitroom judge` writes.
    #[error("{} is no judgement: {problem}\nhint: judge the runs again with `fitroom judge`", path.display())]
    NoJudgement {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A judgement does not say what was judged.
    #[error(
        "{} does not say what was judged: an earlier version wrote it, or the runs were in memory\nhint: judge the runs again \
         with `fitroom judge`",
        path.display()
    )]
    NoSources {
        /// The file.
        path: PathBuf,
    },
    /// What was judged is not there any more.
    #[error("{}, which the judgement in {} is of, is gone\nhint: put it back, or judge other runs", path.display(), dir.display())]
    SourceGone {
        /// What is gone.
        path: PathBuf,
        /// The directory of the judgement.
        dir: PathBuf,
    },
}
