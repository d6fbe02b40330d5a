//! Studies that run until clear.

use crate::fixture::Place;

const ARGUMENTS: [&str; 7] =
    ["run", "tiny.toml", "--until-clear", "--at-most", "10", "--out", "out"];

#[test]
fn each_look_is_a_line_and_the_study_says_how_it_was_run() {
    let place = Place::new();
    let called = place.succeed(&ARGUMENTS);
    let looks: Vec<&str> =
        called.stderr.lines().filter(|line| line.starts_with("after ")).collect();
    assert!(looks[0].starts_with("after 5 seeds: all sorts "), "{}", called.stderr);
    let study = place.read("out/study.toml");
    assert!(study.contains("seeds = \"until clear\"\nat_most = 10\n"), "{study}");

    // Nothing is trained twice. The last look says it all again.
    let called = place.succeed(&ARGUMENTS);
    let lines: Vec<&str> = called.stderr.lines().collect();
    let [done, look] = lines[..] else { panic!("{}", called.stderr) };
    assert!(done.ends_with(" runs were done before"), "{done}");
    assert!(look.starts_with("after ") && look.contains("all sorts"), "{look}");

    // The stored study can be run as a study file, with another number of seeds at most.
    place.succeed(&["run", "out/study.toml", "--at-most", "11", "--out", "other"]);
    assert!(place.read("other/study.toml").contains("at_most = 11\n"));
}

#[test]
fn options_that_contradict_each_other_are_wrong_requests() {
    let place = Place::new();
    let refused = |arguments: &[&str], message: &str| {
        let called = place.call(&[&["run", "tiny.toml", "--out", "out"], arguments].concat());
        assert_eq!(called.code, Some(2), "{}", called.stderr);
        assert!(called.stderr.contains(message), "{}", called.stderr);
        assert!(!place.path("out").exists());
    };
    refused(&["--until-clear", "--seeds", "9"], "cannot be used with");
    refused(&["--until-clear", "--quick"], "cannot be used with");
    refused(&["--at-most", "20", "--seeds", "9"], "cannot be used with");
    refused(
        &["--until-clear", "--at-most", "9"],
        "at_most must be a whole number from 10 to 10000",
    );
    refused(&["--at-most", "20"], "has a fixed number of seeds: 2\nhint: add --until-clear");
}
