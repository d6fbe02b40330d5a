//! What can be wrong with a study: in its file, in what was asked of it, or with the data that it
//! is to run on.

use std::path::PathBuf;

use fitroom_data::SourceError;
use fitroom_nearest::did_you_mean;
use fitroom_nn::{ArchitectureError, LayerSpecError};
use thiserror::Error;

use crate::ReferenceProblem;
use crate::plain_text::harmless;

/// Why a study can't be read or run.
#[derive(Debug, Error)]
pub enum StudyError {
    /// Neither a built-in study nor a file.
    #[error(
        "unknown study `{name}`: no built-in study is called that and no such file exists{}\n\
         hint: the built-in studies are {built_in}",
        did_you_mean(nearest)
    )]
    Unknown {
        /// As asked for.
        name: String,
        /// The built-in study whose name is much like it.
        nearest: Option<String>,
        /// All of them.
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
    /// A mistake in a file.
    #[error("{file}:{line}:{column}: {}", harmless(&problem.to_string()))]
    InFile {
        /// The file's name.
        file: String,
        /// From 1.
        line: usize,
        /// In characters, from 1.
        column: usize,
        /// What is wrong there.
        problem: Box<StudyProblem>,
    },
    /// A setting given outside of the file that makes no sense.
    #[error("{key} must be {must}, got {got}")]
    OutOfRange {
        /// The setting.
        key: &'static str,
        /// What it may be.
        must: String,
        /// What it was.
        got: String,
    },
    /// All networks were to be trained for as long, some of which are there to be trained for
    /// longer and shorter.
    #[error(
        "the networks of the sweep `{sweep}` differ in their epochs, and would all be trained alike\n\
         hint: leave --epochs out, or choose other networks with --only"
    )]
    SweptEpochs {
        /// The sweep's name.
        sweep: String,
    },
    /// A network was asked for that the study doesn't have.
    #[error(
        "the study `{study}` has no network `{name}`{}\nhint: its networks are {networks}",
        did_you_mean(nearest)
    )]
    UnknownNetwork {
        /// The study's name.
        study: String,
        /// As asked for.
        name: String,
        /// The network whose name is much like it.
        nearest: Option<String>,
        /// All of them.
        networks: String,
    },
    /// Layers that can't follow one another on these images.
    #[error("network `{network}`: {error}")]
    DoesNotFit {
        /// The network's name.
        network: String,
        /// Which layer, what came in and what it needs.
        error: ArchitectureError,
    },
    /// Nothing would be left to train on.
    #[error(
        "validation = {validation} leaves nothing to train on: there are {images} training images"
    )]
    ValidationTooLarge {
        /// Images to be held out.
        validation: usize,
        /// Training images of the data set.
        images: usize,
    },
    /// Which epoch is better can't be told.
    #[error(
        "network `{network}` has a patience, but validation = 0 leaves nothing to judge epochs by\n\
         hint: hold images out with `validation`, or leave `patience` out"
    )]
    NothingToMonitor {
        /// The network's name.
        network: String,
    },
    /// Not one whole step.
    #[error(
        "network `{network}`: batch_size = {batch_size} is more than the {images} images that are trained on"
    )]
    BatchTooLarge {
        /// The network's name.
        network: String,
        /// Images a step.
        batch_size: usize,
        /// Images that are trained on.
        images: usize,
    },
    /// More memory than there is.
    #[error(
        "network `{network}` needs at least {} of memory for its parameters, and this machine has {}\n\
         hint: make its layers smaller",
        gibibytes(*needed), gibibytes(*available)
    )]
    TooLarge {
        /// The network's name.
        network: String,
        /// Bytes, counted low.
        needed: u64,
        /// Bytes of all memory.
        available: u64,
    },
    /// More runs than can be held side by side.
    #[error(transparent)]
    TooManyRuns {
        /// How many.
        problem: Box<StudyProblem>,
    },
    /// Batch normalisation over one value: its variance is nothing. PyTorch refuses it too.
    #[error(
        "network `{network}`: `{layer}` can't normalise a batch of a single image, and with {images} images to train on \
         and batch_size = {batch_size} there is one\n\
         hint: change batch_size, or hold one image more out for validation"
    )]
    SingleImageBatch {
        /// The network's name.
        network: String,
        /// The layer as written.
        layer: String,
        /// Images a step.
        batch_size: usize,
        /// Images that are trained on.
        images: usize,
    },
}

/// A mistake in a study file.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum StudyProblem {
    /// Not TOML.
    #[error("{message}")]
    Syntax {
        /// What the TOML parser says.
        message: String,
    },
    /// More than a study file may have.
    #[error("the file has more than {limit} bytes, the most that a study may have")]
    TooLong {
        /// How many it may have.
        limit: usize,
    },
    /// A small file that stands for a large one.
    #[error(
        "with every network and every default written out, the study would have more than {limit} bytes\n\
         hint: sweep over fewer values, or divide the study"
    )]
    TooLargeWrittenOut {
        /// How many it may have.
        limit: usize,
    },
    /// More runs than can be held side by side.
    #[error(
        "{networks} networks over {seeds} seeds are {runs} runs, and a study may have {limit}\n\
         hint: train over fewer seeds, or divide the study"
    )]
    TooManyRuns {
        /// How many networks.
        networks: usize,
        /// Over how many seeds.
        seeds: u32,
        /// Their product.
        runs: u64,
        /// How many there may be.
        limit: u64,
    },
    /// No data set's name.
    #[error(transparent)]
    Dataset {
        /// Which name.
        error: SourceError,
    },
    /// A key that means nothing here.
    #[error("unknown key `{key}` in {table}{}", did_you_mean(nearest))]
    UnknownKey {
        /// As written.
        key: String,
        /// Where it stands.
        table: String,
        /// A known key that is spelled much like it.
        nearest: Option<String>,
    },
    /// A key that must be there.
    #[error("`{key}` is missing in {table}")]
    MissingKey {
        /// The key.
        key: &'static str,
        /// Where it should stand.
        table: String,
    },
    /// A value of another kind.
    #[error("`{key}` in {table} must be {must}, got {got}")]
    Value {
        /// The key.
        key: &'static str,
        /// Where it stands.
        table: String,
        /// What it may be.
        must: String,
        /// What it is.
        got: String,
    },
    /// A word where only some are known.
    #[error("unknown {key} `{word}` in {table}{}\nhint: known are {known}", did_you_mean(nearest))]
    UnknownWord {
        /// The key.
        key: &'static str,
        /// As written.
        word: String,
        /// Where it stands.
        table: String,
        /// A known word that is spelled much like it.
        nearest: Option<String>,
        /// All of them.
        known: String,
    },
    /// Words that make no layer.
    #[error("network `{network}`: {error}")]
    Layers {
        /// The network's name.
        network: String,
        /// Which words, and why.
        error: LayerSpecError,
    },
    /// Two networks of one name.
    #[error(
        "a second network is called `{name}`\nhint: results are told apart by name: give it another"
    )]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// `{name}` where nothing of that name is swept.
    #[error("no `{{{name}}}` is swept over{}\nhint: swept are {known}", did_you_mean(nearest))]
    UnknownPlaceholder {
        /// What stands in braces.
        name: String,
        /// The swept name that is much like it.
        nearest: Option<String>,
        /// All of them.
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
    /// The key by which earlier versions named a reference curve.
    #[error(
        "`published` is a key of earlier versions: a network now names a file of curves\n\
         hint: write reference = {{ curves = \"report-curves.csv\", network = \"{network}\" }}, and put \
         studies/report-curves.csv of the program's source beside the study file"
    )]
    Published {
        /// The number that stood there.
        network: String,
    },
    /// A study of nothing.
    #[error("the study has no networks\nhint: a network begins with a line [[network]]")]
    NoNetworks,
}

/// `1.5 GiB`
fn gibibytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / (1_u64 << 30) as f64)
}
