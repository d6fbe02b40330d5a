//! How much memory a run takes, beside what was expected of it. Each run has a process of its own,
//! because the peak of the whole process is read.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use fitroom_data::{Dataset, LabelledImages};
use fitroom_study::{RunOptions, Study, run_study};

/// The highest number of bytes that this process has used so far.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

/// Images of 28×28 pixels in ten classes. Each pixel has another value.
fn dataset() -> Dataset {
    let part = |count: usize| LabelledImages {
        images: (0..count * 784).map(|at| (at * at % 251) as u8).collect(),
        labels: (0..count).map(|index| (index % 10) as u8).collect(),
    };
    Dataset {
        name: "x".into(),
        title: "x".into(),
        classes: (0..10).map(|class| class.to_string()).collect(),
        channels: 1,
        height: 28,
        width: 28,
        train: part(700),
        test: part(300),
        fingerprint: "x".into(),
        origin: "x".into(),
        stands_in_because: None,
        findings: Vec::new(),
    }
}

/// Trains a network for `epochs` epochs in `dir`. Returns how many bytes that took at most, and how
/// many it was expected to take.
fn taken_and_expected(dir: &Path, layers: &str, training: &str, threads: usize) -> (u64, u64) {
    let text = format!(
        "name = \"x\"\nseeds = 1\n[training]\nvalidation = 100\n{training}\n[[network]]\nname = \"a\"\nlayers = \"{layers}\"\n"
    );
    let (study, dataset) = (Study::parse(&text, "memory.toml").unwrap(), dataset());
    let expected = study.networks[0].memory(&dataset, threads).unwrap().used;
    let (options, before) = (RunOptions::new(threads), peak());
    run_study(&study, &dataset, dir, &options, &AtomicBool::new(false), &|_| {}).unwrap();
    (peak() - before, expected)
}

const WIDE: &str = "dense 4000, relu";
const DEEP: &str =
    "dense 1280, batchnorm, gelu, dropout 0.5, dense 1280, tanh, dense 1280, sigmoid";
const CONVOLUTIONS: &str = "conv 16 3x3 pad 1, relu, conv 16 3x3 pad 1, batchnorm, relu, \
                            maxpool 2x2, dropout 0.3, flatten";
const DIRECT: &str = "conv 32 3x3 pad 1, gelu, conv 32 3x3 stride 2, flatten, dense 100, relu";
const ADAM: &str = "epochs = 2\nbatch_size = 64";
const LONGER: &str = "epochs = 3\nbatch_size = 64";
const SGD: &str = "epochs = 2\nbatch_size = 64\noptimizer = { name = \"sgd\", momentum = 0.9 }";
const LARGE: &str = "epochs = 1\nbatch_size = 600";

/// Name, directory, layers, training and threads. Runs in the same directory go on from each other.
const RUNS: [(&str, &str, &str, &str, usize); 8] = [
    ("wide", "a", WIDE, ADAM, 1),
    ("wide, from a checkpoint", "a", WIDE, LONGER, 1),
    ("wide, 2 threads", "b", WIDE, ADAM, 2),
    ("wide, sgd", "c", WIDE, SGD, 1),
    ("deep", "d", DEEP, ADAM, 1),
    ("convolutions", "e", CONVOLUTIONS, LARGE, 1),
    ("convolutions, 2 threads", "f", CONVOLUTIONS, LARGE, 2),
    ("direct", "g", DIRECT, LARGE, 1),
];

/// Tells the test of a process which of [`RUNS`] to do, and where.
const RUN: &str = "FITROOM_TEST_RUN";
const PLACE: &str = "FITROOM_TEST_PLACE";

#[test]
fn a_run_takes_as_much_memory_as_is_expected_of_it() {
    if let Ok(run) = std::env::var(RUN) {
        let (_, dir, layers, training, threads) = RUNS[run.parse::<usize>().unwrap()];
        let dir = Path::new(&std::env::var_os(PLACE).unwrap()).join(dir);
        let (taken, expected) = taken_and_expected(&dir, layers, training, threads);
        println!("taken {taken} expected {expected}");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (index, (name, ..)) in RUNS.iter().enumerate() {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["a_run_takes_as_much_memory_as_is_expected_of_it", "--exact", "--nocapture"])
            .env(RUN, index.to_string())
            .env(PLACE, place.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let number = |after: &str| -> f64 {
            let mut words = text.split_whitespace().skip_while(|word| *word != after);
            words.nth(1).unwrap_or_else(|| panic!("{name}: {text}")).parse().unwrap()
        };
        let (taken, expected) = (number("taken"), number("expected"));
        let ratio = expected / taken;
        println!(
            "{name}: expected {:.1} MB, taken {:.1} MB, {ratio:.3}",
            expected / 1e6,
            taken / 1e6
        );
        if !(0.9..1.1).contains(&ratio) {
            wrong.push(*name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
