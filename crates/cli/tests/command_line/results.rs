//! The files that a study writes, and what the program prints of them.

use snapbox::{assert_data_eq, str};

use crate::fixture::{Place, without_seconds};

#[test]
fn a_study_leaves_a_table_and_a_report() {
    let place = Place::new();
    let called = place.succeed(&["run", "tiny.toml"]);
    assert_data_eq!(
        called.stdout,
        str![[r#"
tiny: two networks on idx:images

  network       runs   parameters   best epoch   [..]validation %   [..]test %   seconds a run
  plain       2 of 2          323   [..] ± [..] ± [..] ± [..]
  all sorts   2 of 2          171   [..] ± [..] ± [..] ± [..]

all sorts against plain, exploratory: [..] points of validation accuracy on average over 2 seeds (standard deviation [..]); a verdict needs [..] seeds. More than one thing differs ([..]): this decides nothing about any one of them.

report: fitroom-out/tiny-idx-images/report.html

"#]]
    );
    for file in [
        "report.html",
        "report.md",
        "epochs.csv",
        "summary.csv",
        "comparisons.csv",
        "study.toml",
        "plots/all-sorts.svg",
    ] {
        assert!(place.path("fitroom-out/tiny-idx-images").join(file).exists(), "{file}");
    }
    let epochs: Vec<&str> =
        called.stderr.lines().filter(|line| line.contains(": epoch ")).collect();
    assert_eq!(epochs.len(), 2 * 2 * 3, "one line per epoch: {}", called.stderr);
    for part in [", seed ", ", loss ", ", validation ", " images/s, ", " left"] {
        assert!(epochs.iter().all(|line| line.contains(part)), "{part}: {}", called.stderr);
    }
}

#[test]
fn threads_change_nothing() {
    let place = Place::new();
    for (threads, out) in [("1", "one"), ("2", "two"), ("2", "again")] {
        place.succeed(&["run", "tiny.toml", "--threads", threads, "--out", out]);
    }
    for table in ["epochs.csv", "summary.csv"] {
        let one = without_seconds(&place.path("one").join(table));
        assert!(one.lines().count() > 4, "{one}");
        for other in ["two", "again"] {
            assert_eq!(without_seconds(&place.path(other).join(table)), one, "{table} of {other}");
        }
    }
}

#[test]
fn the_report_can_be_made_again() {
    let place = Place::new();
    let stdout = place.succeed(&["run", "tiny.toml", "--out", "out"]).stdout;
    let files = [
        "report.html",
        "report.md",
        "epochs.csv",
        "summary.csv",
        "plots/plain.svg",
        "plots/plain.png",
    ];
    let read = || files.map(|file| std::fs::read(place.path("out").join(file)).unwrap());
    let before = read();
    for file in files {
        std::fs::remove_file(place.path("out").join(file)).unwrap();
    }
    assert_eq!(place.succeed(&["report", "out"]).stdout, stdout);
    assert!(read() == before);
}

#[test]
fn the_report_shows_images_only_of_the_data_that_the_study_ran_on() {
    let place = Place::new();
    place.succeed(&["run", "tiny.toml", "--out", "out"]);
    let missing = "The images themselves are not shown";
    assert!(!place.read("out/report.md").contains(missing));
    assert!(place.path("out/plots/plain_mistakes.svg").exists());
    let before = place.read("out/report.md");

    // Other images under the same name, then no images.
    place.write_images("images", 240, 3);
    place.succeed(&["report", "out"]);
    assert!(place.read("out/report.md").contains(missing));
    std::fs::remove_dir_all(place.path("images")).unwrap();
    place.succeed(&["report", "out", "--data-dir", "."]);
    assert!(place.read("out/report.md").contains(missing));
    place.write_images("images", 120, 3);
    place.succeed(&["report", "out"]);
    assert_eq!(place.read("out/report.md"), before);
}

#[test]
fn without_data_and_network_garments_are_drawn_and_everything_says_so() {
    let place = Place::new();
    let called = place.succeed(&["run", "--quick", "--epochs", "1", "--only", "one hidden layer"]);
    assert!(
        called
            .stderr
            .contains("\nwarning: Fashion-MNIST is not on disk and could not be downloaded ("),
        "{}",
        called.stderr
    );
    let title = "report: one network on drawn garments (built in), standing in for Fashion-MNIST";
    assert_eq!(called.stdout.lines().next(), Some(title));
    assert!(
        called.stdout.ends_with("report: fitroom-out/report-quick-drawn/report.html\n"),
        "{}",
        called.stdout
    );
    let page = place.read("fitroom-out/report-quick-drawn/report.html");
    assert!(
        page.contains(&format!("<title>{title}")) && page.contains(&format!("<h1>{title}</h1>"))
    );

    let again = place.succeed(&["report", "fitroom-out/report-quick-drawn"]);
    assert_eq!(again.stdout, called.stdout);
}

#[test]
fn a_study_that_names_its_data_set_gets_no_other() {
    let place = Place::new();
    let called = place.call(&["run", "--quick", "--dataset", "fashion-mnist"]);
    assert_eq!((called.code, called.stdout.as_str()), (Some(1), ""));
    assert!(
        called.stderr.contains("error: train-images-idx3-ubyte.gz could not be downloaded"),
        "{}",
        called.stderr
    );
    assert!(!place.path("fitroom-out").exists());
}
