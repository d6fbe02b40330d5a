//! Checks that there is enough memory for a network before it is made. Linux promises more memory
//! than it has; when that is used, it kills the process, and all runs with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::RunFailure;

/// Fails if `needed` bytes of memory are not available.
pub(crate) fn require(needed: u64) -> Result<(), RunFailure> {
    let free = free();
    // A process learns its limit (`ulimit -v`) only when it asks for more.
    let is_refused = || {
        usize::try_from(needed)
            .map_or(true, |bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_err())
    };
    if free.is_some_and(|free| needed > free) || is_refused() {
        return Err(RunFailure::Memory { needed, free });
    }
    Ok(())
}

/// Bytes of this machine's memory; `None` if the system does not tell, as on Windows.
pub(crate) fn total() -> Option<u64> {
    if cfg!(target_os = "macos") {
        let output = Command::new("sysctl").args(["-n", "hw.memsize"]).output().ok()?;
        return String::from_utf8(output.stdout).ok()?.trim().parse().ok();
    }
    of_machine("MemTotal:")
}

/// Bytes in the line `name` of Linux's `/proc/meminfo`.
fn of_machine(name: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    field(&text, name)?.checked_mul(1024)
}

/// Bytes that a process can have before the system must swap or kill; `None` if the system does not
/// tell.
fn free() -> Option<u64> {
    let machine = of_machine("MemAvailable:");
    let group = fs::read_to_string("/proc/self/cgroup")
        .ok()
        .and_then(|text| free_in_group(&group_directory(&text)?));
    machine.into_iter().chain(group).min()
}

/// The directory that describes this process's control group (cgroups version 2), whose processes
/// share a memory limit. `own_groups` is the text of `/proc/self/cgroup`.
fn group_directory(own_groups: &str) -> Option<PathBuf> {
    let path = own_groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(Path::new("/sys/fs/cgroup").join(path))
}

/// Bytes that the control group's limit leaves; `None` if it has no limit.
fn free_in_group(dir: &Path) -> Option<u64> {
    let number = |name| fs::read_to_string(dir.join(name)).ok()?.trim().parse::<u64>().ok();
    let (limit, used) = (number("memory.max")?, number("memory.current")?);
    // The system can drop cached files that are not in use.
    let reclaimable = fs::read_to_string(dir.join("memory.stat"))
        .ok()
        .and_then(|text| field(&text, "inactive_file"));
    Some(limit.saturating_sub(used.saturating_sub(reclaimable.unwrap_or(0))))
}

/// The number after `name`, in lines of a name and a number.
fn field(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().map(str::split_whitespace);
    lines
        .find_map(|mut words| if words.next()? == name { words.next()?.parse().ok() } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_memory_than_any_machine_has_is_refused_and_a_megabyte_is_not() {
        require(1 << 20).unwrap();
        let error = require(1 << 60).unwrap_err().to_string();
        assert!(
            error.starts_with("training it takes at least 1,152,921,504.6 GB of memory"),
            "{error}"
        );
        require(u64::MAX).unwrap_err();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_machine_tells_what_is_free() {
        let free = free().unwrap();
        assert!((1 << 20..1 << 50).contains(&free) && free < total().unwrap(), "{free}");
    }

    #[test]
    fn a_control_group_has_the_memory_that_its_limit_leaves() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        assert_eq!(free_in_group(dir.path()), None);
        write("memory.current", "700\n");
        write("memory.max", "max\n");
        assert_eq!(free_in_group(dir.path()), None);
        write("memory.max", "1000\n");
        assert_eq!(free_in_group(dir.path()), Some(300));
        write("memory.stat", "anon 500\ninactive_file 150\nactive_file 40\n");
        assert_eq!(free_in_group(dir.path()), Some(450));
        write("memory.max", "100\n");
        assert_eq!(free_in_group(dir.path()), Some(0));
    }

    #[test]
    fn the_own_group_is_the_one_of_version_two() {
        let text = "12:memory:/old\n0::/user.slice/shell.scope\n";
        assert_eq!(
            group_directory(text).unwrap(),
            Path::new("/sys/fs/cgroup/user.slice/shell.scope")
        );
        assert_eq!(group_directory("0::/\n").unwrap(), Path::new("/sys/fs/cgroup"));
        assert_eq!(group_directory("12:memory:/old\n"), None);
    }
}
