//! A directory to call the program in. The program finds no named data sets there, no cache of the
//! user and no network.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Two small networks on made-up images.
pub const STUDY: &str = r#"
name    = "tiny"
dataset = "idx:images"
seeds   = 2

[training]
epochs     = 3
batch_size = 16
validation = 24

[[network]]
name   = "plain"
layers = "dense 8, relu"

[[network]]
name   = "all sorts"
layers = "conv 2 3x3, batchnorm, relu, flatten, dropout 0.2, dense 4, tanh"
vs     = "plain"
"#;

/// The outcome of a call.
pub struct Called {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A temporary directory in which `tiny.toml` is [`STUDY`] and `images` holds its data set.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        place.write("tiny.toml", STUDY);
        place.write_images("images", 120, 3);
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Writes four IDX files: images of 6×6 in `classes` classes. The rows that are brightest
    /// mostly tell the class.
    pub fn write_images(&self, directory: &str, count: usize, classes: u8) {
        // Test images have other noise than training images.
        for (part, count, first) in [("train", count, 0), ("t10k", count / 4, 360_000)] {
            let labels: Vec<u8> = (0..classes).cycle().take(count).collect();
            let pixel = |index: usize, label: u8| {
                let noise = (index as u32).wrapping_mul(2_654_435_761) >> 25;
                let row = index % 36 / 6;
                noise as u8 + if row / 2 == usize::from(label) % 3 { 90 } else { 0 }
            };
            let pixels = labels.iter().enumerate().flat_map(|(image, &label)| {
                (0..36)
                    .map(move |offset| (first + image * 36 + offset, label))
                    .map(|(index, label)| pixel(index, label))
            });
            self.write(
                &format!("{directory}/{part}-images-idx3-ubyte"),
                idx(&[count, 6, 6], pixels.collect()),
            );
            self.write(&format!("{directory}/{part}-labels-idx1-ubyte"), idx(&[count], labels));
        }
    }

    /// The program with these arguments, ready to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fitroom"));
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        for variable in ["FITROOM_DATA", "FITROOM_SIMD", "NO_PROXY", "no_proxy"] {
            command.env_remove(variable);
        }
        for directory in ["HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "APPDATA"] {
            command.env(directory, self.path("home"));
        }
        // All requests to the network go to a port on which nothing listens.
        command.env("ALL_PROXY", "http://127.0.0.1:1");
        command
    }

    pub fn call(&self, arguments: &[&str]) -> Called {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Called {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Calls the program with these arguments, which must succeed.
    pub fn succeed(&self, arguments: &[&str]) -> Called {
        let called = self.call(arguments);
        assert_eq!(called.code, Some(0), "{arguments:?}\n{}{}", called.stdout, called.stderr);
        called
    }

    /// Fails if there are other files than these, or some have another content, except for locks,
    /// which name processes.
    pub fn assert_same_files(&self, expected: &BTreeMap<PathBuf, Vec<u8>>) {
        let files = self.files();
        let differs = |path: &&PathBuf| files.get(*path) != expected.get(*path) && !is_lock(path);
        let different: Vec<_> = files.keys().chain(expected.keys()).filter(differs).collect();
        assert!(different.is_empty(), "{different:?} differ");
    }

    /// Whether these are the same files with the same content, except for locks.
    pub fn are_same(one: &BTreeMap<PathBuf, Vec<u8>>, other: &BTreeMap<PathBuf, Vec<u8>>) -> bool {
        let without = |files: &BTreeMap<PathBuf, Vec<u8>>| {
            files.clone().into_iter().filter(|(path, _)| !is_lock(path)).collect::<Vec<_>>()
        };
        without(one) == without(other)
    }

    /// Every file and directory, with the content of files.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut directories = vec![self.0.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path.clone());
                    files.insert(path, Vec::new());
                } else {
                    let content = fs::read(&path).unwrap();
                    files.insert(path, content);
                }
            }
        }
        files
    }
}

fn is_lock(path: &Path) -> bool {
    ["lock", "report-lock", "study-lock"].iter().any(|name| path.ends_with(name))
}

/// Numbers that look random and are the same in each run of a test.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// From 0 to 1.
    pub fn fraction(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / (1_u64 << 24) as f64
    }

    /// A whole number below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        (self.fraction() * f64::from(end)) as u32
    }
}

/// An IDX file of bytes.
pub fn idx(dimensions: &[usize], data: Vec<u8>) -> Vec<u8> {
    let sizes = dimensions.iter().flat_map(|&size| (size as u32).to_be_bytes());
    [0, 0, 8, dimensions.len() as u8].into_iter().chain(sizes).chain(data).collect()
}

/// A CSV file without its last column, the seconds.
pub fn without_seconds(csv: &Path) -> String {
    let text = fs::read_to_string(csv).unwrap();
    let cut = |line: &str| line.rsplit_once(',').unwrap().0.to_owned() + "\n";
    assert!(text.lines().next().unwrap().ends_with(",seconds"), "{text}");
    text.lines().map(cut).collect()
}
