//! What can be wrong with a study file.

use fitroom_data::SourceError;
use fitroom_nearest::did_you_mean;
use fitroom_nn::LayerSpecError;
use thiserror::Error;

use crate::{InitProblem, KeyHint, LengthError, PartError, ReferenceProblem};

/// A mistake in a study file.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum StudyProblem {
    /// Text that is not TOML.
    #[error("{message}")]
    Syntax {
        /// What the TOML parser says.
        message: String,
    },
    /// A file with more bytes than a study file may have.
    #[error("the file has more than {limit} bytes, the most that a study may have")]
    TooLong {
        /// Most bytes of a study file.
        limit: usize,
    },
    /// A file that is too large when its sweeps and defaults are written out.
    #[error(
        "with every network and every default written out, the study would have more than {limit} bytes\n\
         hint: sweep over fewer values, or divide the study"
    )]
    TooLargeWrittenOut {
        /// Most bytes of a study file.
        limit: usize,
    },
    /// More runs than a study may have.
    #[error(
        "{networks} networks over {seeds} seeds are {runs} runs, and a study may have {limit}\n\
         hint: train over fewer seeds, or divide the study"
    )]
    TooManyRuns {
        /// Networks of the study.
        networks: usize,
        /// Seeds of each network.
        seeds: u32,
        /// Runs: networks times seeds.
        runs: u64,
        /// Most runs of a study.
        limit: u64,
    },
    /// The most seeds of a study whose number of seeds is fixed.
    #[error(
        "`at_most` is the most seeds of a study that runs until clear, and this one has a fixed \
         number\nhint: write seeds = \"until clear\", or leave `at_most` out"
    )]
    AtMostOfFixedSeeds,
    /// A declared number of seeds in a study that runs until clear.
    #[error(
        "`declared_seeds` goes with a number of `seeds`, and this study runs until clear\n\
         hint: leave `declared_seeds` out"
    )]
    DeclaredUntilClear,
    /// A text that names no data set.
    #[error(transparent)]
    Dataset {
        /// What is wrong with it.
        error: SourceError,
    },
    /// Two lengths of one training.
    #[error(transparent)]
    Length(LengthError),
    /// An unknown key.
    #[error("unknown key `{key}` in {table}{hint}")]
    UnknownKey {
        /// The key as written.
        key: String,
        /// The table with the key.
        table: String,
        /// What may be meant.
        hint: KeyHint,
    },
    /// A required key that is missing.
    #[error("`{key}` is missing in {table}")]
    MissingKey {
        /// The key.
        key: &'static str,
        /// The table that needs the key.
        table: String,
    },
    /// A value that the key can't have.
    #[error("`{key}` in {table} must be {must}, got {got}")]
    Value {
        /// The key.
        key: &'static str,
        /// The table with the key.
        table: String,
        /// The values that it may have.
        must: String,
        /// The value as written.
        got: String,
    },
    /// An unknown word, for a key that allows only certain words.
    #[error("unknown {key} `{word}` in {table}{}\nhint: known are {known}", did_you_mean(nearest))]
    UnknownWord {
        /// The key.
        key: &'static str,
        /// The word as written.
        word: String,
        /// The table with the key.
        table: String,
        /// A known word with a similar spelling.
        nearest: Option<String>,
        /// All known words.
        known: String,
    },
    /// A text that describes no layers.
    #[error("network `{network}`: {error}")]
    Layers {
        /// The network's name.
        network: String,
        /// The part that is wrong, and why.
        error: LayerSpecError,
    },
    /// A part that can't be used.
    #[error("{error}")]
    Part {
        /// Why.
        error: PartError,
    },
    /// Two networks with the same name.
    #[error(
        "a second network is called `{name}`\nhint: results are told apart by name: give it another"
    )]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// `{name}` in a network that sweeps over no such name.
    #[error("no `{{{name}}}` is swept over{}\nhint: swept are {known}", did_you_mean(nearest))]
    UnknownPlaceholder {
        /// The name in braces.
        name: String,
        /// The swept name with a similar spelling.
        nearest: Option<String>,
        /// All swept names.
        known: String,
    },
    /// A reference curve that can't be read.
    #[error("in the reference curves {path}: {problem}")]
    Reference {
        /// The CSV file.
        path: String,
        /// What is wrong with it.
        problem: Box<ReferenceProblem>,
    },
    /// Initial weights that can't be used.
    #[error("in the initial weights {path}: {problem}")]
    Init {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: Box<InitProblem>,
    },
    /// The key by which earlier versions named a reference curve.
    #[error(
        "`published` is a key of earlier versions: a network now names a file of curves\n\
         hint: write reference = {{ curves = \"report-curves.csv\", network = \"{network}\" }}, and put \
         studies/report-curves.csv of the program's source beside the study file"
    )]
    Published {
        /// The number of the curve.
        network: String,
    },
    /// A study without networks.
    #[error("the study has no networks\nhint: a network begins with a line [[network]]")]
    NoNetworks,
}
