//! The arguments that name a study and its data, and change them.

use std::path::PathBuf;

use clap::{Args, value_parser};
use fitroom_session::data::{PixelRange, Places, RowShape, Size};
use fitroom_session::{ReadChanges, StudyRequest};

/// A study, with the changes that the user asks for.
#[derive(Args, Debug)]
pub struct StudyArguments {
    /// A built-in study's name, or a study file
    #[arg(default_value = "report")]
    pub study: String,
    /// Train every network with seeds 1 to N
    #[arg(long, value_name = "N")]
    pub seeds: Option<u32>,
    /// Add seeds where a comparison is undecided, until all are clear; clear ones stop training
    #[arg(long, conflicts_with_all = ["seeds", "quick"])]
    pub until_clear: bool,
    /// With --until-clear: the most seeds that a network may get [default: 40]
    #[arg(long, value_name = "N", conflicts_with_all = ["seeds", "quick"])]
    pub at_most: Option<u32>,
    /// Train every network for N epochs
    #[arg(long, value_name = "N")]
    pub epochs: Option<u32>,
    /// Train only these networks, by name or number
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Two epochs, one seed, a part of the training images: a minute at most
    #[arg(long)]
    pub quick: bool,
    #[command(flatten)]
    pub data: DataArguments,
}

impl StudyArguments {
    /// The study, with the changes that the user asks for.
    pub fn request(&self) -> StudyRequest {
        StudyRequest {
            study: self.study.clone(),
            quick: self.quick,
            seeds: self.seeds,
            until_clear: self.until_clear,
            at_most: self.at_most,
            epochs: self.epochs,
            only: self.only.clone(),
            dataset: self.data.dataset.clone(),
            reading: self.data.reading.changes(),
        }
    }
}

/// The name of the data set, and the places to look for it.
#[derive(Args, Debug)]
pub struct DataArguments {
    /// Replace the study's data set: a name (fashion-mnist, cifar10 ...) or files: idx:DIR,
    /// csv:TRAIN,TEST, npz:FILE, folder:DIR or cifar:PATH
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
    #[command(flatten)]
    pub reading: ReadingArguments,
    #[command(flatten)]
    pub places: PlacesArguments,
}

/// How a data set is read, where its files leave it open.
#[derive(Args, Debug)]
pub struct ReadingArguments {
    /// Scale images to this size
    #[arg(long, value_name = "ROWSxCOLUMNS", help_heading = READING)]
    pub resize: Option<Size>,
    /// Refuse images with a longer side, unless they are scaled [default: 64]
    #[arg(long, value_name = "PIXELS", value_parser = value_parser!(u16).range(1..), help_heading = READING)]
    pub max_side: Option<u16>,
    /// Read labels from this column of a CSV file
    #[arg(long, value_name = "NAME", help_heading = READING)]
    pub label: Option<String>,
    /// The shape of images that are rows of numbers: 28x32, 32x32x3 or 3x32x32
    #[arg(long, value_name = "SHAPE", help_heading = READING)]
    pub shape: Option<RowShape>,
    /// The range of the pixels: 0..1, 0..16 or 0..255 [default: recognised]
    #[arg(long, value_name = "RANGE", help_heading = READING)]
    pub pixels: Option<PixelRange>,
    /// Leave pictures out that cannot be decoded
    #[arg(long, help_heading = READING)]
    pub skip_corrupt: bool,
}

const READING: &str = "How images are read";

impl ReadingArguments {
    /// What the user changes.
    pub fn changes(&self) -> ReadChanges {
        ReadChanges {
            label: self.label.clone(),
            shape: self.shape,
            pixels: self.pixels,
            resize: self.resize,
            max_side: self.max_side,
            skip_corrupt: self.skip_corrupt,
        }
    }
}

#[derive(Args, Debug)]
pub struct PlacesArguments {
    /// Look for data sets here first, and download them to here [default: $FITROOM_DATA, then the
    /// user's cache]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

impl PlacesArguments {
    /// The places where data sets are looked for.
    pub fn places(&self) -> Places {
        Places { data_dir: self.data_dir.clone() }
    }
}
