//! The control group of this process: processes that share a limit of memory. Linux has two
//! versions of control groups, with other files.

use std::fs;
use std::path::{Path, PathBuf};

/// A control group that limits memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ControlGroup {
    /// The group's path, as the kernel names it. Inside a container it may be a path outside.
    path: String,
    /// The directory that describes the group.
    dir: PathBuf,
    /// The directory of the group that holds all others.
    root: PathBuf,
    files: &'static Files,
}

/// The files of a version of control groups.
#[derive(Debug, PartialEq, Eq)]
struct Files {
    limit: &'static str,
    used: &'static str,
    /// The line of `memory.stat` with the bytes of cached files that are not in use.
    reclaimable: &'static str,
    /// The file with the line `oom_kill`: how many processes were ended for want of memory.
    events: &'static str,
}

static VERSION_1: Files = Files {
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    reclaimable: "total_inactive_file",
    events: "memory.oom_control",
};

static VERSION_2: Files = Files {
    limit: "memory.max",
    used: "memory.current",
    reclaimable: "inactive_file",
    events: "memory.events",
};

/// A limit from which on it is none: version 1 writes about 2^63 where there is no limit.
const NO_LIMIT: u64 = 1 << 60;

impl ControlGroup {
    /// The group of this process; `None` if the system has no control groups that limit memory.
    pub fn own() -> Option<Self> {
        let own_groups = fs::read_to_string("/proc/self/cgroup").ok()?;
        Self::find(&own_groups, Path::new("/sys/fs/cgroup"))
    }

    /// `own_groups` is the text of `/proc/self/cgroup`, and `mount` is where groups are mounted.
    pub(crate) fn find(own_groups: &str, mount: &Path) -> Option<Self> {
        let groups =
            || own_groups.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
        let of_version_1 = groups()
            .find(|(controllers, _)| controllers.split(',').any(|name| name == "memory"))
            .map(|(_, path)| (path, mount.join("memory"), &VERSION_1));
        let of_version_2 = || {
            let (_, path) = groups().find(|(controllers, _)| controllers.is_empty())?;
            Some((path, mount.to_owned(), &VERSION_2))
        };
        let (path, root, files) = of_version_1.or_else(of_version_2)?;
        // A container may see its own group as the root, under a path that it does not see.
        let seen = root.join(path.trim_start_matches('/'));
        let is_seen = !path.contains("..") && seen.is_dir();
        let dir = if is_seen { seen } else { root.clone() };
        dir.is_dir().then(|| ControlGroup { path: path.to_owned(), dir, root, files })
    }

    /// The group's path, as the kernel names it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Bytes that the limits of the group and of the groups around it leave; `None` if there is no
    /// limit.
    pub fn free(&self) -> Option<u64> {
        self.with_parents().filter_map(|dir| self.free_in(dir)).min()
    }

    /// The lowest limit of the group and of the groups around it.
    pub fn limit(&self) -> Option<u64> {
        self.with_parents().filter_map(|dir| self.limit_of(dir)).min()
    }

    /// How many processes of the group were ended for want of memory; `None` if the system does
    /// not tell.
    pub fn oom_kills(&self) -> Option<u64> {
        let count =
            |dir: &Path| field(&fs::read_to_string(dir.join(self.files.events)).ok()?, "oom_kill");
        // A group without files of its own is counted in the one around it.
        self.with_parents().find_map(count)
    }

    fn with_parents(&self) -> impl Iterator<Item = &Path> {
        self.dir.ancestors().take_while(|dir| dir.starts_with(&self.root))
    }

    fn limit_of(&self, dir: &Path) -> Option<u64> {
        number(&dir.join(self.files.limit)).filter(|&limit| limit < NO_LIMIT)
    }

    fn free_in(&self, dir: &Path) -> Option<u64> {
        let (limit, used) = (self.limit_of(dir)?, number(&dir.join(self.files.used))?);
        // The system can drop cached files that are not in use.
        let reclaimable = fs::read_to_string(dir.join("memory.stat"))
            .ok()
            .and_then(|text| field(&text, self.files.reclaimable));
        Some(limit.saturating_sub(used.saturating_sub(reclaimable.unwrap_or(0))))
    }
}

/// The number that is the content of a file.
fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The number after `name`, in lines of a name and a number.
pub(crate) fn field(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_whitespace);
    lines
        .find_map(|mut words| if words.next()? == name { words.next()?.parse().ok() } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes files into a group's directory, which it makes.
    fn write(dir: &Path, files: &[(&str, &str)]) {
        fs::create_dir_all(dir).unwrap();
        files.iter().for_each(|(name, text)| fs::write(dir.join(name), text).unwrap());
    }

    #[test]
    fn a_group_of_version_2_has_what_its_limit_and_its_parents_leave() {
        let mount = tempfile::tempdir().unwrap();
        let parent = mount.path().join("user.slice");
        let dir = parent.join("shell.scope");
        let own = "0::/user.slice/shell.scope\n";
        write(&dir, &[("memory.events", "oom 3\noom_kill 2\n"), ("memory.current", "700\n")]);
        let group = ControlGroup::find(own, mount.path()).unwrap();
        assert_eq!((group.free(), group.limit(), group.oom_kills()), (None, None, Some(2)));
        write(&dir, &[("memory.max", "max\n")]);
        assert_eq!((group.free(), group.limit()), (None, None));
        write(&dir, &[("memory.max", "1000\n")]);
        assert_eq!((group.free(), group.limit()), (Some(300), Some(1000)));
        write(&dir, &[("memory.stat", "anon 500\ninactive_file 150\nactive_file 40\n")]);
        assert_eq!(group.free(), Some(450));
        write(&parent, &[("memory.max", "900\n"), ("memory.current", "800\n")]);
        assert_eq!((group.free(), group.limit()), (Some(100), Some(900)));
        write(&dir, &[("memory.max", "100\n")]);
        assert_eq!((group.free(), group.limit()), (Some(0), Some(100)));
    }

    #[test]
    fn a_group_of_version_1_is_the_one_of_the_memory_controller() {
        let mount = tempfile::tempdir().unwrap();
        let own = "9:name=systemd:/\n5:cpu,memory:/outer/jobs\n3:cpu:/fast\n0::/\n";
        let dir = mount.path().join("memory/outer/jobs");
        write(&dir, &[("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n")]);
        let group = ControlGroup::find(own, mount.path()).unwrap();
        assert_eq!((group.path(), group.oom_kills()), ("/outer/jobs", Some(7)));
        write(&dir, &[("memory.limit_in_bytes", "9223372036854771712\n")]);
        write(&dir, &[("memory.usage_in_bytes", "600\n")]);
        assert_eq!((group.free(), group.limit()), (None, None), "the kernel's word for no limit");
        write(&dir, &[("memory.limit_in_bytes", "1000\n")]);
        assert_eq!(group.free(), Some(400));
        write(&dir, &[("memory.stat", "inactive_file 1\ntotal_inactive_file 50\n")]);
        assert_eq!(group.free(), Some(450));
    }

    #[test]
    fn a_container_that_does_not_see_its_path_is_the_root_of_what_it_sees() {
        for (own, root, files) in [
            ("5:memory:/docker/abc\n", "memory", &VERSION_1),
            ("0::/../abc\n", "", &VERSION_2),
            ("0::/\n", "", &VERSION_2),
        ] {
            let mount = tempfile::tempdir().unwrap();
            write(&mount.path().join(root), &[(files.limit, "1000\n"), (files.used, "999\n")]);
            let group = ControlGroup::find(own, mount.path()).unwrap();
            assert_eq!((group.free(), group.oom_kills()), (Some(1), None), "{own}");
        }
        let nowhere = tempfile::tempdir().unwrap();
        assert_eq!(ControlGroup::find("5:memory:/a\n", nowhere.path()), None);
        assert_eq!(ControlGroup::find("3:cpu:/a\n", nowhere.path()), None);
    }
}
