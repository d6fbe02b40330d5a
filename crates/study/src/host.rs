//! The machine that a study runs on.

use std::process::Command;

use serde::{Deserialize, Serialize};

/// The machine and the program that a study ran on. For people only: it decides nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// The machine's name in its network; empty in files of earlier versions.
    #[serde(default)]
    pub name: String,
    /// Name and version of the program: `fitroom 0.1.0`.
    pub program: String,
    /// Operating system and processor architecture.
    pub system: String,
    /// The processor's name; empty where it is not known.
    pub processor: String,
    /// Logical cores that this program may use.
    pub cores: usize,
}

impl Host {
    /// This machine and this program.
    pub fn here() -> Self {
        Host {
            name: Host::name_of_this_machine(),
            program: concat!("fitroom ", env!("CARGO_PKG_VERSION")).to_owned(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            processor: processor().unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

impl Host {
    /// The name of this machine in its network.
    pub(crate) fn name_of_this_machine() -> String {
        gethostname::gethostname().to_string_lossy().into_owned()
    }
}

/// The processor's name, from Linux's `/proc/cpuinfo` or from macOS's `sysctl`.
fn processor() -> Option<String> {
    let name = if cfg!(target_os = "macos") {
        let output =
            Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]).output().ok()?;
        String::from_utf8(output.stdout).ok()?
    } else {
        let list = std::fs::read_to_string("/proc/cpuinfo").ok()?;
        let line = list.lines().find(|line| line.starts_with("model name"))?;
        line.split_once(':')?.1.to_owned()
    };
    Some(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_cores_and_a_system() {
        let host = Host::here();
        assert!(host.cores >= 1);
        assert_eq!(host.program, format!("fitroom {}", env!("CARGO_PKG_VERSION")));
        assert!(host.system.contains(std::env::consts::ARCH));
    }
}
