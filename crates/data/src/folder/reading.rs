//! Reads the pictures of a listing on all threads. What is read does not depend on their number.

use std::io::Read;
use std::path::Path;

use fitroom_files::regular_file;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::collection::Collection;
use super::listing::{File, Listing};
use super::picture::{self, Alpha, Content, Picture, PictureProblem};
use super::problem::{FolderProblem, shown};
use crate::idx_problem::MOST_VALUES;
use crate::resize::Scaler;
use crate::{DataError, ReadOptions, Size};

/// Most bytes of a picture's file.
const MOST_FILE_BYTES: u64 = 1 << 30;

/// First bytes of a file that say what it holds.
const HEAD_BYTES: u64 = 32;

/// Pictures that are decoded before they are put together, and most bytes of them.
const AT_ONCE: usize = 1024;
const MOST_BYTES_AT_ONCE: usize = 256 << 20;

/// How many corrupt pictures an error names.
const NAMED: usize = 5;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub collection: Collection,
    /// Pictures that can't be decoded, by their position in the listing.
    pub corrupt: Vec<(usize, PictureProblem)>,
    /// Files that are no pictures, by their position in the listing.
    pub others: Vec<usize>,
}

/// What a file holds.
enum Found {
    Picture(Picture),
    Corrupt(PictureProblem),
    Foreign(&'static str),
    Other,
}

/// Reads all pictures, and scales them if `options` say so. Corrupt ones are left out. Returns also
/// the SHA-256 of each file if `hashes` is set, as [`digests`] does.
///
/// # Errors
/// If a file can't be read, if a picture is too large or of another size or format, or if a class
/// has no pictures. Corrupt pictures are an error for [`Reading::check`].
pub(super) fn read(
    root: &Path,
    listing: &Listing,
    options: &ReadOptions,
    hashes: bool,
) -> Result<(Reading, Vec<Sum>), DataError> {
    let wrong = |problem| DataError::wrong_file(root, problem);
    let mut reading = Reading::default();
    let mut foreign: Option<(String, &'static str, usize)> = None;
    let mut pictures = vec![0; listing.class_folders.len()];
    let mut sums = Vec::new();
    let mut done = 0;
    while done < listing.files.len() {
        let files = &listing.files[done..];
        let size = options.resize.or(reading.collection.size());
        let now = &files[..at_once(size).map_err(wrong)?.min(files.len())];
        let needed = reading.collection.size().filter(|_| options.resize.is_none());
        let read_one = |scaler: &mut Scaler, file: &File| {
            let raw = raw(root, &file.path)?;
            let sum = if hashes { raw.sum() } else { Sum::default() };
            Ok((sum, decoded(root, file, raw, options, needed, scaler)?))
        };
        let found: Vec<Result<_, DataError>> =
            now.par_iter().map_init(Scaler::default, read_one).collect();
        for ((index, file), found) in (done..).zip(now).zip(found) {
            let (sum, found) = found?;
            sums.push(sum);
            match found {
                Found::Picture(picture) => {
                    reading.collection.push(file, picture).map_err(wrong)?;
                    pictures[file.class_folder] += 1;
                }
                Found::Corrupt(problem) => reading.corrupt.push((index, problem)),
                Found::Foreign(format) => {
                    let (_, _, count) =
                        foreign.get_or_insert_with(|| (shown(&file.path), format, 0));
                    *count += 1;
                }
                Found::Other => reading.others.push(index),
            }
        }
        done += now.len();
    }
    if let Some((file, format, count)) = foreign {
        return Err(wrong(FolderProblem::Foreign { file, format, others: count - 1 }));
    }
    let without = pictures.iter().position(|&count| count == 0);
    if let Some(folder) = without.map(|class| &listing.class_folders[class]) {
        let left_out =
            reading.corrupt.iter().any(|(index, _)| listing.files[*index].path.starts_with(folder));
        if !left_out || options.skip_corrupt {
            let folder = shown(folder);
            return Err(wrong(FolderProblem::EmptyClass { folder, left_out }));
        }
    }
    Ok((reading, sums))
}

impl Reading {
    /// Refuses corrupt pictures.
    pub(super) fn check(&self, listing: &Listing) -> Result<(), FolderProblem> {
        if self.corrupt.is_empty() {
            return Ok(());
        }
        let first = self.corrupt.iter().take(NAMED);
        let name = |index: usize| shown(&listing.files[index].path);
        let first = first.map(|(index, problem)| format!("{} ({problem})", name(*index))).collect();
        let count = self.corrupt.len();
        let of = count + self.collection.labels.len();
        Err(FolderProblem::Corrupt { count, of, first })
    }
}

/// How many pictures of a size are decoded at once. Of an unknown size it is one, and then its size
/// is known.
fn at_once(size: Option<Size>) -> Result<usize, FolderProblem> {
    let Some(size) = size else { return Ok(1) };
    let bytes = 3 * size.height * size.width;
    if bytes as u64 > MOST_VALUES {
        return Err(FolderProblem::TooManyPixels);
    }
    Ok((MOST_BYTES_AT_ONCE / bytes).clamp(1, AT_ONCE))
}

/// Decodes one file. Its picture must have the size `needed`, if there is one, before it is scaled.
fn decoded(
    root: &Path,
    file: &File,
    raw: Raw,
    options: &ReadOptions,
    needed: Option<Size>,
    scaler: &mut Scaler,
) -> Result<Found, DataError> {
    let bytes = match raw {
        Raw::Bytes(bytes) => bytes,
        Raw::TooLarge => return Ok(Found::Corrupt(PictureProblem::LargeFile)),
        Raw::Foreign(format) => return Ok(Found::Foreign(format)),
        Raw::Other => return Ok(Found::Other),
    };
    let size = match picture::size(&bytes) {
        Ok(size) => size,
        Err(problem) => return Ok(Found::Corrupt(problem)),
    };
    let Size { height, width } = size;
    if options.resize.is_none() && height.max(width) > options.max_side {
        let path = root.join(shown(&file.path));
        return Err(DataError::ImagesTooLarge { path, height, width, most: options.max_side });
    }
    if needed.is_some_and(|needed| needed != size) {
        // The collection refuses the size, so nothing is decoded.
        let pixels = Vec::new();
        let (is_stored_in_colour, has_alpha) = (false, false);
        let unread = Picture { size, channels: 1, pixels, is_stored_in_colour, has_alpha };
        return Ok(Found::Picture(unread));
    }
    Ok(match picture::decode(&bytes, Alpha::LeftOut) {
        Ok(picture) => Found::Picture(scaled(picture, options.resize, scaler)),
        Err(problem) => Found::Corrupt(problem),
    })
}

fn scaled(picture: Picture, to: Option<Size>, scaler: &mut Scaler) -> Picture {
    let Some(to) = to.filter(|&to| to != picture.size) else { return picture };
    let mut pixels = vec![0; to.height * to.width * picture.channels];
    scaler.scale(&picture.pixels, picture.size, &mut pixels, to, picture.channels);
    Picture { size: to, pixels, ..picture }
}

/// The SHA-256 of a file.
pub(super) type Sum = [u8; 32];

/// The SHA-256 of each file; `None` if one can't be read. Of files that are no pictures it is the same
/// whatever is in them.
pub(super) fn digests(root: &Path, listing: &Listing) -> Option<Vec<Sum>> {
    listing.files.par_iter().map(|file| Some(raw(root, &file.path).ok()?.sum())).collect()
}

/// The bytes of a file that may be a picture.
enum Raw {
    Bytes(Vec<u8>),
    TooLarge,
    Foreign(&'static str),
    Other,
}

impl Raw {
    fn sum(&self) -> Sum {
        match self {
            Raw::Bytes(bytes) => Sha256::digest(bytes).into(),
            Raw::TooLarge | Raw::Foreign(_) => [1; 32],
            Raw::Other => [0; 32],
        }
    }
}

/// Reads a file, if its first bytes or its name are those of a picture.
fn raw(root: &Path, path: &Path) -> Result<Raw, DataError> {
    let failed = |action| move |error| DataError::io(action, &root.join(shown(path)))(error);
    let file = regular_file::open_followed(&root.join(path)).map_err(failed("open"))?;
    let len = file.metadata().map_err(failed("read"))?.len();
    let mut bytes = Vec::with_capacity(len.clamp(HEAD_BYTES, 1 << 20) as usize);
    (&file).take(HEAD_BYTES).read_to_end(&mut bytes).map_err(failed("read"))?;
    match picture::content(&bytes) {
        Content::Foreign(format) => return Ok(Raw::Foreign(format)),
        Content::Other if !is_named_as_picture(path) => return Ok(Raw::Other),
        Content::Other => return Ok(Raw::Bytes(bytes)),
        Content::Png | Content::Jpeg => {}
    }
    if len > MOST_FILE_BYTES {
        return Ok(Raw::TooLarge);
    }
    (&file).take(MOST_FILE_BYTES).read_to_end(&mut bytes).map_err(failed("read"))?;
    Ok(Raw::Bytes(bytes))
}

/// Whether a file's name is that of a picture.
pub(crate) fn is_named_as_picture(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["png", "jpg", "jpeg"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}
