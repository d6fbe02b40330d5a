//! What can be wrong with a study: with its file, with options that override it, or with the data
//! that it is to run on.

use std::path::PathBuf;

use fitroom_data::SourceError;
use fitroom_nearest::did_you_mean;
use fitroom_nn::{ArchitectureError, LayerSpecError};
use thiserror::Error;

use crate::plain_text::harmless;
use crate::{InitProblem, KeyHint, PartError, ReferenceProblem, TensorMismatches};

/// Why a study can't be read or run.
#[derive(Debug, Error)]
pub enum StudyError {
    /// A name that is neither a built-in study nor a file.
    #[error(
        "unknown study `{name}`: no built-in study is called that and no such file exists{}\n\
         hint: the built-in studies are {built_in}",
        did_you_mean(nearest)
    )]
    Unknown {
        /// The name that was given.
        name: String,
        /// The built-in study with a similar name.
        nearest: Option<String>,
        /// All built-in studies.
        built_in: String,
    },
    /// A file that can't be read.
    #[error("can't read the study file {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A mistake in a study file.
    #[error("{file}:{line}:{column}: {}", harmless(&problem.to_string()))]
    InFile {
        /// The file's name.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// The mistake.
        problem: Box<StudyProblem>,
    },
    /// An option that overrides a setting of the file, with an impossible value.
    #[error("{key} must be {must}, got {got}")]
    OutOfRange {
        /// The setting.
        key: &'static str,
        /// The values that it may have.
        must: String,
        /// The value that was given.
        got: String,
    },
    /// An option gives the most seeds of a study whose number of seeds is fixed.
    #[error(
        "--at-most is the most seeds of a study that runs until clear, and this one has a fixed \
         number of seeds: {seeds}\n\
         hint: add --until-clear"
    )]
    AtMostOfFixedSeeds {
        /// The study's seeds.
        seeds: u32,
    },
    /// An option would give all networks the same epochs, but a sweep's networks differ in theirs.
    #[error(
        "the networks of the sweep `{sweep}` differ in their epochs, and would all be trained alike\n\
         hint: leave --epochs out, or choose other networks with --only"
    )]
    SweptEpochs {
        /// The sweep's name.
        sweep: String,
    },
    /// The study doesn't have the network that was asked for.
    #[error(
        "the study `{study}` has no network `{name}`{}\nhint: its networks are {networks}",
        did_you_mean(nearest)
    )]
    UnknownNetwork {
        /// The study's name.
        study: String,
        /// The name that was asked for.
        name: String,
        /// The network with a similar name.
        nearest: Option<String>,
        /// All networks of the study.
        networks: String,
    },
    /// A layer that does not fit the output of the one before it, on these images.
    #[error("network `{network}`: {error}")]
    DoesNotFit {
        /// The network's name.
        network: String,
        /// The layer, its input, and the input that it needs.
        error: ArchitectureError,
    },
    /// No training images would be left.
    #[error(
        "validation = {validation} leaves nothing to train on: there are {images} training images\n\
         hint: hold fewer images out with `validation` in [training], or leave it out: then a sixth is held out"
    )]
    ValidationTooLarge {
        /// Images to hold out.
        validation: usize,
        /// All training images of the data set.
        images: usize,
    },
    /// A network has a patience, but there are no validation images to compare epochs by.
    #[error(
        "network `{network}` has a {setting}, but validation = 0 leaves nothing to judge epochs by\n\
         hint: hold images out with `validation`, or leave `{setting}` out"
    )]
    NothingToMonitor {
        /// The network's name.
        network: String,
        /// The setting that judges epochs.
        setting: &'static str,
    },
    /// A network that needs more memory than the machine has.
    #[error(
        "network `{network}` needs at least {} of memory for its parameters, and this machine has {}\n\
         hint: make its layers smaller",
        gibibytes(*needed), gibibytes(*available)
    )]
    TooLarge {
        /// The network's name.
        network: String,
        /// Bytes that the parameters need at least.
        needed: u64,
        /// Bytes of this machine's memory.
        available: u64,
    },
    /// Initial weights that do not fit the network.
    #[error(
        "network `{network}` can't start from {}, since these tensors do not match:\n{mismatches}",
        harmless(file)
    )]
    DoesNotMatch {
        /// The network's name.
        network: String,
        /// The file of initial weights.
        file: String,
        /// Every tensor that does not match.
        mismatches: TensorMismatches,
    },
    /// More runs than a study may have.
    #[error(transparent)]
    TooManyRuns {
        /// The numbers of runs.
        problem: Box<StudyProblem>,
    },
    /// Batch normalisation over a single value, which has no variance. PyTorch refuses it too.
    #[error(
        "network `{network}`: `{layer}` can't normalise a batch of a single image, and with {images} images to train on \
         and batch_size = {batch_size} there is one\n\
         hint: change batch_size, or hold one image more out for validation"
    )]
    SingleImageBatch {
        /// The network's name.
        network: String,
        /// The layer as the study file writes it.
        layer: String,
        /// Images per step.
        batch_size: usize,
        /// Images that are trained on.
        images: usize,
    },
}

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

/// `1.5 GiB`
fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / (1_u64 << 30) as f64)
}
