//! How many images are held out for validation, from the study file to the results.

use crate::fixture::{Place, idx};

/// The network has few weights, so that 10,000 images take no time.
const NETWORK: &str = "\
name = 'held-out'\n\
[training]\nepochs = 1\n\
[[network]]\nname = 'a'\nlayers = 'dense 4, relu'\n";

/// Images of 1×2 in two classes.
fn write_small(place: &Place, directory: &str, images: usize) {
    for (part, count) in [("train", images), ("t10k", 8)] {
        let pixels = (0..2 * count).map(|at| (at * 37 % 251) as u8).collect();
        let labels = (0..count).map(|image| (image % 2) as u8).collect();
        place.write(&format!("{directory}/{part}-images-idx3-ubyte"), idx(&[count, 1, 2], pixels));
        place.write(&format!("{directory}/{part}-labels-idx1-ubyte"), idx(&[count], labels));
    }
}

#[test]
fn a_sixth_is_held_out_and_written_down() {
    let place = Place::new();
    write_small(&place, "many", 10_100);
    place.write("study.toml", NETWORK);
    place.succeed(&["run", "study.toml", "--dataset", "idx:many", "--out", "out"]);
    assert!(place.read("out/study.toml").contains("\n[training]\nvalidation = 1683\n"));
    assert!(place.read("out/report.md").contains("8,417 training, 1,683 validation"));

    // The number that is held out decides, and not how the study says it.
    place.write("study.toml", NETWORK.replace("epochs = 1", "epochs = 1\nvalidation = 1683"));
    place.succeed(&["run", "study.toml", "--dataset", "idx:many", "--out", "out"]);
    let stratified = "epochs = 1\nvalidation = { stratified = true }";
    place.write("study.toml", NETWORK.replace("epochs = 1", stratified));
    let again = ["run", "study.toml", "--dataset", "idx:many", "--out", "out"];
    let refused = place.call(&again);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    let message = "validation is 1683 there and { images = 1683, stratified = true } now";
    assert!(refused.stderr.contains(message), "{}", refused.stderr);
    place.succeed(&["run", "study.toml", "--dataset", "idx:many", "--out", "in-proportion"]);
    assert!(place.read("in-proportion/report.md").contains("1,683 stratified validation"));
}

#[test]
fn built_in_studies_run_on_few_images() {
    let place = Place::new();
    let arguments = ["run", "report", "--dataset", "idx:images", "--epochs", "1", "--seeds", "1"];
    place.succeed(&[&arguments[..], &["--only", "1", "--out", "few"]].concat());
    assert!(place.read("few/study.toml").contains("\nvalidation = 20\n"), "a sixth of 120");
    // Fewer images than a batch are one step an epoch, which is said.
    write_small(&place, "fewer", 60);
    let fewer = ["--dataset", "idx:fewer", "--out", "fewer-out", "--seeds", "1", "--only", "1"];
    let called = place.succeed(&[&["run", "report"], &fewer[..]].concat());
    let message = "has batch_size = 64 and is trained on 50 images: an epoch is a single step";
    assert!(called.stderr.contains(message), "{}", called.stderr);
    assert!(place.read("fewer-out/report.md").contains("an epoch is a single step"));
    // All test images of this set are training images, and that is said too.
    let message = "all 8 test images also stand among the training images";
    assert!(called.stderr.contains(message), "{}", called.stderr);
}
