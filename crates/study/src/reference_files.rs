//! Reads the files of reference curves that a study names.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use fitroom_files::regular_file;

use crate::ReferenceProblem;
use crate::file_names::REFERENCE;
use crate::reference_table::ReferenceTable;

/// Most bytes of all files of reference curves of a study together. The eight curves of the
/// built-in study `report` take six thousand.
pub(crate) const MOST_CURVE_BYTES: usize = 1 << 20;

/// Where the files lie that a study file names.
#[derive(Clone, Copy)]
pub(crate) enum CurvePlace<'a> {
    /// In the directory of the study file.
    Directory(&'a Path),
    /// In the directory of results that holds the study file.
    Stored(&'a Path),
    /// In memory, as pairs of name and text.
    Memory(&'a [(&'a str, &'a str)]),
}

/// Why a file that a study file names can't be opened.
pub(crate) enum OpenProblem {
    Unreadable(io::Error),
    /// A directory, a pipe or a device.
    NotAFile,
    /// A stored study names a file that is not among those that are kept with it.
    NotKept,
}

impl CurvePlace<'_> {
    /// Whether the study file lies in a directory of results, where this or an earlier version of
    /// the program wrote it.
    pub fn is_stored(self) -> bool {
        match self {
            CurvePlace::Stored(_) => true,
            CurvePlace::Directory(_) | CurvePlace::Memory(_) => false,
        }
    }

    /// The path of the file `name`, for messages.
    pub fn path(self, name: &str) -> PathBuf {
        match self {
            CurvePlace::Directory(directory) | CurvePlace::Stored(directory) => {
                directory.join(name)
            }
            CurvePlace::Memory(_) => name.into(),
        }
    }

    /// Opens the file `name`. In a directory of results it must lie in the directory `kept_in`. Files in
    /// memory are no files that can be opened.
    pub fn open(self, name: &str, kept_in: &str) -> Result<File, OpenProblem> {
        let path = self.path(name);
        match self {
            CurvePlace::Memory(_) => Err(OpenProblem::Unreadable(io::ErrorKind::NotFound.into())),
            // Such a directory may come from anybody.
            CurvePlace::Stored(_) if !is_in(kept_in, name) => Err(OpenProblem::NotKept),
            CurvePlace::Stored(_) => regular_file::open(&path).map_err(OpenProblem::Unreadable),
            // A file of the user's, which may be a link. Checked before it is opened, because
            // opening a pipe would wait for a writer.
            CurvePlace::Directory(_) => {
                if !fs::metadata(&path).map_err(OpenProblem::Unreadable)?.is_file() {
                    return Err(OpenProblem::NotAFile);
                }
                File::open(path).map_err(OpenProblem::Unreadable)
            }
        }
    }
}

/// Reads the tables of reference curves that a study file names. It reads each file once.
pub(crate) struct CurveReader<'a> {
    place: CurvePlace<'a>,
    tables: HashMap<String, ReferenceTable>,
    /// Bytes that may still be read.
    room: usize,
}

impl<'a> CurveReader<'a> {
    pub fn new(place: CurvePlace<'a>) -> Self {
        CurveReader { place, tables: HashMap::new(), room: MOST_CURVE_BYTES }
    }

    /// As [`CurvePlace::is_stored`].
    pub fn is_stored(&self) -> bool {
        self.place.is_stored()
    }

    /// As [`CurvePlace::path`].
    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path(name)
    }

    /// The table in the file `name`.
    pub fn table(&mut self, name: &str) -> Result<&ReferenceTable, ReferenceProblem> {
        if !self.tables.contains_key(name) {
            let text = self.read(name)?;
            let left = self.room.checked_sub(text.len());
            self.room = left.ok_or(ReferenceProblem::TooLarge { limit: MOST_CURVE_BYTES })?;
            self.tables.insert(name.to_owned(), ReferenceTable::parse(&text)?);
        }
        Ok(&self.tables[name])
    }

    /// The text of the file `name`. Reads one byte more than there is room for, and no more.
    fn read(&self, name: &str) -> Result<String, ReferenceProblem> {
        let unreadable =
            |error: io::Error| ReferenceProblem::Unreadable { message: error.to_string() };
        if let CurvePlace::Memory(files) = self.place {
            let file = files.iter().find(|(known, _)| *known == name);
            return match file {
                Some((_, text)) => Ok((*text).to_owned()),
                None => Err(unreadable(io::ErrorKind::NotFound.into())),
            };
        }
        let file = self.place.open(name, REFERENCE).map_err(|problem| match problem {
            OpenProblem::Unreadable(error) => unreadable(error),
            OpenProblem::NotAFile => ReferenceProblem::NotAFile,
            OpenProblem::NotKept => ReferenceProblem::NotKept,
        })?;
        let mut bytes = Vec::new();
        file.take(self.room as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() > self.room {
            return Err(ReferenceProblem::TooLarge { limit: MOST_CURVE_BYTES });
        }
        String::from_utf8(bytes).map_err(|_| ReferenceProblem::NotText)
    }
}

/// Whether a study file in a directory of results may name this file: one in the directory `kept_in`.
fn is_in(kept_in: &str, name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    matches!(parts[..], [directory, file] if directory == kept_in && !file.contains('\\') && !file.starts_with('.'))
}
