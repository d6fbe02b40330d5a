//! The formats of image files that a user can name. A new format needs a reader (a file like
//! `csv/mod.rs`) and a line in the list below.

use std::fmt;
use std::path::Path;

use crate::assembly::Names;
use crate::cifar::CifarFiles;
use crate::csv::CsvFiles;
use crate::folder::PictureFolder;
use crate::format::{FileStatus, FormatOption, ImageFormat, check_options};
use crate::idx_directory::IdxDirectory;
use crate::npz::NpzFiles;
use crate::staging::Copier;
use crate::unchecked::ReadFiles;
use crate::{DataError, ReadOptions, SourceError};

macro_rules! image_formats {
    ($($(#[$doc:meta])* $format:ident($files:ty),)*) => {
        /// Image files of the user's own, by their format.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum ImageFiles {
            $($(#[$doc])* $format($files),)*
        }

        /// How each format is written.
        pub(crate) const SYNTAXES: &[&str] = &[$(<$files>::SYNTAX),*];

        impl ImageFiles {
            /// Reads a name such as `idx:DIR`: `None` if it has no format's prefix.
            pub(crate) fn parse(name: &str) -> Option<Result<Self, SourceError>> {
                $(if let Some(paths) = name.strip_prefix(<$files>::PREFIX) {
                    return Some(<$files>::parse(paths).map(ImageFiles::$format));
                })*
                None
            }

            /// The names of the data set.
            pub(crate) fn names(&self) -> Names {
                let origin = match self { $(ImageFiles::$format(files) => files.origin(),)* };
                Names { name: self.to_string(), title: self.to_string(), origin }
            }

            /// The directory that holds all files, if there is one.
            pub(crate) fn directory(&self) -> Option<&Path> {
                match self { $(ImageFiles::$format(files) => files.directory(),)* }
            }

            /// Refuses options that this format does not heed.
            fn check_options(&self, options: &ReadOptions) -> Result<(), DataError> {
                let (heeded, prefix): (&[FormatOption], _) = match self {
                    $(ImageFiles::$format(_) => (<$files>::OPTIONS, <$files>::PREFIX),)*
                };
                check_options(options, heeded, prefix)
            }

            /// Reads the training and the test images.
            pub(crate) fn read(&self, options: &ReadOptions) -> Result<ReadFiles, DataError> {
                self.check_options(options)?;
                match self { $(ImageFiles::$format(files) => files.read(options),)* }
            }

            /// Reads the images from copies of the files. `copy` makes them.
            pub(crate) fn read_copies(
                &self,
                options: &ReadOptions,
                copy: &mut Copier,
            ) -> Result<ReadFiles, DataError> {
                self.check_options(options)?;
                match self { $(ImageFiles::$format(files) => files.read_copies(options, copy),)* }
            }

            /// Checks each file by itself.
            pub(crate) fn verify(&self, options: &ReadOptions) -> Result<Vec<FileStatus>, DataError> {
                self.check_options(options)?;
                match self { $(ImageFiles::$format(files) => files.verify(options),)* }
            }
        }

        impl fmt::Display for ImageFiles {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(ImageFiles::$format(files) => {
                        write!(f, "{}{}", <$files>::PREFIX, files.paths())
                    })*
                }
            }
        }
    };
}

image_formats! {
    /// `idx:DIR`: a directory with IDX files, gzipped or not.
    Idx(IdxDirectory),
    /// `csv:TRAIN,TEST`: one image per line, with its label.
    Csv(CsvFiles),
    /// `folder:DIR`: a folder of PNG and JPEG pictures per class.
    Folder(PictureFolder),
    /// `cifar:PATH`: the binary files of CIFAR-10 or CIFAR-100, or their archive.
    Cifar(CifarFiles),
    /// `npz:FILE`, `npz:DIR` or `npz:TRAIN,TEST`: arrays of NumPy.
    Npz(NpzFiles),
}
