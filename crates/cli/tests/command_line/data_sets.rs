//! Images in all formats, from the file to the results.

use crate::fixture::{Place, without_seconds};
use crate::image_formats::{Images, write_npz};

const NETWORKS: &str = "\
name = 'formats'\n\
[training]\nepochs = 2\nbatch_size = 16\n\
[[network]]\nname = 'dense'\nlayers = 'dense 8, relu'\n\
[[network]]\nname = 'conv'\nlayers = 'conv 4 3x3, relu, maxpool 2x2, flatten'\n";

/// The results of the same networks on a data set: `epochs.csv` without times.
fn epochs(place: &Place, dataset: &str, arguments: &[&str]) -> String {
    let out = format!("out-{}", dataset.split(':').next().unwrap());
    let _ = std::fs::remove_dir_all(place.path(&out));
    let mut all = vec!["run", "formats.toml", "--dataset", dataset, "--out", &out];
    all.extend(arguments);
    place.succeed(&all);
    without_seconds(&place.path(&out).join("epochs.csv"))
}

#[test]
fn the_same_images_train_alike_in_every_format() {
    let place = Place::new();
    place.write("formats.toml", NETWORKS);
    let (train, test) = (Images::made(300, [8, 8], 1, 1), Images::made(100, [8, 8], 1, 2));
    for (part, images) in [("train", &train), ("t10k", &test)] {
        images.write_idx(&place, "idx", part);
    }
    for (part, images) in [("train", &train), ("test", &test)] {
        images.write_kaggle(&place, &format!("kaggle-{part}.csv"));
        images.write_openml(&place, &format!("openml-{part}.csv"));
        images.write_folder(&place, &format!("pictures/{part}"));
    }
    write_npz(&place, "images.npz", &train, &test);
    let expected = epochs(&place, "idx:idx", &[]);
    assert!(expected.lines().count() > 4, "{expected}");
    for dataset in [
        "csv:kaggle-train.csv,kaggle-test.csv",
        "csv:openml-train.csv,openml-test.csv",
        "npz:images.npz",
        "folder:pictures",
    ] {
        assert_eq!(epochs(&place, dataset, &[]), expected, "{dataset}");
    }
}

#[test]
fn the_same_colour_images_train_alike_in_every_format() {
    let place = Place::new();
    place.write("formats.toml", NETWORKS);
    let (train, test) = (Images::made(300, [32, 32], 3, 1), Images::made(100, [32, 32], 3, 2));
    place.write("cifar/data_batch_1.bin", train.cifar());
    place.write("cifar/test_batch.bin", test.cifar());
    for (part, images) in [("train", &train), ("test", &test)] {
        images.write_folder(&place, &format!("pictures/{part}"));
        images.write_kaggle(&place, &format!("{part}.csv"));
    }
    for (part, images) in [("train", &train), ("t10k", &test)] {
        images.write_idx(&place, "idx", part);
    }
    write_npz(&place, "images.npz", &train, &test);
    let expected = epochs(&place, "cifar:cifar", &[]);
    for dataset in ["npz:images.npz", "folder:pictures", "idx:idx"] {
        assert_eq!(epochs(&place, dataset, &[]), expected, "{dataset}");
    }
    let shaped = epochs(&place, "csv:train.csv,test.csv", &["--shape", "32x32x3"]);
    assert_eq!(shaped, expected);
}

#[test]
fn pixels_from_0_to_1_train_as_from_0_to_255() {
    let place = Place::new();
    place.write("formats.toml", NETWORKS);
    let images = |count, seed, end: u8| {
        let mut images = Images::made(count, [6, 6], 1, seed);
        images.pixels.iter_mut().for_each(|pixel| *pixel = u8::from(*pixel > 100) * end);
        images
    };
    for end in [1, 255] {
        images(200, 1, end).write_kaggle(&place, &format!("train{end}.csv"));
        images(80, 2, end).write_kaggle(&place, &format!("test{end}.csv"));
    }
    let [unit, byte] =
        [1, 255].map(|end| epochs(&place, &format!("csv:train{end}.csv,test{end}.csv"), &[]));
    assert_eq!(unit, byte);
    let shown = place.succeed(&["data", "show", "csv:train1.csv,test1.csv"]).stdout;
    assert!(shown.contains("(pixels are 0 or 1, multiplied by 255)"), "{shown}");
}

#[test]
fn large_images_are_scaled_when_asked_and_refused_before() {
    let place = Place::new();
    place.write("formats.toml", NETWORKS);
    let (train, test) = (Images::made(40, [80, 70], 1, 1), Images::made(20, [80, 70], 1, 2));
    train.write_idx(&place, "idx", "train");
    test.write_idx(&place, "idx", "t10k");
    let refused = place.call(&["data", "show", "idx:idx"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("holds images of 80x70 (rows x columns)"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("hint: scale them"), "{}", refused.stderr);
    let shown = place.succeed(&["data", "show", "idx:idx", "--resize", "16x14"]).stdout;
    assert!(shown.contains("images of 16×14") && shown.contains("scaled to 16x14"), "{shown}");
    epochs(&place, "idx:idx", &["--resize", "16x14"]);
    // The report finds the images again, as they were read.
    let report = place.read("out-idx/report.html");
    place.succeed(&["report", "out-idx"]);
    assert_eq!(place.read("out-idx/report.html"), report);
}
