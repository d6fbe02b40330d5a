//! Tests of locks.

use std::thread;
use std::time::Duration;

use super::*;
use crate::SystemDisk;

#[test]
fn a_lock_is_held_by_one_and_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let first = LockFile::take(&SystemDisk, &path, Sharing::Alone).unwrap();
    let owner = format!("process {} on ", std::process::id());
    assert!(looks_like_owner(&fs::read(&path).unwrap()));
    match LockFile::take(&SystemDisk, &path, Sharing::Alone).unwrap_err() {
        LockError::Taken { owner: found } => assert!(found.starts_with(&owner), "{found}"),
        LockError::Io { source, .. } => panic!("{source}"),
    }
    drop(first);
    LockFile::take(&SystemDisk, &path, Sharing::Alone).unwrap();
}

#[test]
fn a_shared_lock_keeps_out_who_wants_it_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let take = |sharing| LockFile::take(&SystemDisk, &path, sharing);
    let first = take(Sharing::Together).unwrap();
    assert!(first.is_kept());
    let second = take(Sharing::Together).unwrap();
    assert!(matches!(take(Sharing::Alone), Err(LockError::Taken { .. })));
    drop((first, second));
    let alone = take(Sharing::Alone).unwrap();
    assert!(matches!(take(Sharing::Together), Err(LockError::Taken { .. })));
    drop(alone);
}

#[test]
fn who_asks_for_the_owner_learns_it_and_holds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    assert_eq!(LockFile::owner(&path, Sharing::Together).unwrap(), None, "there is no file");
    let lock = LockFile::take(&SystemDisk, &path, Sharing::Alone).unwrap();
    let owner = LockFile::owner(&path, Sharing::Together).unwrap().unwrap();
    assert!(owner.starts_with(&format!("process {} on ", std::process::id())), "{owner}");
    drop(lock);
    assert_eq!(
        LockFile::owner(&path, Sharing::Together).unwrap(),
        None,
        "the file of an ended process"
    );
    let together = LockFile::take(&SystemDisk, &path, Sharing::Together).unwrap();
    assert_eq!(LockFile::owner(&path, Sharing::Together).unwrap(), None, "it may come too");
    assert!(LockFile::owner(&path, Sharing::Alone).unwrap().is_some());
    drop(together);
    let lock = LockFile::take(&SystemDisk, &path, Sharing::Alone).unwrap();
    lock.remove(&SystemDisk).unwrap();
    assert!(!path.exists());
}

#[test]
fn who_waits_gets_the_lock_also_if_the_file_was_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let first = LockFile::wait(&SystemDisk, &path).unwrap();
    let waiting = thread::spawn({
        let path = path.clone();
        move || LockFile::wait(&SystemDisk, &path).unwrap()
    });
    // Time to begin to wait. If it has not, the test passes all the same.
    thread::sleep(Duration::from_millis(50));
    fs::remove_file(&path).unwrap();
    let other = LockFile::take(&SystemDisk, &path, Sharing::Alone).unwrap();
    drop(first);
    thread::sleep(Duration::from_millis(50));
    assert!(!waiting.is_finished(), "the file of that name is locked by another");
    drop(other);
    let _second = waiting.join().unwrap();
    LockFile::take(&SystemDisk, &path, Sharing::Alone).unwrap_err();
}

#[test]
#[cfg(unix)]
fn a_locked_directory_stays_locked_without_its_lock_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lock");
    let lock = lock_directory(dir.path(), &path, Sharing::Alone).unwrap();
    assert!(lock.is_some());
    let error = lock_directory(dir.path(), &path, Sharing::Alone).unwrap_err();
    assert!(matches!(error, LockError::Taken { owner } if owner.is_empty()));
}

#[test]
#[cfg(unix)]
fn a_link_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (mine, path) = (dir.path().join("mine"), dir.path().join("lock"));
    fs::write(&mine, "years of work").unwrap();
    std::os::unix::fs::symlink(&mine, &path).unwrap();
    let error = LockFile::take(&SystemDisk, &path, Sharing::Alone).unwrap_err().to_string();
    assert!(error.ends_with("it is a link and not a regular file"), "{error}");
    assert_eq!(fs::read(&mine).unwrap(), b"years of work");
}

#[test]
#[cfg(unix)]
fn a_file_with_another_name_keeps_its_content() {
    let dir = tempfile::tempdir().unwrap();
    let (mine, path) = (dir.path().join("mine"), dir.path().join("lock"));
    fs::write(&mine, "years of work").unwrap();
    fs::hard_link(&mine, &path).unwrap();
    let _lock = LockFile::take(&SystemDisk, &path, Sharing::Alone).unwrap();
    assert_eq!(fs::read(&mine).unwrap(), b"years of work");
    assert!(looks_like_owner(&fs::read(&path).unwrap()));
}

#[test]
fn owners_are_told_from_other_texts() {
    for owner in ["", "pro", "process 1 on a\n"] {
        assert!(looks_like_owner(owner.as_bytes()), "{owner}");
    }
    for other in ["my notes", "processes", &"process ".repeat(100)] {
        assert!(!looks_like_owner(other.as_bytes()), "{other}");
    }
}
