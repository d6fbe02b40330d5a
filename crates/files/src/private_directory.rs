//! A directory into which only one user writes, also where everybody may, as in `/tmp`.

use std::fs::{self, DirBuilder};
use std::io::{self, Error, ErrorKind};
use std::path::{Path, PathBuf};

use crate::regular_file;

/// Creates `NAME-UID` in `parent`, if it does not exist, and `parent` too. Only this user may read it
/// or write into it. On systems other than Unix, it is called `NAME` and is what the system makes it.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] if something else has that name, such as a link, or if the directory
/// is another user's, or if others may write into it. And the system's errors.
pub fn private_directory(parent: &Path, name: &str) -> io::Result<PathBuf> {
    private(DirBuilder::new().recursive(true)).create(parent)?;
    let path = parent.join(own_name(name));
    match private(&mut DirBuilder::new()).create(&path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        created => created?,
    }
    regular_file::require_directory(&path)?;
    require_own(&fs::symlink_metadata(&path)?)?;
    Ok(path)
}

#[cfg(unix)]
fn private(builder: &mut DirBuilder) -> &mut DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    builder.mode(0o700)
}

#[cfg(not(unix))]
fn private(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}

#[cfg(unix)]
fn own_name(name: &str) -> String {
    format!("{name}-{}", user())
}

#[cfg(not(unix))]
fn own_name(name: &str) -> String {
    name.to_owned()
}

#[cfg(unix)]
fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(unix)]
fn require_own(there: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let problem = problem(there.uid(), there.mode() & 0o777, user());
    problem.map_or(Ok(()), |problem| Err(Error::new(ErrorKind::InvalidInput, problem)))
}

/// Why a directory is not `user`'s alone.
#[cfg(unix)]
fn problem(owner: u32, mode: u32, user: u32) -> Option<String> {
    if owner != user {
        return Some(format!("it belongs to user {owner}, and this is user {user}"));
    }
    let is_open = mode & 0o022 != 0;
    is_open.then(|| format!("other users may write into it (its mode is {mode:o})"))
}

#[cfg(not(unix))]
fn require_own(_: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn it_is_the_users_alone() {
        let dir = tempfile::tempdir().unwrap();
        let parent = dir.path().join("scratch");
        let path = private_directory(&parent, "fitroom").unwrap();
        assert_eq!(path, parent.join(format!("fitroom-{}", user())));
        assert_eq!((mode(&parent), mode(&path)), (0o700, 0o700));
        assert_eq!(private_directory(&parent, "fitroom").unwrap(), path, "it exists now");
        for (bits, problem) in [(0o770, "770"), (0o702, "702")] {
            fs::set_permissions(&path, fs::Permissions::from_mode(bits)).unwrap();
            let error = private_directory(&parent, "fitroom").unwrap_err().to_string();
            let expected = format!("other users may write into it (its mode is {problem})");
            assert_eq!(error, expected);
        }
    }

    #[test]
    fn nothing_planted_is_taken_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(own_name("fitroom"));
        let error = || private_directory(dir.path(), "fitroom").unwrap_err().to_string();
        let elsewhere = tempfile::tempdir().unwrap();
        symlink(elsewhere.path(), &path).unwrap();
        assert_eq!(error(), "it is a link and not a directory");
        fs::remove_file(&path).unwrap();
        symlink(dir.path().join("nowhere"), &path).unwrap();
        assert_eq!(error(), "it is a link and not a directory");
        fs::remove_file(&path).unwrap();
        fs::write(&path, "").unwrap();
        assert_eq!(error(), "it is a file and not a directory");
    }

    #[test]
    fn another_users_directory_is_refused() {
        assert_eq!(problem(7, 0o700, 7), None);
        assert_eq!(problem(7, 0o755, 7), None, "others may read what they can read elsewhere");
        let expected = "it belongs to user 7, and this is user 8";
        assert_eq!(problem(7, 0o700, 8).unwrap(), expected);
        assert_eq!(problem(7, 0o777, 8).unwrap(), expected);
    }
}
