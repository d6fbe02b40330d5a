//! Finds file systems on which a lock holds on one host only.

use std::path::Path;

/// Why a lock of a file in `dir` keeps out no process of another host, as `the option local_lock=all of
/// its nfs4 mount`. `None` if it does, as far as the mount tells; also `None` on systems other than Linux.
///
/// NFS: nfs(5), `nolock` and `local_lock`. Lustre: mount.lustre(8), `localflock` and `noflock`.
pub fn local_locks(dir: &Path) -> Option<String> {
    let dir = std::path::absolute(dir).ok()?;
    let dir = dir.canonicalize().unwrap_or(dir);
    in_mounts(&std::fs::read_to_string("/proc/self/mountinfo").ok()?, &dir)
}

/// The same, from the text of `/proc/self/mountinfo`: proc_pid_mountinfo(5).
fn in_mounts(mounts: &str, dir: &Path) -> Option<String> {
    // Of several mounts at one place, the last one hides the others.
    let mount = mounts.lines().filter_map(Mount::parse).filter(|mount| dir.starts_with(&mount.at));
    let mount = mount.max_by_key(|mount| Path::new(&mount.at).components().count())?;
    let local: &[&str] = match mount.file_system {
        "nfs" | "nfs4" => &["nolock", "local_lock=all", "local_lock=flock"],
        "lustre" => &["localflock", "noflock"],
        _ => &[],
    };
    let option = mount.options.split(',').find(|option| local.contains(option))?;
    Some(format!("the option {option} of its {} mount", mount.file_system))
}

struct Mount<'a> {
    at: String,
    file_system: &'a str,
    /// Of the file system, not of the mount point.
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (mount, of_file_system) = line.split_once(" - ")?;
        let mut of_file_system = of_file_system.split(' ');
        Some(Mount {
            at: unescaped(mount.split(' ').nth(4)?),
            file_system: of_file_system.next()?,
            options: of_file_system.nth(1)?,
        })
    }
}

/// Blanks, tabs, line ends and backslashes are written as octal numbers.
fn unescaped(path: &str) -> String {
    let codes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    codes.iter().fold(path.to_owned(), |path, (code, char)| path.replace(code, char))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / /home rw,relatime shared:1 - nfs4 server:/home rw,vers=4.2,local_lock=none,addr=10.0.0.1
31 22 0:41 / /old rw - nfs server:/old rw,vers=3,nolock,local_lock=all
32 22 0:42 / /my\\040scratch rw - lustre mds@tcp:/scratch rw,localflock
33 32 0:43 / /my\\040scratch/flock rw - lustre mds@tcp:/flock rw,flock
34 22 0:44 / /old/hidden rw - nfs server:/a rw,nolock
35 22 0:45 / /old/hidden rw - ext4 /dev/vdb rw
";

    #[test]
    fn mounts_with_local_locks_are_found() {
        let found = |dir: &str| in_mounts(MOUNTS, Path::new(dir));
        assert_eq!(found("/home/me/out"), None);
        assert_eq!(found("/var/out"), None);
        assert_eq!(found("/old/out").unwrap(), "the option nolock of its nfs mount");
        let lustre = found("/my scratch/out").unwrap();
        assert_eq!(lustre, "the option localflock of its lustre mount");
        assert_eq!(found("/my scratch/flock/out"), None);
        assert_eq!(found("/older"), None, "its name only begins like another's");
        assert_eq!(found("/old/hidden/out"), None, "the mount on top counts");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_local_directory_has_locks() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(local_locks(dir.path()), None);
        assert_eq!(local_locks(&dir.path().join("not there yet")), None);
    }
}
