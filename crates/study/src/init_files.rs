//! Reads the files of initial weights that a study names.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use crate::InitProblem;
use crate::file_names::INIT;
use crate::init::InitFile;
use crate::reference_files::{CurvePlace, OpenProblem};

/// Most bytes of all files of initial weights of a study together. They stay in memory while the study
/// runs. The largest network of the built-in study `report` has 13 MB.
pub(crate) const MOST_INIT_BYTES: u64 = 512 << 20;

/// Reads the files of initial weights that a study file names. It reads each file once.
pub(crate) struct InitReader<'a> {
    place: CurvePlace<'a>,
    files: HashMap<String, Arc<InitFile>>,
    /// Bytes that may still be read.
    room: u64,
}

impl<'a> InitReader<'a> {
    pub fn new(place: CurvePlace<'a>) -> Self {
        InitReader { place, files: HashMap::new(), room: MOST_INIT_BYTES }
    }

    /// The path of the file `name`, for messages.
    pub fn path(&self, name: &str) -> String {
        self.place.path(name).display().to_string()
    }

    /// The file `name`.
    pub fn file(&mut self, name: &str) -> Result<Arc<InitFile>, InitProblem> {
        if let Some(file) = self.files.get(name) {
            return Ok(Arc::clone(file));
        }
        let bytes = self.read(name)?;
        let file = Arc::new(InitFile::parse(&bytes)?);
        if self.place.is_stored() {
            file.check_name(name)?;
        }
        self.files.insert(name.to_owned(), Arc::clone(&file));
        Ok(file)
    }

    /// The bytes of the file `name`. Reads one byte more than there is room for, and no more.
    fn read(&mut self, name: &str) -> Result<Vec<u8>, InitProblem> {
        let unreadable =
            |error: std::io::Error| InitProblem::Unreadable { message: error.to_string() };
        let too_large = InitProblem::TooLarge { limit: MOST_INIT_BYTES };
        let file = self.place.open(name, INIT).map_err(|problem| match problem {
            OpenProblem::Unreadable(error) => unreadable(error),
            OpenProblem::NotAFile => InitProblem::NotAFile,
            OpenProblem::NotKept => InitProblem::NotKept,
        })?;
        let len = file.metadata().map_err(unreadable)?.len();
        if len > self.room {
            return Err(too_large);
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(len as usize).map_err(|error| unreadable(error.into()))?;
        file.take(self.room + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        self.room = self.room.checked_sub(bytes.len() as u64).ok_or(too_large)?;
        Ok(bytes)
    }
}
