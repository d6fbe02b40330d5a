//! Opens files in a directory that may come from anybody. Nothing but a regular file is opened: a
//! link could lead to any file of the user, and opening a pipe would wait for its other end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Error, ErrorKind};
use std::path::Path;

/// Opens the regular file at `path` for reading.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] if something else has that name, and the system's errors.
pub fn open(path: &Path) -> io::Result<File> {
    open_with(File::options().read(true), path)
}

/// Opens the regular file at `path` with these options, or creates it if they say so. The options
/// must not truncate: the content is lost then before the file is known to be regular.
///
/// # Errors
/// Like [`open`].
pub fn open_with(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    // Looked at first, for a message that says what is there. The name may change its meaning
    // before the file is opened, so the system is told too, and the opened file is looked at.
    match fs::symlink_metadata(path) {
        Ok(there) => require_regular(&there)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    let file = options.open(path)?;
    require_regular(&file.metadata()?)?;
    Ok(file)
}

/// Opens the regular file at `path` for reading, or the one to which a link there leads.
///
/// # Errors
/// Like [`open`].
pub fn open_followed(path: &Path) -> io::Result<File> {
    require_regular(&fs::metadata(path)?)?;
    let mut options = File::options();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK);
    }
    let file = options.read(true).open(path)?;
    require_regular(&file.metadata()?)?;
    Ok(file)
}

/// Fails if `path` is anything but a directory, such as a link to one. A missing one is fine.
///
/// # Errors
/// Like [`open`].
pub fn require_directory(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => Ok(()),
        Ok(there) => Err(not_a("directory", &there)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn require_regular(there: &fs::Metadata) -> io::Result<()> {
    if there.is_file() { Ok(()) } else { Err(not_a("regular file", there)) }
}

fn not_a(expected: &str, there: &fs::Metadata) -> Error {
    let is = match () {
        () if there.is_symlink() => "a link",
        () if there.is_dir() => "a directory",
        () if there.is_file() => "a file",
        () => "a pipe or a device",
    };
    Error::new(ErrorKind::InvalidInput, format!("it is {is} and not a {expected}"))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn regular_files_are_opened() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        assert_eq!(open(&path).unwrap_err().kind(), ErrorKind::NotFound);
        fs::write(&path, "text").unwrap();
        let mut text = String::new();
        open(&path).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "text");
        let error = open(dir.path()).unwrap_err().to_string();
        assert_eq!(error, "it is a directory and not a regular file");
        require_directory(dir.path()).unwrap();
        require_directory(&dir.path().join("none")).unwrap();
        assert_eq!(
            require_directory(&path).unwrap_err().to_string(),
            "it is a file and not a directory"
        );
    }

    #[test]
    #[cfg(unix)]
    fn links_and_pipes_are_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let (target, link, pipe) =
            (dir.path().join("target"), dir.path().join("link"), dir.path().join("pipe"));
        fs::write(&target, "mine").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let append = || File::options().append(true).create(true).clone();
        for (path, is) in [(&link, "a link"), (&pipe, "a pipe or a device")] {
            let expected = format!("it is {is} and not a regular file");
            assert_eq!(open(path).unwrap_err().to_string(), expected);
            assert_eq!(open_with(&mut append(), path).unwrap_err().to_string(), expected);
        }
        let mut text = String::new();
        open_followed(&link).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "mine");
        let error = open_followed(&pipe).unwrap_err().to_string();
        assert_eq!(error, "it is a pipe or a device and not a regular file");
        // A link that leads nowhere: the file there must not be created.
        fs::remove_file(&target).unwrap();
        open_with(&mut append(), &link).unwrap_err();
        assert!(!target.exists());
        let linked = dir.path().join("linked");
        std::os::unix::fs::symlink(dir.path(), &linked).unwrap();
        let error = require_directory(&linked).unwrap_err().to_string();
        assert_eq!(error, "it is a link and not a directory");
    }
}
