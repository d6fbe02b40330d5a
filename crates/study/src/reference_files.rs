//! Files of reference curves: where a study's `curves` are read from, and the copies that are kept
//! with its results.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::reference_table::ReferenceTable;
use crate::{ReferenceProblem, StoreError, Study, files};

/// Bytes that all reference curves of a study may have together. The eight curves of the built-in
/// study `report` have six thousand.
pub(crate) const MOST_CURVE_BYTES: usize = 1 << 20;
/// The directory of a stored study that holds its curves.
pub(crate) const REFERENCE: &str = "reference";
/// Bytes of a stored file's name, without its number and its extension.
const LONGEST_STEM: usize = 64;

/// Where the files are that a study file names.
#[derive(Clone, Copy)]
pub(crate) enum CurvePlace<'a> {
    /// The directory of the study file.
    Directory(&'a Path),
    /// The directory of results that the study file is kept in.
    Stored(&'a Path),
    /// Files in memory: each with its name and its text.
    Memory(&'a [(&'a str, &'a str)]),
}

/// Reads the tables of reference curves that a study file names, each once.
pub(crate) struct CurveReader<'a> {
    place: CurvePlace<'a>,
    tables: HashMap<String, ReferenceTable>,
    /// Bytes that may still be read.
    room: usize,
}

impl<'a> CurveReader<'a> {
    pub fn new(place: CurvePlace<'a>) -> Self {
        CurveReader { place, tables: HashMap::new(), room: MOST_CURVE_BYTES }
    }

    /// Whether the study file is one that this program has kept, perhaps an earlier version of it.
    pub fn is_stored(&self) -> bool {
        match self.place {
            CurvePlace::Stored(_) => true,
            CurvePlace::Directory(_) | CurvePlace::Memory(_) => false,
        }
    }

    /// The path of the file `name`, for messages.
    pub fn path(&self, name: &str) -> PathBuf {
        match self.place {
            CurvePlace::Directory(directory) | CurvePlace::Stored(directory) => {
                directory.join(name)
            }
            CurvePlace::Memory(_) => name.into(),
        }
    }

    /// The table in the file `name`.
    pub fn table(&mut self, name: &str) -> Result<&ReferenceTable, ReferenceProblem> {
        if !self.tables.contains_key(name) {
            let text = self.read(name)?;
            let left = self.room.checked_sub(text.len());
            self.room = left.ok_or(ReferenceProblem::TooLarge { limit: MOST_CURVE_BYTES })?;
            self.tables.insert(name.to_owned(), ReferenceTable::parse(&text)?);
        }
        Ok(&self.tables[name])
    }

    /// The text of the file `name`; where there is no room for all of it, as much as shows so.
    fn read(&self, name: &str) -> Result<String, ReferenceProblem> {
        let unreadable =
            |error: std::io::Error| ReferenceProblem::Unreadable { message: error.to_string() };
        if let CurvePlace::Memory(files) = self.place {
            let file = files.iter().find(|(known, _)| *known == name);
            return match file {
                Some((_, text)) => Ok((*text).to_owned()),
                None => Err(unreadable(std::io::ErrorKind::NotFound.into())),
            };
        }
        let path = self.path(name);
        // Opening a pipe would wait for somebody to write to it.
        if !fs::metadata(&path).map_err(unreadable)?.is_file() {
            return Err(ReferenceProblem::NotAFile);
        }
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(self.room as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() > self.room {
            return Err(ReferenceProblem::TooLarge { limit: MOST_CURVE_BYTES });
        }
        String::from_utf8(bytes).map_err(|_| ReferenceProblem::NotText)
    }
}

/// Copies the files of all reference curves of `study` into `dir`, and makes `study` name the
/// copies: `dir` then needs no other file.
///
/// A copy is never written over, since the study file in `dir` may still name it: a file that has
/// another content gets another name.
///
/// # Errors
/// The files have more bytes together than a study may have, or can't be written.
pub(crate) fn keep_curves(dir: &Path, study: &mut Study) -> Result<(), StoreError> {
    // All networks that name one file share its text: comparing addresses is enough for these.
    let texts: HashMap<*const u8, &str> =
        study.curves().map(|curve| (curve.text.as_ptr(), &*curve.text)).collect();
    let texts: HashSet<&str> = texts.into_values().collect();
    // What was kept before counts too: a study may be gone on with after its curves were changed.
    if texts.iter().map(|text| text.len()).sum::<usize>() > MOST_CURVE_BYTES {
        let problem = Box::new(ReferenceProblem::TooLarge { limit: MOST_CURVE_BYTES });
        return Err(StoreError::Curves { dir: dir.to_owned(), problem });
    }
    let mut kept: Vec<(Arc<str>, String)> = Vec::new();
    for curve in study.networks.iter_mut().filter_map(|network| network.reference.as_mut()) {
        // All networks that name one file share its text.
        if let Some((_, name)) = kept.iter().find(|(text, _)| Arc::ptr_eq(text, &curve.text)) {
            curve.file.clone_from(name);
            continue;
        }
        let stem = stem(curve.file_name());
        let mut number = 1;
        curve.file = loop {
            let suffix = if number > 1 { format!("-{number}") } else { String::new() };
            let name = format!("{REFERENCE}/{stem}{suffix}.csv");
            let path = dir.join(&name);
            match files::read_at_most(&path, MOST_CURVE_BYTES as u64)? {
                Some(there) if there == curve.text.as_bytes() => break name,
                Some(_) => number += 1,
                None => {
                    files::create_directory(&dir.join(REFERENCE))?;
                    files::write_whole(&path, curve.text.as_bytes())?;
                    break name;
                }
            }
        };
        kept.push((Arc::clone(&curve.text), curve.file.clone()));
    }
    Ok(())
}

/// The name of a copy without `.csv`: letters, digits, `-` and `_` of the file's own name.
fn stem(file_name: &str) -> String {
    let stem = file_name.strip_suffix(".csv").unwrap_or(file_name);
    let mut stem: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' })
        .take(LONGEST_STEM)
        .collect();
    if stem.is_empty() {
        stem.push_str("curves");
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Directory;
    use crate::store::{DATASET_FILE, STUDY_FILE, read_study};
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

    /// A study file beside `paper.csv` in the directory.
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
        drop(Directory::open(&dir, &asked, &facts()).unwrap());
        fs::remove_file(&paper).unwrap();
        let stored = StoredStudy::open(&dir).unwrap();
        let curve = stored.reference(0).unwrap();
        assert_eq!(curve.file, "reference/paper.csv");
        assert_eq!(curve.points, asked.networks[0].reference.as_ref().unwrap().points);
        let file = dir.join(STUDY_FILE);
        assert_eq!(Study::find(file.to_str().unwrap()).unwrap(), stored.study);
        // Gone on with from its own file, it stays as it is.
        drop(Directory::open(&dir, &stored.study, &facts()).unwrap());
        assert_eq!(StoredStudy::open(&dir).unwrap().study, stored.study);
        // Curves that have changed do not replace those that were kept.
        fs::write(&paper, CHANGED).unwrap();
        let changed = study(place.path(), WIDE).unwrap();
        drop(Directory::open(&dir, &changed, &facts()).unwrap());
        let stored = StoredStudy::open(&dir).unwrap();
        assert_eq!(stored.reference(0).unwrap().file, "reference/paper-2.csv");
        assert_eq!(fs::read_to_string(dir.join("reference/paper.csv")).unwrap(), CURVES);
    }

    #[test]
    fn a_curve_of_other_images_is_not_shown() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("paper.csv"), CURVES).unwrap();
        let mut asked = study(place.path(), WIDE).unwrap();
        // As `--dataset` does.
        asked.dataset = Some("mnist".parse().unwrap());
        let dir = place.path().join("results");
        let facts = DatasetFacts { name: "mnist".to_owned(), ..facts() };
        drop(Directory::open(&dir, &asked, &facts).unwrap());
        let stored = StoredStudy::open(&dir).unwrap();
        assert!(stored.reference(0).is_none() && stored.study.networks[0].reference.is_some());
    }

    #[test]
    fn a_directory_of_an_earlier_version_opens() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(STUDY_FILE), text("published = 8")).unwrap();
        files::write_json(&dir.path().join(DATASET_FILE), &facts()).unwrap();
        let (study, _) = read_study(dir.path()).unwrap().unwrap();
        let curve = study.networks[0].reference.as_ref().unwrap();
        assert_eq!((curve.network.as_str(), curve.points.len()), ("8", 20));
        assert_eq!(curve.dataset.to_string(), "fashion-mnist");
        // Gone on with, it is as if this version had written it.
        drop(Directory::open(dir.path(), &study, &facts()).unwrap());
        let stored = fs::read_to_string(dir.path().join(STUDY_FILE)).unwrap();
        assert!(stored.contains("curves = \"reference/report-curves.csv\""), "{stored}");
    }

    #[test]
    fn mistakes_are_told_by_file_line_and_key() {
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
                "9:48: `network` in `reference` of [[network]] 1 must be a string, got 3".to_owned(),
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
}
