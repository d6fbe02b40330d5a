//! Data sets of labelled images: loading, validation splits and the order of training images.
//!
//! A study names its data set as a [`Source`]. [`Source::load`] reads it from disk, downloads it
//! from a mirror, or draws it, and returns a [`Dataset`]. [`Split`] says which images are trained
//! on and which are held out for validation; [`epoch_order`] says in which order an epoch takes
//! them.
//!
//! ```
//! use fitroom_data::{Places, ReadOptions, Source, Split, epoch_order};
//!
//! let source: Source = "drawn".parse()?;
//! let dataset = source.load(&ReadOptions::default(), &Places::default(), &mut |_progress| {})?;
//! assert_eq!(dataset.train.class_counts(dataset.classes.len()), [6_000; 10]);
//!
//! // Seed 1 holds 5,000 images out. It also decides the order of the others in epoch 1.
//! let split = Split::new(dataset.train.len(), 5_000, 1);
//! let order = epoch_order(&split.train, 1, 1);
//! assert_eq!((split.validation.len(), order.len()), (5_000, 55_000));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(clippy::wildcard_enum_match_arm)]

mod acquisition;
mod array_shape;
mod assembly;
mod channel_statistics;
mod checksum;
mod cifar;
mod class_names;
mod contact_sheet;
mod csv;
mod dataset;
mod download;
mod drawn;
mod emnist_archive;
mod error;
mod file_roles;
mod finding;
mod findings;
#[cfg(test)]
mod findings_tests;
#[cfg(test)]
mod fixture;
mod folder;
mod format;
#[doc(hidden)]
pub mod hostile;
mod idx;
mod idx_directory;
mod idx_folder;
mod idx_names;
mod idx_problem;
mod image_files;
mod label;
mod mirror;
mod new_images;
mod new_picture;
mod npz;
mod places;
mod plain_text;
mod published;
mod read_options;
mod remote;
mod remote_files;
mod resize;
mod source;
mod source_error;
mod source_name;
mod split;
mod staged_loading;
mod staging;
mod staging_error;
mod unchecked;

pub use array_shape::ShapeProblem;
pub use channel_statistics::ChannelStatistics;
pub use checksum::{Checksum, ChecksumKind};
pub use cifar::{CifarFiles, CifarProblem};
pub use class_names::ClassNamesProblem;
pub use contact_sheet::contact_sheet;
pub use csv::{CsvFiles, CsvProblem};
pub use dataset::{Dataset, LabelledImages};
pub use download::{DownloadProgress, Timeouts};
pub use emnist_archive::EmnistProblem;
pub use error::DataError;
pub use file_roles::SeveralFit;
pub use finding::Finding;
pub use folder::{FolderProblem, PictureFolder};
pub use format::FileStatus;
pub use idx_directory::IdxDirectory;
pub use idx_problem::IdxProblem;
pub use image_files::ImageFiles;
pub use label::TooManyLabels;
pub use mirror::{DownloadError, MirrorFailure, MirrorProblem};
pub use new_images::{
    ArrayImagesProblem, NewImageError, NewImageSource, NewImages, NewImagesError,
};
pub use new_picture::{
    Invert, MOST_PICTURE_BYTES, MOST_PICTURE_PIXELS, ModelImages, NewPicture, NewPictureError,
    Surroundings, read_picture,
};
pub use npz::{ArrayProblem, NpzFiles, NpzProblem};
pub use places::Places;
pub use plain_text::{is_plain, is_plain_char, is_visible};
pub use published::{FASHION_MNIST, KMNIST, MNIST};
pub use read_options::{MAX_SIDE, OptionError, PixelRange, ReadOptions, RowShape, Size};
pub use remote::{Content, Remote, RemoteFile};
pub use source::Source;
pub use source_error::SourceError;
pub use split::{Split, epoch_order, held_out_by_default};
pub use staging_error::StagingError;
