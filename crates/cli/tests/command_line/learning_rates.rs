//! `fitroom lr`: learning-rate range tests.

use serde_json::Value;

use crate::fixture::Place;

/// A network on drawn garments, with a learning rate.
fn study(learning_rate: &str) -> String {
    format!(
        "name = \"rates\"\ndataset = \"drawn\"\nseeds = 1\n\
         training = {{ train_images = 3000, validation = 1000, fit_images = 100, epochs = 4, optimizer = {{ name = \"sgd\", momentum = 0.9, learning_rate = {learning_rate} }} }}\n\
         network = [{{ name = \"dense\", layers = \"dense 32, relu\" }}]\n"
    )
}

/// The test accuracy of the only run of `rates.toml`.
fn accuracy(place: &Place) -> f64 {
    place.succeed(&["run", "rates.toml", "--out", "out"]);
    let summary = place.read("out/summary.csv");
    let (header, row) = summary.split_once('\n').unwrap();
    let column = header.split(',').position(|name| name == "last_test_accuracy").unwrap();
    row.split(',').nth(column).unwrap().parse().unwrap()
}

#[test]
fn the_suggested_rate_trains_drawn_garments_well() {
    let place = Place::new();
    place.write("rates.toml", study("1e-5"));
    let called = place.succeed(&["lr", "rates.toml", "--json"]);
    let json: Value = serde_json::from_str(&called.stdout).unwrap();
    assert!(!place.path("fitroom-out").exists(), "--json writes no files");
    let suggested = json["networks"][0]["suggested"].as_f64().unwrap();
    assert!((1e-3..1.0).contains(&suggested), "{suggested}");
    let before = accuracy(&place);
    place.write("rates.toml", study(&suggested.to_string()));
    let after = accuracy(&place);
    assert!(after > 0.65 && after > before + 0.3, "{before} with 1e-5, {after} with {suggested}");
}

#[test]
fn the_curves_are_written_beside_the_results_and_change_none() {
    let place = Place::new();
    place.succeed(&["run", "tiny.toml"]);
    let before = place.files();
    let called = place.succeed(&["lr", "tiny.toml", "--from", "1e-4", "--threads", "1"]);
    let lines: Vec<&str> = called.stdout.lines().collect();
    assert_eq!(lines[0], "tiny: learning rates on idx:images, seed 1, 100 steps");
    assert!(lines[2].contains("suggested") && lines[2].ends_with("loss from 0.0001 to 10"));
    assert!(lines[3].starts_with("  plain ") && lines[4].starts_with("  all sorts "));
    assert_eq!(lines.last(), Some(&"curves: fitroom-out/lr-tiny-idx-images/suggestions.csv"));
    assert!(called.stderr.contains("measuring `plain` (1 of 2)"), "{}", called.stderr);
    let mut after = place.files();
    after.retain(|path, _| !path.to_string_lossy().contains("lr-tiny-idx-images"));
    assert!(Place::are_same(&after, &before), "the study's results are as they were");
    for file in ["learning-rates.csv", "plain.svg", "plain.png", "all-sorts.svg"] {
        assert!(place.path(&format!("fitroom-out/lr-tiny-idx-images/{file}")).is_file(), "{file}");
    }
    // The same numbers on two threads, of one network alone, in a directory of the user's.
    let arguments = ["lr", "tiny.toml", "--from", "1e-4", "--threads", "2", "--network", "2"];
    let called = place.succeed(&[&arguments[..], &["--out", "mine"]].concat());
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(called.stdout.lines().nth(3).unwrap()), words(lines[4]));
    let both = place.read("fitroom-out/lr-tiny-idx-images/learning-rates.csv");
    let of_one: Vec<&str> = both.lines().filter(|line| line.starts_with("all sorts,")).collect();
    assert_eq!(place.read("mine/learning-rates.csv").lines().skip(1).collect::<Vec<_>>(), of_one);
}

#[test]
fn wrong_requests_say_what_is_wrong() {
    let place = Place::new();
    let before = place.files();
    let refused = |arguments: &[&str]| {
        let called = place.call(&[&["lr", "tiny.toml"], arguments].concat());
        assert_eq!((called.code, called.stdout.as_str()), (Some(2), ""), "{}", called.stderr);
        called.stderr
    };
    let error = refused(&["--network", "plian"]);
    assert!(error.contains("hint: did you mean `plain`?"), "{error}");
    let error = refused(&["--from", "1", "--to", "0.1"]);
    assert!(
        error.contains("error: learning rates can't grow from 1 to 0.1\nhint: both are"),
        "{error}"
    );
    assert!(refused(&["--to", "NaN"]).contains("can't grow from"));
    let error = refused(&["--steps", "5"]);
    assert!(
        error.contains("error: a range test has 20 to 10000 steps, not 5\nhint: 100"),
        "{error}"
    );
    assert!(place.files() == before, "nothing is written");
}
