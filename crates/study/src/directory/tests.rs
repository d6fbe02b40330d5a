//! What may be run in a directory, and what is refused and left alone.

use std::fs;

use super::*;
use crate::SeedPlan;
use crate::file_names::LOCK_FILE;
use crate::test_data::{dataset, study};

const TEXT: &str = "[training]\nvalidation = 8\nbatch_size = 4\n\
                    [[network]]\nname = \"a\"\nlayers = \"dense 4\"\n\
                    [[network]]\nname = \"b\"\nlayers = \"dense 5\"\nvs = \"a\"\n";

fn facts() -> DatasetFacts {
    DatasetFacts::from(&dataset(24, 8))
}

fn open_alone(dir: &Path, study: &Study, data: &DatasetFacts) -> Result<Directory, StoreError> {
    Directory::open(dir, study, data, Sharing::Alone)
}

/// What decides a run of a network of [`TEXT`].
fn facts_of(network: &NetworkPlan, seed: u64) -> RunFacts {
    let arithmetic = Arithmetic::of_this_process();
    RunFacts::new(&study(TEXT), network, seed, &facts(), arithmetic)
}

/// Makes the directory of a run that has ended.
fn end_run(dir: &Path, facts: &RunFacts) {
    let run = dir.join(RUNS).join(facts.id());
    fs::create_dir(&run).unwrap();
    RunFile::new("a", facts).write(&run.join(RUN)).unwrap();
    fs::write(run.join(OUTCOME), "{}").unwrap();
}

fn stored(dir: &Path) -> Study {
    read_study(dir).unwrap().unwrap().0
}

#[test]
fn a_study_may_grow_and_be_narrowed_without_loss() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("new/dir");
    let whole = study(&format!("seeds = 2\n{TEXT}"));
    let mut first = whole.clone();
    first.only(&["b".to_owned()]).unwrap();
    open_alone(&dir, &first, &facts()).unwrap();
    assert_eq!(stored(&dir), first);
    open_alone(&dir, &whole, &facts()).unwrap();
    assert_eq!(stored(&dir), whole);
    // `b` lost its baseline when the study was narrowed, but keeps the stored one.
    first.set_seeds(3).unwrap();
    open_alone(&dir, &first, &facts()).unwrap();
    let declared = Study { seeds: 3, ..whole.clone() };
    assert_eq!(stored(&dir), declared, "no run has begun");
    end_run(&dir, &facts_of(&whole.networks[0], 3));
    open_alone(&dir, &whole, &facts()).unwrap();
    assert_eq!(stored(&dir), declared);
    first.set_seeds(4).unwrap();
    open_alone(&dir, &first, &facts()).unwrap();
    let extended = SeedPlan::Extended { declared: 3 };
    assert_eq!(stored(&dir), Study { seeds: 4, seed_plan: extended, ..whole.clone() });
    // A new network comes after the stored ones.
    let mut more = study(&format!("{TEXT}[[network]]\nname = \"c\"\nlayers = \"relu\"\n"));
    more.only(&["c".to_owned()]).unwrap();
    open_alone(&dir, &more, &facts()).unwrap();
    let names: Vec<String> =
        stored(&dir).networks.into_iter().map(|network| network.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn another_study_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("study");
    open_alone(&dir, &study(TEXT), &facts()).unwrap();
    let before = fs::read(dir.join(STUDY_FILE)).unwrap();
    let refused = |study: &Study, facts: &DatasetFacts| {
        let error = open_alone(&dir, study, facts).err().expect("refused");
        assert!(matches!(error, StoreError::AnotherStudy { .. }), "{error}");
        assert_eq!(fs::read(dir.join(STUDY_FILE)).unwrap(), before);
        error.to_string()
    };
    for (from, to, message) in [
        ("validation = 8", "validation = 9", "validation is 8 there and 9 now"),
        (
            "validation = 8",
            "validation = 8\ntrain_images = 3",
            "train_images is \"all\" there and 3 now",
        ),
    ] {
        let error = refused(&study(&TEXT.replace(from, to)), &facts());
        assert!(error.contains(message), "{error}");
    }
    let named = Study { name: "other".to_owned(), ..study(TEXT) };
    assert!(refused(&named, &facts()).contains("its name is test there and other now"));
    let data = DatasetFacts { fingerprint: "else".to_owned(), ..facts() };
    assert!(
        refused(&study(TEXT), &data)
            .contains("the data set is `test` (lines-24-8) there and `test` (else) now")
    );
}

#[test]
fn what_is_held_out_by_default_is_written_out_and_compared_by_its_number() {
    let dir = tempfile::tempdir().unwrap();
    let held_out = |value: &str| study(&TEXT.replace("validation = 8\n", value));
    let open = |name: &str, study: &Study| open_alone(&dir.path().join(name), study, &facts());
    let written = |name: &str| {
        let text = fs::read_to_string(dir.path().join(name).join(STUDY_FILE)).unwrap();
        let line = text.lines().find(|line| line.starts_with("validation = ")).unwrap();
        line.to_owned()
    };
    let id =
        |directory: &Directory| directory.facts(&directory.study().networks[0], 1, &facts()).id();
    // A sixth of 24 images. A directory in which the number stands is continued without it, and the
    // other way round, with the same runs.
    let (default, four) = (held_out(""), held_out("validation = 4\n"));
    let first = id(&open("a", &four).unwrap());
    for study in [&default, &four] {
        for name in ["a", "b"] {
            assert_eq!(id(&open(name, study).unwrap()), first);
            assert_eq!(
                (written(name), stored(&dir.path().join(name))),
                ("validation = 4".to_owned(), four.clone())
            );
        }
    }
    let stratified = held_out("validation = { stratified = true }\n");
    let error = open("a", &stratified).err().expect("refused").to_string();
    let message = "validation is 4 there and { images = 4, stratified = true } now";
    assert!(error.contains(message), "{error}");
    assert_ne!(id(&open("c", &stratified).unwrap()), first);
    assert_eq!(written("c"), "validation = { images = 4, stratified = true }");
    // Files written by hand need not say it.
    fs::write(dir.path().join("a").join(STUDY_FILE), default.to_toml()).unwrap();
    assert!(!default.to_toml().contains("validation"));
    assert_eq!(stored(&dir.path().join("a")), four);
}

#[test]
fn networks_may_change_also_where_the_study_is_narrowed() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let names = |networks: &[NetworkPlan]| {
        networks.iter().map(|plan| plan.name.clone()).collect::<Vec<_>>()
    };
    let whole = study(TEXT);
    assert_eq!(open_alone(dir, &whole, &facts()).unwrap().changed(), []);
    let mut longer = whole.clone();
    longer.only(&["b".to_owned()]).unwrap();
    longer.set_epochs(30).unwrap();
    let opened = open_alone(dir, &longer, &facts()).unwrap();
    assert_eq!(opened.changed(), &whole.networks[1..]);
    let mut expected = whole.clone();
    expected.networks[1].training.epochs = 30;
    assert_eq!(opened.study(), &expected, "the baseline stays");
    assert_eq!(stored(dir), expected);
    drop(opened);
    let wider =
        study(&TEXT.replace("dense 4", "dense 5").replace("batch_size = 4", "batch_size = 5"));
    let opened = open_alone(dir, &wider, &facts()).unwrap();
    assert_eq!(
        (names(opened.changed()), opened.study()),
        (vec!["a".to_owned(), "b".to_owned()], &wider)
    );
}

#[test]
fn the_second_process_learns_who_the_first_is() {
    let dir = tempfile::tempdir().unwrap();
    let first = open_alone(dir.path(), &study(TEXT), &facts()).unwrap();
    let error = open_alone(dir.path(), &study(TEXT), &facts()).err().expect("refused").to_string();
    assert!(error.contains(&format!("is in use by process {} on ", std::process::id())), "{error}");
    // Any content of the lock file is harmless.
    fs::write(dir.path().join(LOCK_FILE), "\u{1b}[2J".repeat(1000)).unwrap();
    let error = open_alone(dir.path(), &study(TEXT), &facts()).err().expect("refused").to_string();
    assert!(!error.contains('\u{1b}') && error.len() < 1500, "{error:?}");
    fs::write(dir.path().join(LOCK_FILE), [0xff; 9]).unwrap();
    let error = open_alone(dir.path(), &study(TEXT), &facts()).err().expect("refused").to_string();
    assert!(error.contains("is in use by another process\n"), "{error}");
    drop(first);
    open_alone(dir.path(), &study(TEXT), &facts()).unwrap();
}

#[test]
fn other_things_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.txt"), "years of work").unwrap();
    let error = open_alone(dir.path(), &study(TEXT), &facts()).err().expect("refused");
    assert!(matches!(error, StoreError::NotAStudy { .. }), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_place_that_cannot_be_written_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    for place in [file.join("study"), file.clone()] {
        let error = open_alone(&place, &study(TEXT), &facts()).err().expect("refused");
        assert!(matches!(error, StoreError::Write { .. } | StoreError::Read { .. }), "{error}");
        assert!(error.to_string().contains("file"), "{error}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"");
}

#[test]
fn somebody_elses_files_are_not_taken_for_ours() {
    for (name, text) in [
        ("dataset.json", "{\"my\": \"hand-written description\"}"),
        ("lock", "my notes on locks"),
        ("notes.partial", "half of them"),
        ("notes.Xy12ab.partial", "half of them"),
        ("reference", "mine"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(name), text).unwrap();
        let error = open_alone(dir.path(), &study(TEXT), &facts()).err().expect(name);
        assert!(matches!(error, StoreError::NotAStudy { .. }), "{error}");
        assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), text);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
    // What a kill leaves before there is a study file.
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("lock"), "process 12").unwrap();
    fs::write(dir.path().join("study.toml.Xy12ab.partial"), "# fitr").unwrap();
    open_alone(dir.path(), &study(TEXT), &facts()).unwrap();
    assert!(!dir.path().join("study.toml.Xy12ab.partial").exists(), "leftovers are removed");
}

#[test]
fn a_start_that_was_killed_before_anything_was_stored_is_no_study_and_is_ours() {
    let dir = tempfile::tempdir().unwrap();
    claim(dir.path()).unwrap();
    fs::write(dir.path().join("dataset.json"), "{\"na").unwrap();
    assert!(read_study(dir.path()).unwrap().is_none());
    open_alone(dir.path(), &study(TEXT), &facts()).unwrap();
    assert_eq!(stored(dir.path()), study(TEXT));
}

#[test]
fn a_study_that_would_become_too_large_is_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let network =
        |name: &str, width| format!("[[network]]\nname = \"{name}\"\nlayers = \"dense {width}\"\n");
    let head = "[training]\nvalidation = 8\nbatch_size = 4\n";
    let one = study(&format!("seeds = 10000\n{head}{}", network("a", 4)));
    let opened = open_alone(dir.path(), &one, &facts()).unwrap();
    end_run(dir.path(), &opened.facts(&one.networks[0], 10_000, &facts()));
    drop(opened);
    let before = fs::read(dir.path().join(STUDY_FILE)).unwrap();
    let many: String = (4..15).map(|width| network(&format!("b{width}"), width)).collect();
    let twelve = study(&format!("{head}{}{many}", network("a", 4)));
    let error = open_alone(dir.path(), &twelve, &facts()).err().unwrap().to_string();
    assert!(error.contains("120000"), "{error}");
    assert!(error.contains("hint: give another directory with --out"), "{error}");
    assert_eq!(fs::read(dir.path().join(STUDY_FILE)).unwrap(), before);
    open_alone(dir.path(), &one, &facts()).unwrap();
    // An earlier version stored such a study. It is read, and can't grow.
    let large = Study { seeds: 10_000, ..twelve.clone() };
    write_study(dir.path(), &large).unwrap();
    assert_eq!(stored(dir.path()), large);
    let error = open_alone(dir.path(), &twelve, &facts()).err().unwrap();
    assert!(matches!(error, StoreError::TooLargeTogether { .. }), "{error}");
}

#[test]
fn seeds_that_have_not_ended_can_be_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let many = study(&format!("seeds = 500\n{TEXT}"));
    let opened = open_alone(dir.path(), &many, &facts()).unwrap();
    assert_eq!(opened.seeds_before(), None);
    for seed in [1, 2, 3] {
        // A run with earlier settings could be looked at too.
        let plan =
            NetworkPlan { name: "earlier".to_owned(), ..many.networks[seed as usize % 2].clone() };
        end_run(dir.path(), &opened.facts(&plan, seed, &facts()));
    }
    drop(opened);
    let few = study(&format!("seeds = 2\n{TEXT}"));
    let opened = open_alone(dir.path(), &few, &facts()).unwrap();
    let plan = SeedPlan::Extended { declared: 500 };
    assert_eq!((opened.study().seeds, opened.study().seed_plan), (3, plan));
    assert_eq!(opened.seeds_before(), Some(500));
    assert_eq!(stored(dir.path()).seeds, 3, "what is written reads back");
}

#[test]
#[cfg(unix)]
fn a_directory_is_locked_also_without_its_lock_file() {
    let dir = tempfile::tempdir().unwrap();
    let _first = open_alone(dir.path(), &study(TEXT), &facts()).unwrap();
    fs::remove_file(dir.path().join(LOCK_FILE)).unwrap();
    let error = open_alone(dir.path(), &study(TEXT), &facts()).err().unwrap();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
}

#[test]
#[cfg(unix)]
fn planted_links_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let place = tempfile::tempdir().unwrap();
    let (mine, dir) = (place.path().join("mine"), place.path().join("theirs"));
    fs::write(&mine, "years of work").unwrap();
    fs::create_dir(place.path().join("empty")).unwrap();
    // A study that begins, whose leftovers would be removed.
    fs::create_dir_all(&dir).unwrap();
    claim(&dir).unwrap();
    fs::write(place.path().join("empty/tar.Xy12ab.partial"), "years of work").unwrap();
    symlink(place.path().join("empty"), dir.join(REFERENCE)).unwrap();
    let error = open_alone(&dir, &study(TEXT), &facts()).err().unwrap().to_string();
    assert!(error.contains("reference is damaged: it is a link"), "{error}");
    fs::remove_file(place.path().join("empty/tar.Xy12ab.partial")).unwrap();
    fs::remove_dir_all(&dir).unwrap();
    for (name, target) in [
        ("lock", &mine),
        (STUDY_FILE, &mine),
        ("dataset.json", &mine),
        ("runs", &place.path().join("empty")),
    ] {
        drop(open_alone(&dir, &study(TEXT), &facts()).unwrap());
        if name == RUNS {
            fs::remove_dir(dir.join(name)).unwrap()
        } else {
            fs::remove_file(dir.join(name)).unwrap()
        }
        symlink(target, dir.join(name)).unwrap();
        let error = open_alone(&dir, &study(TEXT), &facts()).err().expect(name).to_string();
        assert!(error.contains("it is a link and not a "), "{name}: {error}");
        assert_eq!(fs::read(&mine).unwrap(), b"years of work");
        assert_eq!(fs::read_dir(place.path().join("empty")).unwrap().count(), 0);
        fs::remove_dir_all(&dir).unwrap();
    }
}
