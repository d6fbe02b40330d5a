//! Reference curves of a study file: where they are read from, and which copies are kept.

use std::fs;

use fitroom_files::Sharing;

use super::*;
use crate::directory::Directory;
use crate::file_names::STUDY_FILE;
use crate::stored_files::{read_study, write_dataset};
use crate::test_data::dataset;
use crate::{DatasetFacts, StoredStudy};

const CURVES: &str = "network,epoch,val_accuracy\nwide,1,0.5\nwide,2,0.625\nnarrow,1,0.25\n";
const CHANGED: &str = "network,epoch,val_accuracy\nwide,1,0.75\n";

fn text(reference: &str) -> String {
    format!(
        "name = \"test\"\ndataset = \"drawn\"\n[training]\nvalidation = 8\nbatch_size = 4\n\
         [[network]]\nname = \"a\"\nlayers = \"\"\n{reference}\n"
    )
}

/// Writes a study file beside `paper.csv` into the directory, and reads it.
fn study(dir: &Path, reference: &str) -> Result<Study, String> {
    let path = dir.join("mine.toml");
    fs::write(&path, text(reference)).unwrap();
    Study::find(path.to_str().unwrap())
        .map_err(|error| error.to_string().replace(dir.to_str().unwrap(), "DIR"))
}

const WIDE: &str = "reference = { curves = \"paper.csv\", network = \"wide\" }";

fn facts() -> DatasetFacts {
    DatasetFacts { name: "drawn".to_owned(), ..DatasetFacts::from(&dataset(24, 8)) }
}

#[test]
fn a_study_with_a_reference_curve_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("paper.csv"), CURVES).unwrap();
    let read = study(dir.path(), WIDE).unwrap();
    let curve = read.networks[0].reference.as_ref().unwrap();
    let accuracies: Vec<_> = curve.points.iter().map(|point| point.val_accuracy).collect();
    assert_eq!(accuracies, [Some(0.5), Some(0.625)]);
    assert_eq!((curve.file.as_str(), curve.network.as_str()), ("paper.csv", "wide"));
    assert_eq!(curve.dataset.to_string(), "drawn");
    let written = dir.path().join("written.toml");
    fs::write(&written, read.to_toml()).unwrap();
    assert_eq!(Study::find(written.to_str().unwrap()).unwrap(), read);
    let other = WIDE.replace("\"wide\"", "\"wide\", dataset = \"mnist\"");
    let other = study(dir.path(), &other).unwrap().networks.remove(0).reference.unwrap();
    assert_eq!(other.dataset.to_string(), "mnist");
}

#[test]
fn networks_of_a_sweep_name_their_own_curves() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("paper.csv"), CURVES).unwrap();
    let swept = study(dir.path(), "").unwrap().to_toml();
    let swept = swept.split("\n[[network]]").next().unwrap().to_owned()
        + "[[network]]\nname = \"{n}\"\nlayers = \"\"\nsweep = { n = [\"wide\", \"narrow\"] }\n\
           reference = { curves = \"paper.csv\", network = \"{n}\" }\n";
    let path = dir.path().join("swept.toml");
    fs::write(&path, swept).unwrap();
    let study = Study::find(path.to_str().unwrap()).unwrap();
    let names: Vec<_> = study.curves().map(|curve| curve.network.as_str()).collect();
    assert_eq!(names, ["wide", "narrow"]);
}

#[test]
fn a_stored_study_keeps_its_curves() {
    let place = tempfile::tempdir().unwrap();
    let (dir, paper) = (place.path().join("results"), place.path().join("paper.csv"));
    fs::write(&paper, CURVES).unwrap();
    let asked = study(place.path(), WIDE).unwrap();
    drop(Directory::open(&dir, &asked, &facts(), Sharing::Alone).unwrap());
    fs::remove_file(&paper).unwrap();
    let stored = StoredStudy::open(&dir).unwrap();
    let curve = stored.study.networks[0].reference.as_ref().unwrap();
    assert_eq!(curve.file, "reference/paper.csv");
    assert_eq!(curve.points, asked.networks[0].reference.as_ref().unwrap().points);
    let file = dir.join(STUDY_FILE);
    assert_eq!(Study::find(file.to_str().unwrap()).unwrap(), stored.study);
    // Opened again from its own study file, the directory stays as it is.
    drop(Directory::open(&dir, &stored.study, &facts(), Sharing::Alone).unwrap());
    assert_eq!(StoredStudy::open(&dir).unwrap().study, stored.study);
    // Curves that have changed do not replace those that were kept.
    fs::write(&paper, CHANGED).unwrap();
    let changed = study(place.path(), WIDE).unwrap();
    drop(Directory::open(&dir, &changed, &facts(), Sharing::Alone).unwrap());
    let stored = StoredStudy::open(&dir).unwrap();
    let curve = stored.study.networks[0].reference.as_ref().unwrap();
    assert_eq!(curve.file, "reference/paper-2.csv");
    assert_eq!(fs::read_to_string(dir.join("reference/paper.csv")).unwrap(), CURVES);
}

#[test]
fn a_curve_keeps_its_data_set_when_the_study_runs_on_another() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("paper.csv"), CURVES).unwrap();
    let mut asked = study(place.path(), WIDE).unwrap();
    // As `--dataset` does.
    asked.dataset = Some("mnist".parse().unwrap());
    let dir = place.path().join("results");
    let facts = DatasetFacts { name: "mnist".to_owned(), ..facts() };
    drop(Directory::open(&dir, &asked, &facts, Sharing::Alone).unwrap());
    let stored = StoredStudy::open(&dir).unwrap();
    let curve = stored.study.networks[0].reference.as_ref().unwrap();
    assert_eq!(
        (curve.dataset.to_string().as_str(), stored.dataset.name.as_str()),
        ("drawn", "mnist")
    );
}

#[test]
fn a_directory_of_an_earlier_version_opens() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(STUDY_FILE), text("published = 8")).unwrap();
    write_dataset(dir.path(), &facts()).unwrap();
    let (study, _) = read_study(dir.path()).unwrap().unwrap();
    let curve = study.networks[0].reference.as_ref().unwrap();
    assert_eq!((curve.network.as_str(), curve.points.len()), ("8", 20));
    assert_eq!(curve.dataset.to_string(), "fashion-mnist");
    // Opening it to continue writes the study file as this version does.
    drop(Directory::open(dir.path(), &study, &facts(), Sharing::Alone).unwrap());
    let stored = fs::read_to_string(dir.path().join(STUDY_FILE)).unwrap();
    assert!(stored.contains("curves = \"reference/report-curves.csv\""), "{stored}");
}

#[test]
fn mistakes_are_reported_with_file_line_and_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    fs::write(path.join("paper.csv"), CURVES).unwrap();
    fs::write(path.join("large.csv"), vec![b'a'; MOST_CURVE_BYTES + 1]).unwrap();
    fs::write(path.join("binary.csv"), [0xff; 9]).unwrap();
    fs::write(path.join("bad.csv"), "network,epoch,train_loss\nwide,1,NaN\n").unwrap();
    fs::create_dir(path.join("directory.csv")).unwrap();
    let relative = "hint: `curves` is the path of a CSV file, relative to the study file";
    for (value, message) in [
        ("3", "9:13: `reference` in [[network]] 1 must be a table, got 3".to_owned()),
        (
            "{ network = \"wide\" }",
            "9:13: `curves` is missing in `reference` of [[network]] 1".to_owned(),
        ),
        (
            "{ curves = \"paper.csv\" }",
            "9:13: `network` is missing in `reference` of [[network]] 1".to_owned(),
        ),
        (
            "{ curves = \"paper.csv\", network = 3 }",
            "9:47: `network` in `reference` of [[network]] 1 must be a string, got 3".to_owned(),
        ),
        (
            "{ curves = \"\", network = \"wide\" }",
            "9:24: `curves` in `reference` of [[network]] 1 must be the path of a CSV file, on one line, got \"\"".to_owned(),
        ),
        (
            "{ curves = \"paper.csv\", network = \"\" }",
            "9:47: `network` in `reference` of [[network]] 1 must be a name of 1 to 100 characters on one line, got \"\"".to_owned(),
        ),
        (
            "{ curves = \"paper.csv\", network = \"wide\", colour = 1 }",
            "9:55: unknown key `colour` in `reference` of [[network]] 1".to_owned(),
        ),
        (
            "{ curves = \"paper.csv\", network = \"wid\" }",
            "9:47: in the reference curves DIR/paper.csv: it has no network `wid`\n\
             hint: did you mean `wide`?\nhint: its networks are `wide`, `narrow`"
                .to_owned(),
        ),
        (
            "{ curves = \"papers.csv\", network = \"wide\" }",
            format!(
                "9:24: in the reference curves DIR/papers.csv: it can't be read: No such file or directory (os error 2)\n{relative}"
            ),
        ),
        (
            "{ curves = \"directory.csv\", network = \"wide\" }",
            format!("9:24: in the reference curves DIR/directory.csv: it is no ordinary file\n{relative}"),
        ),
        (
            "{ curves = \"large.csv\", network = \"wide\" }",
            "9:24: in the reference curves DIR/large.csv: the files of reference curves of one study may have 1048576 bytes together, \
             and with this one they have more\nhint: leave out networks and epochs that are not needed"
                .to_owned(),
        ),
        (
            "{ curves = \"binary.csv\", network = \"wide\" }",
            "9:24: in the reference curves DIR/binary.csv: it is no UTF-8 text\nhint: save it as CSV".to_owned(),
        ),
        (
            "{ curves = \"bad.csv\", network = \"wide\" }",
            "9:24: in the reference curves DIR/bad.csv: line 2: `train_loss` must be a finite number, or empty, got `NaN`".to_owned(),
        ),
    ] {
        let error = study(path, &format!("reference = {value}")).unwrap_err();
        assert_eq!(error, format!("DIR/mine.toml:{message}"), "{value}");
    }
}

#[test]
fn a_stored_study_reads_no_file_outside_of_its_curves() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("mine.csv"), CURVES).unwrap();
    let dir = place.path().join("theirs");
    fs::create_dir_all(dir.join(REFERENCE)).unwrap();
    fs::write(dir.join("here.csv"), CURVES).unwrap();
    let outside = place.path().join("mine.csv").display().to_string();
    for file in ["../mine.csv", "reference/../../mine.csv", "here.csv", &outside] {
        let reference = format!("reference = {{ curves = \"{file}\", network = \"wide\" }}");
        fs::write(dir.join(STUDY_FILE), text(&reference)).unwrap();
        let error = read_study(&dir).unwrap_err().to_string();
        assert!(error.contains("may name only files in `reference/`"), "{file}: {error}");
    }
    fs::write(dir.join(STUDY_FILE), text(&WIDE.replace("paper", "reference/paper"))).unwrap();
    write_dataset(&dir, &facts()).unwrap();
    fs::write(dir.join("reference/paper.csv"), CURVES).unwrap();
    read_study(&dir).unwrap().unwrap();
    #[cfg(unix)]
    {
        fs::remove_file(dir.join("reference/paper.csv")).unwrap();
        std::os::unix::fs::symlink("../../mine.csv", dir.join("reference/paper.csv")).unwrap();
        let error = read_study(&dir).unwrap_err().to_string();
        assert!(error.contains("it is a link and not a regular file"), "{error}");
        fs::remove_dir_all(dir.join(REFERENCE)).unwrap();
        std::os::unix::fs::symlink(place.path(), dir.join(REFERENCE)).unwrap();
        let error = read_study(&dir).unwrap_err().to_string();
        assert!(error.contains("reference is damaged: it is a link"), "{error}");
    }
}

#[test]
fn a_changed_curve_breaks_the_seal() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("paper.csv"), CURVES).unwrap();
    let out = dir.path().join("out");
    drop(
        Directory::open(&out, &study(dir.path(), WIDE).unwrap(), &facts(), Sharing::Alone).unwrap(),
    );
    fs::write(out.join("reference/paper.csv"), CURVES.replace("0.625", "0.635")).unwrap();
    let error = read_study(&out).unwrap_err().to_string();
    assert!(error.contains("study.toml is damaged: its seal does not match"), "{error}");
    // Somebody who changes it on purpose is told what to do.
    let text = fs::read_to_string(out.join(STUDY_FILE)).unwrap();
    fs::write(out.join(STUDY_FILE), text.split_once('\n').unwrap().1).unwrap();
    read_study(&out).unwrap().unwrap();
}
