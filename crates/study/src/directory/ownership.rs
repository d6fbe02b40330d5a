//! Which directories are ours to write into.

use std::fs;
use std::path::Path;

use crate::file_names::{LOCK_FILE, STUDY_FILE, STUDY_LOCK};
use crate::{StoreError, files, stored_files};

/// Refuses a directory without a study file that holds anything, except for what a killed process
/// of this program may have left there before it wrote one.
pub(super) fn refuse_foreign(dir: &Path) -> Result<(), StoreError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        // The directory does not exist, or making it will tell what is wrong.
        Err(_) => return Ok(()),
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_ours = match fitroom_files::leftover_of(&name) {
            Some(of) => of == STUDY_FILE,
            // Another process began a study here a moment ago.
            None if name == STUDY_FILE => true,
            None => [LOCK_FILE, STUDY_LOCK].contains(&&*name) && is_our_lock(&entry.path()),
        };
        // The other process may have gone on since somebody looked for its study file. It writes that
        // file before any other.
        if !is_ours && !stored_files::is_ours(dir)? {
            return Err(StoreError::NotAStudy { dir: dir.to_owned() });
        }
    }
    Ok(())
}

/// Whether the lock file holds what this program writes into it.
fn is_our_lock(path: &Path) -> bool {
    const MOST_BYTES: u64 = 1000;
    match files::read_at_most(path, MOST_BYTES) {
        Ok(text) => text.is_none_or(|text| fitroom_files::looks_like_owner(&text)),
        // Windows lets nobody read a locked file.
        Err(error) => matches!(error, StoreError::Read { .. }) && cfg!(windows),
    }
}
