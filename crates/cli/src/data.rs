//! Data sets: loading one for a study, and `fitroom data`.

use std::fs;
use std::path::{Path, PathBuf};

use fitroom_data::{Dataset, Places, Source, contact_sheet};
use fitroom_report::number;
use fitroom_study::DatasetFacts;

use crate::Failure;
use crate::arguments::{DataAction, DataName};
use crate::failure::warn;
use crate::output::{Table, print};
use crate::progress::Download;
use crate::run::{OUTPUT, file_name};

/// The data set of a study; warns where `drawn` has to stand in for Fashion-MNIST.
pub fn load(source: Option<&Source>, places: &Places) -> Result<Dataset, Failure> {
    let mut download = Download::new();
    let mut progress = |progress: fitroom_data::Progress| download.show(&progress);
    let dataset = match source {
        Some(source) => source.load(places, &mut progress)?,
        None => Source::load_default(places, &mut progress)?,
    };
    if let Some(because) = &dataset.stands_in_because {
        warn(&format!(
            "{because}: {} stand in for it\nhint: `fitroom data fetch` says what was tried",
            dataset.title
        ));
    }
    Ok(dataset)
}

/// The data set that a stored study ran on, unless it is not on disk any more or has changed:
/// nothing is downloaded.
pub fn load_again(stored: &DatasetFacts, places: &Places) -> Option<Dataset> {
    let source: Source = stored.name.parse().ok()?;
    source.load_from_disk(places).ok().filter(|dataset| dataset.fingerprint == stored.fingerprint)
}

/// `fitroom data`
pub fn act(action: &DataAction) -> Result<(), Failure> {
    match action {
        DataAction::Fetch(data) => fetch(data),
        DataAction::Verify(data) => verify(data),
        DataAction::Show { data, sheet } => show(data, sheet.as_deref()),
    }
}

fn fetch(data: &DataName) -> Result<(), Failure> {
    let source: Source = data.name.parse()?;
    let mut download = Download::new();
    let directory =
        source.fetch(&data.places.places(), &mut |progress| download.show(&progress))?;
    print(&match directory {
        Some(directory) => format!("{source}: {}\n", directory.display()),
        None => format!("{source}: nothing to download\n"),
    })
}

fn verify(data: &DataName) -> Result<(), Failure> {
    let source: Source = data.name.parse()?;
    let files = source.verify(&data.places.places())?;
    let line = |file: &fitroom_data::FileStatus| match &file.problem {
        None => format!("{}: ok\n", file.path.display()),
        // The problem names the file.
        Some(problem) => format!("{problem}\n"),
    };
    print(&files.iter().map(line).collect::<String>())?;
    match files.iter().filter(|file| file.problem.is_some()).count() {
        0 if files.is_empty() => print(&format!("{source}: made by this program, has no files\n")),
        0 => Ok(()),
        count => Err(Failure::WrongFiles { name: source.to_string(), count }),
    }
}

fn show(data: &DataName, sheet: Option<&Path>) -> Result<(), Failure> {
    /// Images of each class, and pixels of the sheet for each of theirs.
    const COLUMNS: usize = 20;
    const SCALE: usize = 2;
    let source: Source = data.name.parse()?;
    let dataset = load(Some(&source), &data.places.places())?;
    let path = sheet
        .map_or_else(|| Path::new(OUTPUT).join(file_name(&dataset.name) + ".png"), Path::to_owned);
    write(&path, &contact_sheet(&dataset, COLUMNS, SCALE))?;

    let classes = dataset.classes.len();
    let (train, test) = (dataset.train.class_counts(classes), dataset.test.class_counts(classes));
    let mut table = Table::new(["class", "training", "test"]);
    let row = |name: &str, train: usize, test: usize| {
        [name.to_owned(), number::count(train as u64), number::count(test as u64)]
    };
    for (name, (train, test)) in dataset.classes.iter().zip(train.into_iter().zip(test)) {
        table.row(row(name, train, test));
    }
    table.row(row("total", dataset.train.len(), dataset.test.len()));
    print(&format!(
        "{}: images of {}×{} in {} classes, from {}\n\n{}\ncontact sheet: {}\n",
        dataset.title,
        dataset.height,
        dataset.width,
        classes,
        dataset.origin,
        table.text("  "),
        path.display()
    ))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |path: &Path| {
        let path: PathBuf = path.to_owned();
        move |source| Failure::Write { path, source }
    };
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed(directory))?;
    }
    fs::write(path, bytes).map_err(failed(path))
}
