//! Names of event files.

use std::fmt;
use std::process;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// The name of an event file: `events.out.tfevents.SECONDS.HOST.PROCESS.OWNER`.
///
/// TensorBoard reads the files of a directory in the order of their names, and follows only what is
/// added to a file that it knows. So a file that is written anew has a new, later name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFileName {
    /// Seconds since 1970.
    seconds: u64,
    host: String,
    process: u32,
    /// What the file belongs to. Files of other programs end otherwise.
    owner: String,
}

const PREFIX: &str = "events.out.tfevents.";

/// The last part of a name begins like this, so that files of other programs are not taken for ours.
const OURS: &str = "fitroom-";

/// Most bytes of a host's name. File systems take names of 255 bytes.
const LONGEST_HOST: usize = 64;

impl EventFileName {
    /// A file that this process begins now. `owner` says what the file belongs to: ASCII letters and digits,
    /// such as a run's ID. Others are left out.
    pub fn new(now: SystemTime, host: &str, owner: &str) -> Self {
        let seconds =
            now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        let letters =
            |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).collect() };
        let mut host: String =
            host.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        host.truncate(LONGEST_HOST);
        if host.is_empty() {
            host = "localhost".to_owned();
        }
        EventFileName { seconds, host, process: process::id(), owner: letters(owner) }
    }

    /// The same file with a name that comes after that of `earlier`.
    pub fn after(mut self, earlier: &EventFileName) -> Self {
        self.seconds = self.seconds.max(earlier.seconds.saturating_add(1));
        self
    }

    /// What the file belongs to.
    pub fn owner(&self) -> &str {
        &self.owner
    }
}

impl fmt::Display for EventFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EventFileName { seconds, host, process, owner } = self;
        write!(f, "{PREFIX}{seconds:010}.{host}.{process}.{OURS}{owner}")
    }
}

/// Not the name of an event file that this program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherName;

impl FromStr for EventFileName {
    type Err = OtherName;

    fn from_str(name: &str) -> Result<Self, OtherName> {
        let parts: Vec<&str> = name.strip_prefix(PREFIX).ok_or(OtherName)?.split('.').collect();
        let [seconds, host, process, owner] = parts[..] else { return Err(OtherName) };
        let read = EventFileName {
            seconds: seconds.parse().map_err(|_| OtherName)?,
            host: host.to_owned(),
            process: process.parse().map_err(|_| OtherName)?,
            owner: owner.strip_prefix(OURS).ok_or(OtherName)?.to_owned(),
        };
        // What is not written like this is somebody else's.
        if read.to_string() == name { Ok(read) } else { Err(OtherName) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn names_are_tensorboard_s_and_read_back() {
        let name = EventFileName::new(at(1_700_000_000), "node3.example", "1a2b");
        let text = name.to_string();
        let process = process::id();
        assert_eq!(
            text,
            format!("events.out.tfevents.1700000000.node3-example.{process}.fitroom-1a2b")
        );
        assert_eq!(text.parse(), Ok(name.clone()));
        assert_eq!(name.owner(), "1a2b");
    }

    #[test]
    fn a_later_name_comes_after_an_earlier_one_also_if_the_clock_went_back() {
        let earlier = EventFileName::new(at(1_700_000_009), "zzz", "a");
        let later = EventFileName::new(at(1_700_000_003), "aaa", "a").after(&earlier);
        assert!(later.to_string() > earlier.to_string(), "{later}");
        let same = EventFileName::new(at(1_700_000_099), "aaa", "a").after(&earlier);
        assert!(same.to_string().contains(".1700000099."), "{same}");
        let last = "events.out.tfevents.18446744073709551615.h.1.fitroom-a".parse().unwrap();
        assert!(EventFileName::new(at(1), "h", "a").after(&last).to_string().contains("8446744"));
    }

    #[test]
    fn hosts_and_owners_stay_inside_their_part_of_the_name() {
        for (host, owner) in [
            ("../../etc", "../a.b/c"),
            ("", ""),
            ("größe\0\n", "\u{1f600}"),
            (&"h".repeat(300), "a"),
        ] {
            let text = EventFileName::new(at(0), host, owner).to_string();
            assert!(!text.contains(['/', '\0', '\n', ' ']) && text.len() < 200, "{text:?}");
            assert!(text.parse::<EventFileName>().is_ok(), "{text}");
        }
    }

    #[test]
    fn files_of_other_programs_are_not_ours() {
        for other in [
            "events.out.tfevents.1700000000.node3.12.0",
            "events.out.tfevents.1700000000.node3.12.fitroom-a.v2",
            "events.out.tfevents.1700000000.node3.+12.fitroom-a",
            "events.out.tfevents.17.node3.12.fitroom-a",
            "fitroom-a",
            "",
        ] {
            assert_eq!(other.parse::<EventFileName>(), Err(OtherName), "{other}");
        }
    }
}
