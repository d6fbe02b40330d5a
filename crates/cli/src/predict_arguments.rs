//! The arguments of `fitroom predict`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};
use fitroom_session::data::Invert;

use crate::model_arguments::ModelArguments;
use crate::study_arguments::PlacesArguments;

pub const PREDICT_HELP: &str = "\
Examples:
  fitroom predict fitroom-out/report-fashion-mnist --network 'batch norm' shoe.jpg
  fitroom predict fitroom-out/report-fashion-mnist --network 8 --ensemble pictures/ --format csv
  fitroom predict shirts.safetensors t10k-images-idx3-ubyte.gz --format jsonl
  curl -s https://example.org/shoe.png | fitroom predict shirts.safetensors -

A picture is made like the training images: grey or colour, inverted where its border is bright and theirs
dark, cut out of a plain background, and scaled. What was done stands in the last columns of CSV and JSON lines, and on standard error.";

#[derive(Args, Debug)]
pub struct PredictArguments {
    #[command(flatten)]
    pub model: ModelArguments,
    /// PNG and JPEG files, folders of them, IDX files, .npz files; - reads one from standard input
    #[arg(value_name = "IMAGE", required = true)]
    pub images: Vec<PathBuf>,
    /// Whether bright and dark are exchanged; auto: where the border of a picture is bright, and that of
    /// the training images dark, or the reverse
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = InvertArgument::Auto)]
    pub invert: InvertArgument,
    /// What to print
    #[arg(long, value_enum, default_value_t = PredictionFormat::Table)]
    pub format: PredictionFormat,
    /// Number of threads [default: one per core]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    #[command(flatten)]
    pub places: PlacesArguments,
}

/// How predictions are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PredictionFormat {
    /// For people: the most probable classes
    Table,
    /// A row for each image, a column for each class
    Csv,
    /// A JSON object for each image, on a line of its own
    Jsonl,
}

/// When a picture is inverted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InvertArgument {
    /// Where its border differs from that of the training images
    Auto,
    /// Always
    Yes,
    /// Never
    No,
}

impl From<InvertArgument> for Invert {
    fn from(argument: InvertArgument) -> Self {
        match argument {
            InvertArgument::Auto => Invert::Auto,
            InvertArgument::Yes => Invert::Yes,
            InvertArgument::No => Invert::No,
        }
    }
}
