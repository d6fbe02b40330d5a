//! Runs every target on its stored inputs: those that its fuzzing began with, and all that ever
//! broke it.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use fitroom_hostile::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The names of all entries of a directory, which must exist.
fn names(directory: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn no_stored_input_breaks_a_promise() {
    let mut broken = Vec::new();
    for (target, body) in TARGETS {
        let directory = fuzz().join("corpus").join(target);
        let inputs = names(&directory);
        assert!(inputs.len() >= 3, "{} holds next to nothing: {inputs:?}", directory.display());
        for input in inputs {
            let bytes = fs::read(directory.join(&input)).unwrap();
            if catch_unwind(AssertUnwindSafe(|| body(&bytes))).is_err() {
                broken.push(format!("{target}/{input}"));
            }
        }
    }
    assert!(broken.is_empty(), "promises are broken by {broken:?}");
}

#[test]
fn every_target_is_fuzzed_and_has_inputs() {
    let mut known: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    known.sort();
    assert_eq!(names(&fuzz().join("corpus")), known);
    let files: Vec<String> = known.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names(&fuzz().join("fuzz_targets")), files);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in &known {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        let text = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(text.contains(&format!("body(\"{name}\")")), "{name}");
    }
}

#[test]
fn the_corpus_is_small() {
    let bytes: u64 = TARGETS
        .iter()
        .flat_map(|(target, _)| fs::read_dir(fuzz().join("corpus").join(target)).unwrap())
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes < 300_000, "{bytes}");
}
