//! Wrong requests. For each, the program says what is wrong, ends with exit code 2, and writes
//! nothing.

use snapbox::{assert_data_eq, str};

use crate::fixture::{Place, STUDY, idx};

/// Calls `fitroom run` with these arguments, which must be refused, and returns the message.
fn refused(place: &Place, arguments: &[&str]) -> String {
    let before = place.files();
    let called = place.call(&[&["run"], arguments].concat());
    assert_eq!((called.code, called.stdout.as_str()), (Some(2), ""), "{}", called.stderr);
    assert!(place.files() == before, "something was written: {}", called.stderr);
    called.stderr
}

/// Runs `tiny.toml` with `from` replaced by `to`, which must be refused, and returns the message.
fn refused_with(from: &str, to: &str) -> String {
    let place = Place::new();
    let changed = STUDY.replacen(from, to, 1);
    assert_ne!(changed, STUDY);
    place.write("tiny.toml", changed);
    refused(&place, &["tiny.toml"])
}

#[test]
fn unknown_study() {
    assert_data_eq!(
        refused(&Place::new(), &["reprot"]),
        str![[r#"
error: unknown study `reprot`: no built-in study is called that and no such file exists
hint: did you mean `report`?
hint: the built-in studies are `report`[..]

"#]]
    );
}

#[test]
fn unknown_key() {
    assert_data_eq!(
        refused_with("batch_size", "batchsize"),
        str![[r#"
error: tiny.toml:8:1: unknown key `batchsize` in [training]
hint: did you mean `batch_size`?

"#]]
    );
}

#[test]
fn layer_that_cannot_follow_another() {
    assert_data_eq!(
        refused_with("flatten, ", ""),
        str![[r#"
error: network `all sorts`: layer 5 `dense 4` takes a vector, but 2×4×4 comes in
hint: put `flatten` or `globalavgpool` before it

"#]]
    );
}

#[test]
fn no_epochs() {
    assert_data_eq!(
        refused_with("epochs     = 3", "epochs     = 0"),
        str![[r#"
error: tiny.toml:7:14: `epochs` in [training] must be a whole number from 1 to 1000000, got 0

"#]]
    );
    assert_data_eq!(
        refused(&Place::new(), &["tiny.toml", "--epochs", "0"]),
        str![[r#"
error: epochs must be a whole number from 1 to 1000000, got 0

"#]]
    );
}

#[test]
fn truncated_idx() {
    let place = Place::new();
    let name = "images/train-images-idx3-ubyte";
    let whole = std::fs::read(place.path(name)).unwrap();
    place.write(name, &whole[..1000]);
    assert_data_eq!(
        refused(&place, &["tiny.toml"]),
        str![[r#"
error: images/train-images-idx3-ubyte: truncated: 4336 bytes are needed (120 x 6 x 6), but only 1000 are there

"#]]
    );
}

#[test]
fn image_and_label_counts_that_differ() {
    let place = Place::new();
    place.write("images/train-labels-idx1-ubyte", idx(&[119], vec![2; 119]));
    assert_data_eq!(
        refused(&place, &["tiny.toml"]),
        str![[r#"
error: images/train-images-idx3-ubyte holds 120 images, but images/train-labels-idx1-ubyte holds 119 labels

"#]]
    );
}

#[test]
fn a_data_set_that_is_not_there() {
    let place = Place::new();
    assert_data_eq!(
        refused(&place, &["tiny.toml", "--dataset", "idx:imgs"]),
        str![[r#"
error: cannot open imgs: [..]

"#]]
    );
    assert_data_eq!(
        refused(&place, &["tiny.toml", "--dataset", "fashion-mnits"]),
        str![[r#"
error: unknown data set `fashion-mnits`
hint: did you mean `fashion-mnist`?

"#]]
    );
}

#[test]
fn an_out_that_holds_something_else() {
    let place = Place::new();
    place.succeed(&["run", "tiny.toml", "--out", "out", "--seeds", "1", "--epochs", "1"]);
    place.write("other.toml", STUDY.replace("validation = 24", "validation = 30"));
    let other = refused(&place, &["other.toml", "--out", "out"]);
    assert_data_eq!(
        other,
        str![[r#"
error: out holds another study: validation is 24 there and 30 now
hint: give another directory with --out

"#]]
    );
    place.write("thesis/chapter.txt", "years of work");
    assert_data_eq!(
        refused(&place, &["tiny.toml", "--out", "thesis"]),
        str![[r#"
error: thesis is not empty and holds no study
hint: give a new directory with --out

"#]]
    );
}

#[test]
fn unwritable_directory() {
    assert_data_eq!(
        refused(&Place::new(), &["tiny.toml", "--out", "tiny.toml/out"]),
        str![[r#"
error: can't [..] tiny.toml/out[..]

"#]]
    );
}

#[test]
fn unknown_networks_and_arguments() {
    let place = Place::new();
    assert_data_eq!(
        refused(&place, &["tiny.toml", "--only", "plain,all sort"]),
        str![[r#"
error: the study `tiny` has no network `all sort`
hint: did you mean `all sorts`?
hint: its networks are `plain`, `all sorts`

"#]]
    );
    assert_data_eq!(
        refused(&place, &["tiny.toml", "--threads", "0"]),
        str![[r#"
error: invalid value '0' for '--threads <N>': 0 is not in 1..=65535

For more information, try '--help'.

"#]]
    );
    assert_data_eq!(
        refused(&place, &["tiny.toml", "--epoch", "1"]),
        str![[r#"
error: unexpected argument '--epoch' found

  tip: a similar argument exists: '--epochs'

Usage: fitroom run --epochs <N> <STUDY>

For more information, try '--help'.

"#]]
    );
}

#[test]
fn a_report_of_a_directory_without_a_study() {
    let place = Place::new();
    let called = place.call(&["report", "images"]);
    assert_eq!((called.code, called.stdout.as_str()), (Some(2), ""));
    assert_data_eq!(
        called.stderr,
        str![[r#"
error: there is no study in images
hint: `fitroom run` writes a study into the directory given with --out

"#]]
    );
}

#[test]
fn names_that_turn_a_line_or_show_nothing() {
    let turned = refused_with("idx:images", "idx:im\u{202e}ages");
    assert!(turned.contains("turn the direction of writing") && !turned.contains('\u{202e}'));
    let invisible = refused_with("\"plain\"", "\"\u{200b}\u{2060}\"");
    assert!(invisible.contains("1 to 100 characters on one line"), "{invisible}");
}
