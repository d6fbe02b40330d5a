//! The output of the commands that train nothing.

use std::io;

use snapbox::{assert_data_eq, file, str};

use crate::fixture::Place;

#[test]
fn help() {
    let place = Place::new();
    assert_data_eq!(place.succeed(&["--help"]).stdout, file!["snapshots/help.txt"]);
    assert_data_eq!(place.succeed(&["run", "--help"]).stdout, file!["snapshots/help-run.txt"]);
    assert_data_eq!(
        place.succeed(&["compare", "--help"]).stdout,
        file!["snapshots/help-compare.txt"]
    );
    assert_data_eq!(place.succeed(&["judge", "--help"]).stdout, file!["snapshots/help-judge.txt"]);
    assert_data_eq!(place.succeed(&["lr", "--help"]).stdout, file!["snapshots/help-lr.txt"]);
    assert_data_eq!(place.succeed(&["bench", "--help"]).stdout, file!["snapshots/help-bench.txt"]);
    assert_data_eq!(
        place.succeed(&["predict", "--help"]).stdout,
        file!["snapshots/help-predict.txt"]
    );
    assert_data_eq!(
        place.succeed(&["evaluate", "--help"]).stdout,
        file!["snapshots/help-evaluate.txt"]
    );
    assert_data_eq!(
        place.succeed(&["doctor", "--help"]).stdout,
        file!["snapshots/help-doctor.txt"]
    );
    assert_data_eq!(
        place.succeed(&["data", "show", "--help"]).stdout,
        file!["snapshots/help-data-show.txt"]
    );
    let version = concat!("fitroom ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(place.succeed(&["--version"]).stdout, version);
}

#[test]
fn the_networks_of_the_published_report() {
    let networks = Place::new().succeed(&["networks"]);
    assert_data_eq!(networks.stdout, file!["snapshots/networks.txt"]);
    assert_eq!(networks.stderr, "");
}

#[test]
fn networks_have_the_shape_of_their_images() {
    let place = Place::new();
    let networks = place.succeed(&["networks", "tiny.toml"]).stdout;
    assert_data_eq!(
        &networks,
        str![[r#"
tiny: networks for images of 1×6×6 in 3 classes

1. plain
   layer               output   parameters   multiply-adds
   dense 8                  8          296             288
   relu                     8            0               0
   dense 3 (implied)        3           27              24
   total                               323             312

2. all sorts
   layer                 output   parameters   multiply-adds
   conv 2 3x3 (direct)    2×4×4           20             288
   batchnorm              2×4×4            4               0
   relu                   2×4×4            0               0
   flatten                   32            0               0
   dropout 0.2               32            0               0
   dense 4                    4          132             128
   tanh                       4            0               0
   dense 3 (implied)          3           15              12
   total                                 171             428

"#]]
    );
    place.write_images("more", 120, 7);
    let networks = place.succeed(&["networks", "tiny.toml", "--dataset", "idx:more"]).stdout;
    assert!(
        networks.contains("in 7 classes") && networks.contains("dense 7 (implied)"),
        "{networks}"
    );
}

#[test]
fn the_study_in_the_readme_is_valid() {
    let readme = include_str!("../../../../README.md");
    let lines = readme.lines().skip_while(|line| !line.starts_with("    name "));
    let study = lines.take_while(|line| {
        line.is_empty() || line.starts_with("    ") && !line.contains("cargo run")
    });
    let place = Place::new();
    place.write("depth.toml", study.collect::<Vec<_>>().join("\n"));
    let networks = place.succeed(&["networks", "depth.toml"]).stdout;
    assert!(networks.contains("2. deep"), "{networks}");
}

#[test]
fn the_study_in_scaling_toml_is_valid() {
    let place = Place::new();
    place.write("scaling.toml", include_str!("../../../../bench/scaling.toml"));
    let networks = place.succeed(&["networks", "scaling.toml"]).stdout;
    assert!(
        networks.contains("7. batch of 1024") && networks.contains("15. width 4096"),
        "{networks}"
    );
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let place = Place::new();
    let output = place.command(&["networks"]).stdout(writer.try_clone().unwrap()).output().unwrap();
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()),
        (Some(0), "")
    );
    let output = place.command(&["run", "tiny.toml"]).stderr(writer).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(0) && stdout.contains("2 of 2"), "{stdout}");
}

#[test]
fn studies() {
    let studies = Place::new().succeed(&["studies"]).stdout;
    assert!(studies.starts_with("report: "), "{studies}");
}

#[test]
fn data_show_counts_classes_and_draws_them() {
    let place = Place::new();
    assert_data_eq!(
        place.succeed(&["data", "show", "idx:images"]).stdout,
        str![[r#"
idx:images: images of 6×6 in 3 classes, from images

  class   training   test
  0             40     10
  1             40     10
  2             40     10
  total        120     30

training pixels from 0 to 1: mean 0.3665; standard deviation 0.2209
nothing unusual found

contact sheet: fitroom-out/idx-images.png

"#]]
    );
    let sheet = std::fs::read(place.path("fitroom-out/idx-images.png")).unwrap();
    assert!(sheet.starts_with(b"\x89PNG"));
    place.succeed(&["data", "show", "idx:images", "--sheet", "sheets/here.png"]);
    assert_eq!(std::fs::read(place.path("sheets/here.png")).unwrap(), sheet);
    let called = place.call(&["data", "show", "idx:images", "--sheet", "tiny.toml/here.png"]);
    assert_eq!((called.code, called.stdout.as_str()), (Some(2), ""));
    assert!(called.stderr.starts_with("error: cannot write tiny.toml"), "{}", called.stderr);
}

#[test]
fn data_verify_says_which_file_is_wrong() {
    let place = Place::new();
    let verify = || place.call(&["data", "verify", "idx:images"]);
    assert_data_eq!(
        verify().stdout,
        str![[r#"
images/train-images-idx3-ubyte: ok
images/train-labels-idx1-ubyte: ok
images/t10k-images-idx3-ubyte: ok
images/t10k-labels-idx1-ubyte: ok

"#]]
    );
    place.write("images/t10k-labels-idx1-ubyte", "nothing of the kind");
    let called = verify();
    assert_eq!(called.code, Some(1));
    assert_data_eq!(
        called.stdout,
        str![[r#"
images/train-images-idx3-ubyte: ok
images/train-labels-idx1-ubyte: ok
images/t10k-images-idx3-ubyte: ok
images/t10k-labels-idx1-ubyte: not an IDX file of labels: the magic number is 0x6e6f7468, but should be 0x00000801

"#]]
    );
    assert_data_eq!(
        called.stderr,
        str![[r#"
error: one file of idx:images is wrong

"#]]
    );
}

#[test]
fn data_fetch_says_what_each_mirror_answered() {
    let place = Place::new();
    let called = place.call(&["data", "fetch"]);
    assert_eq!((called.code, called.stdout.as_str()), (Some(1), ""));
    assert_data_eq!(
        called.stderr,
        str![[r#"
downloading train-images-idx3-ubyte.gz (26.42 MB)
error: train-images-idx3-ubyte.gz could not be downloaded:
  http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz: [..]
  https://storage.googleapis.com/tensorflow/tf-keras-datasets/train-images-idx3-ubyte.gz: [..]
  https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/train-images-idx3-ubyte.gz: [..]
hint: put the files into [..]/home/fitroom/fashion-mnist by hand (packed as they are), or name a directory that has them with --data-dir

"#]]
    );
    assert_eq!(place.succeed(&["data", "fetch", "idx:images"]).stdout, "idx:images: images\n");
}
