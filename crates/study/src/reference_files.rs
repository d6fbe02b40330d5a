//! Reads the files of reference curves that a study names.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
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

    /// Whether the study file lies in a directory of results, where this or an earlier version of
    /// the program wrote it.
    pub fn is_stored(&self) -> bool {
        match self.place {
            CurvePlace::Stored(_) => true,
            CurvePlace::Directory(_) | CurvePlace::Memory(_) => false,
        }
    }

    /// The path of the file `name`, for messages.
    pub fn path(&self, name: &str) -> PathBuf {
        match self.place {
            CurvePlace::Directory(directory) | CurvePlace::Stored(directory) => {
                directory.join(name)
            }
            CurvePlace::Memory(_) => name.into(),
        }
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
            |error: std::io::Error| ReferenceProblem::Unreadable { message: error.to_string() };
        if let CurvePlace::Memory(files) = self.place {
            let file = files.iter().find(|(known, _)| *known == name);
            return match file {
                Some((_, text)) => Ok((*text).to_owned()),
                None => Err(unreadable(std::io::ErrorKind::NotFound.into())),
            };
        }
        let path = self.path(name);
        let file = match self.place {
            // Such a directory may come from anybody.
            CurvePlace::Stored(_) if !is_kept(name) => return Err(ReferenceProblem::NotKept),
            CurvePlace::Stored(_) => regular_file::open(&path).map_err(unreadable)?,
            // A file of the user's, which may be a link. Checked before it is opened, because
            // opening a pipe would wait for a writer.
            CurvePlace::Directory(_) | CurvePlace::Memory(_) => {
                if !fs::metadata(&path).map_err(unreadable)?.is_file() {
                    return Err(ReferenceProblem::NotAFile);
                }
                File::open(path).map_err(unreadable)?
            }
        };
        let mut bytes = Vec::new();
        file.take(self.room as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() > self.room {
            return Err(ReferenceProblem::TooLarge { limit: MOST_CURVE_BYTES });
        }
        String::from_utf8(bytes).map_err(|_| ReferenceProblem::NotText)
    }
}

/// Whether a study file in a directory of results may name this file: one in the directory of kept
/// curves.
fn is_kept(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    matches!(parts[..], [REFERENCE, file] if !file.contains('\\') && !file.starts_with('.'))
}
