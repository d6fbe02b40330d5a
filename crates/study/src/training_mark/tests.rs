use std::sync::atomic::AtomicBool;

use super::*;
use crate::run_lock::RunLock;
use crate::scheduler::run_study_in;
use crate::test_data::{dataset, study};
use crate::{Arithmetic, Event, RunError, RunOptions, Study};

const TEXT: &str = "seeds = 2\n[training]\nvalidation = 30\nbatch_size = 60\nepochs = 1\n\
                    [[network]]\nname = \"small\"\nlayers = \"dense 4, relu\"\n\
                    [[network]]\nname = \"big\"\nlayers = \"dense 40, relu\"\n\
                    [[network]]\nname = \"last\"\nlayers = \"dense 5, relu\"\n";

/// A control group with this limit, of which so many processes were ended.
fn group(mount: &Path, limit: &str, oom_kills: u64) -> Option<ControlGroup> {
    fs::write(mount.join("memory.max"), format!("{limit}\n")).unwrap();
    fs::write(mount.join("memory.events"), format!("oom 9\noom_kill {oom_kills}\n")).unwrap();
    ControlGroup::find("0::/\n", mount)
}

fn facts(study: &Study, network: &str, seed: u64) -> RunFacts {
    let plan = study.networks.iter().find(|plan| plan.name == network).unwrap();
    RunFacts::new(study, plan, seed, &dataset(150, 40), Arithmetic::default())
}

/// The names of the networks in `study` that are skipped.
fn skipped<'a>(marks: &TrainingMarks, study: &'a Study) -> Vec<&'a str> {
    let networks = study.networks.iter().map(|plan| plan.name.as_str());
    networks
        .filter(|name| {
            let id = facts(study, name, 1).network_id();
            marks.skipped.iter().any(|(skipped, _)| *skipped == id)
        })
        .collect()
}

#[test]
fn the_largest_network_under_way_is_skipped_if_the_count_has_risen() {
    let (mount, runs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let study = study(TEXT);
    let read = |limit, oom_kills| {
        TrainingMarks::read(runs.path(), group(mount.path(), limit, oom_kills)).unwrap()
    };
    let names = |limit, oom_kills| skipped(&read(limit, oom_kills), &study);
    let dir = |name| runs.path().join(facts(&study, name, 1).id());
    let begin = |marks: &TrainingMarks, name, memory| {
        marks.begin(&dir(name), &facts(&study, name, 1), memory)
    };
    // The system ends this start.
    let marks = read("1000", 3);
    begin(&marks, "small", 100).unwrap();
    begin(&marks, "big", 900).unwrap();
    assert_eq!(names("1000", 3), [""; 0], "any other kill");
    assert_eq!(names("1000", 4), ["big"]);
    assert_eq!(names("900", 4), ["big"]);
    let locks = ["small", "big"].map(|name| RunLock::take(&dir(name)).unwrap().unwrap());
    assert_eq!(names("1000", 4), [""; 0], "another process trains them");
    drop(locks);
    assert_eq!(names("1001", 4), [""; 0], "the limit is raised");
    assert_eq!(names("max", 4), [""; 0], "there is no limit now");
    // And the one after it, in which `big` was skipped.
    let marks = read("1000", 4);
    marks.check(&facts(&study, "small", 1)).unwrap();
    let error = marks.check(&facts(&study, "big", 2)).unwrap_err().to_string();
    let file = dir("big").join("training.json");
    assert!(error.contains(&format!("remove {} to try again", file.display())), "{error}");
    assert!(error.contains("its control group was out of memory"), "{error}");
    begin(&marks, "small", 100).unwrap();
    assert_eq!(names("1000", 5), ["small", "big"]);
    // `small` stops in order.
    read("1000", 4).end(&dir("small")).unwrap();
    assert_eq!(names("1000", 5), ["big"]);
    let text = fs::read_to_string(&file).unwrap().replace("\"seal\"", "\"unsealed\"");
    for (now, then) in
        [("\"boot\": \"", "\"boot\": \"another"), ("\"group\": \"", "\"group\": \"/another")]
    {
        assert!(text.contains(now), "{text}");
        fs::write(&file, text.replace(now, then)).unwrap();
        assert_eq!(names("1000", 5), [""; 0], "{then}");
    }
    fs::write(&file, text).unwrap();
    fs::write(dir("big").join("outcome.json"), "{}").unwrap();
    assert_eq!(names("1000", 5), [""; 0], "the run ended after all");
}

#[test]
fn a_system_that_does_not_count_gets_no_marks() {
    let runs = tempfile::tempdir().unwrap();
    let study = study(TEXT);
    let marks = TrainingMarks::read(runs.path(), None).unwrap();
    let dir = runs.path().join("run");
    marks.begin(&dir, &facts(&study, "big", 1), 900).unwrap();
    marks.end(&dir).unwrap();
    assert!(!dir.exists());
}

#[test]
fn a_network_that_ended_the_process_is_skipped_and_the_others_are_trained() {
    let (mount, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (study, dataset, dir) = (study(TEXT), dataset(150, 40), place.path().join("study"));
    let file = |network, seed| {
        dir.join("runs").join(facts(&study, network, seed).id()).join("training.json")
    };
    let run = |oom_kills, stop: &AtomicBool, observer: &(dyn Fn(&Event) + Sync)| {
        let group = group(mount.path(), "max", oom_kills);
        let options = RunOptions::new(1);
        run_study_in(group, &study, &dataset, &dir, &options, stop, observer, &mut || {
            Ok::<_, RunError>(Vec::new())
        })
    };
    // A stop in order, while a run is under way.
    let stop = AtomicBool::new(false);
    run(0, &stop, &|event| {
        if matches!(event, Event::RunStarted { .. }) {
            assert!(file("small", 1).exists());
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    })
    .unwrap();
    assert!(!file("small", 1).exists());
    // A kill while `big` is under way leaves such a file.
    let marks = TrainingMarks::read(&dir.join("runs"), group(mount.path(), "max", 0)).unwrap();
    let big = facts(&study, "big", 1);
    marks.begin(file("big", 1).parent().unwrap(), &big, 900).unwrap();
    let going_on = AtomicBool::new(false);
    for _ in 0..2 {
        let RunError::Runs { failures } = run(1, &going_on, &|_| {}).unwrap_err() else { panic!() };
        let failed: Vec<_> = failures.iter().map(|(run, _)| (&*run.network, run.seed)).collect();
        assert_eq!(failed, [("big", 1), ("big", 2)], "another seed would end the process too");
        assert!(failures.iter().all(|(_, failure)| {
            matches!(failure, RunFailure::EndedBefore { file: because } if *because == file("big", 1))
        }));
        assert!(!file("last", 2).exists());
    }
    fs::remove_file(file("big", 1)).unwrap();
    assert_eq!(run(1, &going_on, &|_| {}).unwrap().finished, 6);
}
