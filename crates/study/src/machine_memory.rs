//! How much memory this machine has, and what Linux's files say about memory.

use std::fs;
use std::process::Command;

use crate::control_group::field;

/// Bytes of this machine's memory; `None` if the system does not tell, as on Windows.
pub(crate) fn total() -> Option<u64> {
    if cfg!(target_os = "macos") {
        let output = Command::new("sysctl").args(["-n", "hw.memsize"]).output().ok()?;
        return String::from_utf8(output.stdout).ok()?.trim().parse().ok();
    }
    kilobytes("/proc/meminfo", "MemTotal:")
}

/// Bytes in the line `name` of one of Linux's files, which counts in kB; `None` elsewhere.
pub(crate) fn kilobytes(path: &str, name: &str) -> Option<u64> {
    field(&fs::read_to_string(path).ok()?, name)?.checked_mul(1024)
}
