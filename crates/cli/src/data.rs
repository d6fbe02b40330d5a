//! `fitroom data`: downloads, checks and shows data sets.

use std::fs;
use std::path::{Path, PathBuf};

use fitroom_session::data::{FileStatus, Source, contact_sheet};
use fitroom_session::report::view;
use fitroom_session::{OUTPUT_DIRECTORY, fetch_dataset, file_name, load_dataset};

use crate::Failure;
use crate::arguments::{DataAction, DataName};
use crate::display::LoadingDisplay;
use crate::output::{Rows, print};

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
    let mut loading = LoadingDisplay::new();
    let places = data.places.places();
    let directory =
        fetch_dataset(&source, &data.reading.changes().options(), &places, &mut |event| {
            loading.show(event)
        })?;
    print(&match directory {
        Some(directory) => format!("{source}: {}\n", directory.display()),
        None => format!("{source}: nothing to download\n"),
    })
}

fn verify(data: &DataName) -> Result<(), Failure> {
    let source: Source = data.name.parse()?;
    let files = source.verify(&data.reading.changes().options(), &data.places.places())?;
    let line = |file: &FileStatus| match &file.problem {
        None => format!("{}: ok\n", file.path.display()),
        // The problem names the file.
        Some(problem) => format!("{problem}\n"),
    };
    print(&files.iter().map(line).collect::<String>())?;
    match files.iter().filter(|file| file.problem.is_some()).count() {
        0 if files.is_empty() => {
            print(&format!("{source}: this program draws it, so it has no files\n"))
        }
        0 => Ok(()),
        count => Err(Failure::WrongFiles { name: source.to_string(), count }),
    }
}

fn show(data: &DataName, sheet: Option<&Path>) -> Result<(), Failure> {
    /// Images of each class on the sheet.
    const COLUMNS: usize = 20;
    /// Side of the square of pixels on the sheet for each pixel of an image.
    const SCALE: usize = 2;
    let source: Source = data.name.parse()?;
    let mut loading = LoadingDisplay::new();
    let places = data.places.places();
    let dataset =
        load_dataset(Some(&source), &data.reading.changes().options(), &places, &mut |event| {
            loading.show(event)
        })?;
    drop(loading);
    let default = || Path::new(OUTPUT_DIRECTORY).join(file_name(&dataset.name) + ".png");
    let path = sheet.map_or_else(default, Path::to_owned);
    write(&path, &contact_sheet(&dataset, COLUMNS, SCALE))?;

    let view = view::data(&dataset, 0, 0);
    print(&format!(
        "{}\n\n{}\n{}\n{}\ncontact sheet: {}\n",
        view.heading(),
        Rows::from(&view.class_table()).text("  "),
        view.brightness_words(),
        findings(&view.findings),
        path.display()
    ))
}

/// What was found in the images.
fn findings(findings: &[String]) -> String {
    match findings {
        [] => "nothing unusual found\n".to_owned(),
        findings => findings.iter().map(|finding| format!("warning: {finding}\n")).collect(),
    }
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
