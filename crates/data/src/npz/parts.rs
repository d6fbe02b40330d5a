//! Reads the parts of a data set from its NPZ files: training, validation and test images.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use fitroom_files::regular_file;

use super::arrays::{Archive, ImageArray};
use super::files::Layout;
use super::names::{Keys, Part, Role};
use super::problem::{ArrayProblem, NpzProblem};
use crate::csv::{CsvProblem, Pixels, Recognised};
use crate::label::Labels;
use crate::unchecked::UncheckedImages;
use crate::{DataError, PixelRange, ReadOptions, file_roles};

/// Images and labels, with pixels as written.
pub(crate) struct RawPart {
    pub(crate) images: ImageArray,
    labels: Labels,
    pub(crate) is_one_hot: bool,
    /// The files with the names of their arrays.
    images_path: PathBuf,
    labels_path: PathBuf,
}

/// What NPZ files hold.
pub(crate) struct Parts {
    pub(crate) train: RawPart,
    /// Images to join to the training images.
    pub(crate) validation: Option<RawPart>,
    pub(crate) test: Option<RawPart>,
    pub(crate) class_names: Option<Vec<String>>,
    /// What people should know.
    pub(crate) notes: Vec<String>,
}

/// Opens an NPZ file.
fn open(path: &Path) -> Result<Archive<BufReader<File>>, DataError> {
    let file = regular_file::open_followed(path).map_err(DataError::io("open", path))?;
    Archive::open(BufReader::new(file)).map_err(|problem| DataError::wrong_file(path, problem))
}

/// A file and an array in it.
type Place<'a> = (&'a Path, &'a str);

fn read_part(
    (images_file, images_key): Place<'_>,
    (labels_file, labels_key): Place<'_>,
    options: &ReadOptions,
) -> Result<RawPart, DataError> {
    let wrong = |path: &Path| {
        let path = path.to_owned();
        move |problem: NpzProblem| DataError::wrong_file(&path, problem)
    };
    let images =
        open(images_file)?.images(images_key, options.shape).map_err(wrong(images_file))?;
    let (labels, is_one_hot) = open(labels_file)?.labels(labels_key).map_err(wrong(labels_file))?;
    let place = |file: &Path, key: &str| PathBuf::from(format!("{} ({key})", file.display()));
    let (images_path, labels_path) =
        (place(images_file, images_key), place(labels_file, labels_key));
    Ok(RawPart { images, labels, is_one_hot, images_path, labels_path })
}

/// Reads all parts.
pub(crate) fn read(layout: &Layout, options: &ReadOptions) -> Result<Parts, DataError> {
    let wrong = |path: &Path, problem: NpzProblem| DataError::wrong_file(path, problem);
    let keys = |path: &Path| -> Result<Keys, DataError> {
        Keys::of(&open(path)?.keys).map_err(|problem| wrong(path, problem))
    };
    let part = |path: &Path, pair: [String; 2]| {
        let [images, labels] = &pair;
        read_part((path, images), (path, labels), options)
    };
    let single = |[images, labels]: &[PathBuf; 2]| {
        let keys = [single_key(images, true)?, single_key(labels, false)?];
        read_part((images, &keys[0]), (labels, &keys[1]), options)
    };
    let mut notes = Vec::new();
    match layout {
        Layout::One(path) | Layout::Two(path, _) => {
            let found = keys(path)?;
            let pair = |of: Part| found.pair(of).map_err(|problem| wrong(path, problem));
            let train = found.first(&[Part::Train, Part::Whole]).map_err(|p| wrong(path, p))?;
            let mut validation = pair(Part::Validation)?;
            let test = match layout {
                Layout::Two(_, test) => {
                    let parts = [Part::Test, Part::Whole, Part::Validation];
                    let pair = keys(test)?.first(&parts).map_err(|problem| wrong(test, problem))?;
                    Some(part(test, pair)?)
                }
                Layout::One(_) | Layout::Separate { .. } => {
                    let mut test = pair(Part::Test)?;
                    if test.is_none() && validation.is_some() {
                        notes.push("the validation images are the test images".to_owned());
                        test = validation.take();
                    }
                    test.map(|test| part(path, test)).transpose()?
                }
            };
            let class_names = match found.class_names() {
                Some(key) => {
                    open(path)?.class_names(key).map_err(|problem| wrong(path, problem))?
                }
                None => None,
            };
            let train = part(path, train)?;
            let validation = validation.map(|pair| part(path, pair)).transpose()?;
            Ok(Parts { train, validation, test, class_names, notes })
        }
        Layout::Separate { train, test } => {
            let (train, test) = (single(train)?, test.as_ref().map(single).transpose()?);
            Ok(Parts { train, validation: None, test, class_names: None, notes })
        }
    }
}

/// The array of a file that holds images or labels alone.
fn single_key(path: &Path, of_images: bool) -> Result<String, DataError> {
    let archive = open(path)?;
    if let [key] = &archive.keys[..] {
        return Ok(key.clone());
    }
    let find = || {
        let keys = Keys::of(&archive.keys)?;
        let is_meant = |role: Role| match role {
            Role::Images(_) => of_images,
            Role::Labels(_) => !of_images,
            Role::ClassNames => false,
        };
        let mut meant = keys.roles().filter(|(role, _)| is_meant(*role));
        match (meant.next(), meant.next()) {
            (Some((_, key)), None) => Ok(key.clone()),
            (Some((role, first)), Some((_, second))) => {
                let (first, second) = (first.clone(), second.clone());
                Err(NpzProblem::Twice { first, second, what: role.what() })
            }
            (None, _) if of_images => Err(keys.missing(Role::Images(Part::Whole))),
            (None, _) => Err(keys.missing(Role::Labels(Part::Whole))),
        }
    };
    find().map_err(|problem| DataError::wrong_file(path, problem))
}

/// Checks a file by itself. `role` is what it holds, if it holds one array.
pub(crate) fn check(
    path: &Path,
    role: Option<file_roles::Role>,
    options: &ReadOptions,
) -> Result<(), DataError> {
    let mut archive = open(path)?;
    let wrong = |problem| DataError::wrong_file(path, problem);
    let part = Part::Whole;
    let arrays: Vec<(Role, String)> = match role {
        Some(file_roles::Role::TrainImages | file_roles::Role::TestImages) => {
            vec![(Role::Images(part), single_key(path, true)?)]
        }
        Some(file_roles::Role::TrainLabels | file_roles::Role::TestLabels) => {
            vec![(Role::Labels(part), single_key(path, false)?)]
        }
        None => {
            let keys = Keys::of(&archive.keys).map_err(wrong)?;
            let arrays: Vec<_> = keys.roles().map(|(role, key)| (role, key.clone())).collect();
            if arrays.is_empty() {
                return Err(wrong(keys.missing(Role::Images(part))));
            }
            arrays
        }
    };
    for (role, key) in arrays {
        match role {
            Role::Images(_) => {
                let images = archive.images(&key, options.shape).map_err(wrong)?;
                Pixels::range(&[&images.pixels], options.pixels)
                    .map_err(|(_, problem)| wrong(ArrayProblem::Range(problem).of(&key)))?;
            }
            Role::Labels(_) => {
                archive.labels(&key).map_err(wrong)?;
            }
            Role::ClassNames => {
                archive.class_names(&key).map_err(wrong)?;
            }
        }
    }
    Ok(())
}

/// Recognises the range of the pixels of all parts together.
pub(crate) fn range_of(
    parts: &mut [RawPart],
    given: Option<PixelRange>,
) -> Result<Recognised, DataError> {
    // Twice: the second part may get its range from the third.
    for _ in 0..2 {
        for second in 1..parts.len() {
            let (before, after) = parts.split_at_mut(second);
            let (first, second) = (&mut before[0], &mut after[0]);
            Pixels::unify(&mut first.images.pixels, &mut second.images.pixels, true).map_err(
                |(is_second, (image, problem))| {
                    let part = if is_second { second } else { first };
                    let problem = if let CsvProblem::MixedRanges { value, .. } = problem {
                        ArrayProblem::OtherRange { image: image.unwrap_or_default(), value }
                    } else {
                        ArrayProblem::Range(problem)
                    };
                    DataError::wrong_file(&part.images_path, problem)
                },
            )?;
        }
    }
    let pixels: Vec<&Pixels> = parts.iter().map(|part| &part.images.pixels).collect();
    Pixels::range(&pixels, given).map_err(|(part, problem)| {
        DataError::wrong_file(&parts[part].images_path, ArrayProblem::Range(problem))
    })
}

impl RawPart {
    /// The images with pixels from 0 to 255.
    pub(crate) fn finish(self, range: Recognised) -> UncheckedImages {
        let RawPart { images, labels, images_path, labels_path, .. } = self;
        let images = images.shape.images(images.pixels.into_bytes(range));
        UncheckedImages { images, labels, images_path, labels_path }
    }
}

/// Images with others behind them. Counts of images and labels must be right in both.
pub(crate) fn joined(
    mut first: UncheckedImages,
    second: UncheckedImages,
) -> Result<UncheckedImages, DataError> {
    let [found, needed] = [&second, &first].map(|part| part.images.shape());
    if found != needed {
        return Err(DataError::SizesDiffer { path: second.images_path, found, needed });
    }
    for part in [&first, &second] {
        let (image_count, label_count) = (part.images.count(), part.labels.ids.len());
        if image_count != label_count {
            let (images, labels) = (part.images_path.clone(), part.labels_path.clone());
            return Err(DataError::CountsDiffer { images, image_count, labels, label_count });
        }
    }
    first.images.pixels.extend_from_slice(&second.images.pixels);
    let label = |labels: &Labels, id: u8| labels.known[usize::from(id)].clone();
    let labels = [&first.labels, &second.labels];
    let all = labels.into_iter().flat_map(|of| of.ids.iter().map(move |&id| label(of, id)));
    first.labels = Labels::collect(all)
        .map_err(|problem| DataError::wrong_file(&second.labels_path, problem))?;
    Ok(first)
}
