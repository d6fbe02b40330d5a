//! The files that are copied: what identifies them, and whether a copy of them is complete.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::DataError;
use crate::dataset::hex;

/// Raised when copies are laid out in another way.
const VERSION: &[u8] = b"fitroom staged files 1";

/// A file of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StagedFile {
    /// The file itself, or a link to it.
    pub(crate) original: PathBuf,
    /// Where its copy lies in the directory of copies. Has no `..` in it.
    pub(crate) name: PathBuf,
}

impl StagedFile {
    /// Files whose copies all lie in one directory.
    pub(crate) fn flat<P: Into<PathBuf>>(originals: impl IntoIterator<Item = P>) -> Vec<Self> {
        let file = |original: PathBuf| {
            let name = original.file_name().unwrap_or_default().into();
            StagedFile { original, name }
        };
        originals.into_iter().map(|original| file(original.into())).collect()
    }

    /// A file whose copy lies in a directory of its own, so that two files may have the same name.
    pub(crate) fn within(directory: &str, original: &Path) -> Self {
        let name = Path::new(directory).join(original.file_name().unwrap_or_default());
        StagedFile { original: original.to_owned(), name }
    }
}

/// A file as it is now.
#[derive(Debug)]
pub(super) struct Original {
    pub(super) file: StagedFile,
    pub(super) bytes: u64,
    times: Times,
}

/// When a file was last written, and when anything of it last changed.
///
/// Programs set the first one as they like, as `cp -p` does. The second one is the system's own: with
/// it, a file of the same size and time of writing is still known to be another one. Zero where there
/// is no such time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Times {
    written: [i64; 2],
    changed: [i64; 2],
}

impl Original {
    fn look(file: StagedFile) -> Result<Self, DataError> {
        let there = fs::metadata(&file.original);
        let there = there.map_err(DataError::io("open", &file.original))?;
        let times = Times::of(&there).map_err(DataError::io("read", &file.original))?;
        Ok(Original { file, bytes: there.len(), times })
    }

    /// Whether the file was written to since.
    fn is_written(&self) -> Result<bool, DataError> {
        let now = Original::look(self.file.clone())?;
        Ok((now.bytes, now.times.written) != (self.bytes, self.times.written))
    }

    fn is_copied_to(&self, directory: &Path) -> bool {
        let copy = fs::symlink_metadata(directory.join(&self.file.name));
        copy.is_ok_and(|copy| copy.is_file() && copy.len() == self.bytes)
    }
}

impl Times {
    #[cfg(unix)]
    fn of(there: &Metadata) -> std::io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        Ok(Times {
            written: [there.mtime(), there.mtime_nsec()],
            changed: [there.ctime(), there.ctime_nsec()],
        })
    }

    #[cfg(not(unix))]
    fn of(there: &Metadata) -> std::io::Result<Self> {
        let since = there.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let written = [since.as_secs().cast_signed(), i64::from(since.subsec_nanos())];
        Ok(Times { written, changed: [0; 2] })
    }
}

/// All files of a data set as they are now.
#[derive(Debug)]
pub(crate) struct Originals(pub(super) Vec<Original>);

impl Originals {
    /// Looks at the files, several at a time: a shared file system is slow to answer.
    ///
    /// # Errors
    /// If one is missing.
    pub(crate) fn look(files: Vec<StagedFile>) -> Result<Self, DataError> {
        files.into_par_iter().map(Original::look).collect::<Result<_, _>>().map(Originals)
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.0.iter().map(|original| original.bytes).sum()
    }

    /// A hash of where each file is, of its size and its times, and of where its copy lies.
    ///
    /// # Errors
    /// If the current directory, where relative paths begin, is not known.
    pub(crate) fn key(&self) -> Result<String, DataError> {
        let mut hash = Sha256::new();
        hash.update(VERSION);
        for Original { file, bytes, times } in &self.0 {
            let path = std::path::absolute(&file.original);
            let path = path.map_err(DataError::io("find", &file.original))?;
            for path in [&path, &file.name] {
                let path = path.as_os_str().as_encoded_bytes();
                hash.update((path.len() as u64).to_le_bytes());
                hash.update(path);
            }
            hash.update(bytes.to_le_bytes());
            let times = [times.written, times.changed];
            times.as_flattened().iter().for_each(|time| hash.update(time.to_le_bytes()));
        }
        Ok(hex(&hash.finalize()))
    }

    /// Whether `directory` holds a copy of each file, of the right size. Programs that tidy up
    /// temporary directories remove old files one by one.
    pub(super) fn are_copied_to(&self, directory: &Path) -> bool {
        let is_there = fs::symlink_metadata(directory).is_ok_and(|there| there.is_dir());
        is_there && self.0.par_iter().all(|original| original.is_copied_to(directory))
    }

    /// A file that was written to since this looked at it.
    ///
    /// # Errors
    /// If one is missing by now.
    pub(super) fn written_since(&self) -> Result<Option<&Path>, DataError> {
        let written = self
            .0
            .par_iter()
            .map(|original| Ok(original.is_written()?.then_some(original.file.original.as_path())));
        let written: Vec<Option<&Path>> = written.collect::<Result<_, DataError>>()?;
        Ok(written.into_iter().flatten().next())
    }
}
