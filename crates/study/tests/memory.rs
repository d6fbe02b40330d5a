//! How much memory a study takes. The test is alone in its process, because it reads the peak of
//! the whole process.
#![cfg(target_os = "linux")]

mod common;

use std::sync::atomic::AtomicBool;

use common::dataset;
use fitroom_study::{RunOptions, Study, run_study};

/// The highest number of bytes that this process has used so far.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
fn storing_a_run_takes_less_memory_than_training_it() {
    let parameters = 5 * 2048 + 2049 * 2048 + 2049 * 2;
    // Each parameter has two moments.
    let trained = 3 * size_of::<f32>() as u64 * parameters;
    let text = "name = \"x\"\nseeds = 1\n[training]\nepochs = 2\nvalidation = 2\nbatch_size = 6\n\
                [[network]]\nname = \"wide\"\nlayers = \"dense 2048, relu, dense 2048, relu\"\n";
    let study = Study::parse(text, "memory.toml").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let before = peak();
    run_study(
        &study,
        &dataset(),
        dir.path(),
        &RunOptions::new(1),
        &AtomicBool::new(false),
        &|_| {},
    )
    .unwrap();
    let taken = peak() - before;
    assert!(
        (trained..5 * trained / 2).contains(&taken),
        "{taken} bytes, of which parameters and moments are {trained}"
    );
}
