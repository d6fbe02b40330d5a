//! Keeps decoded and scaled pictures in the user's cache, so that the next start decodes nothing.
//!
//! An entry is a file. Its name is a hash of the listing and the options, and in it stands a hash of
//! the bytes of every picture: an entry is used only if all of them are the same as when it was made.
//! It ends with a hash of itself. An entry that is wrong in any way is not used and written anew, and
//! one that can't be written is no error.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fitroom_files::{SystemDisk, create_directories, regular_file, replace_on};
use sha2::{Digest, Sha256};

use super::collection::{Collection, Counts};
use super::layout::Part;
use super::listing::Listing;
use super::picture::PictureProblem;
use super::reading::{self, Reading};
use crate::dataset::hex;
use crate::idx_problem::MOST_VALUES;
use crate::{DataError, ReadOptions, Size};

/// Raised when other bytes come out of the same pictures.
const VERSION: &[u8] = b"fitroom pictures 1";

/// Ends the name of an entry.
const EXTENSION: &str = ".pictures";

/// Most bytes of all entries.
const MOST_BYTES: u64 = 4 << 30;

/// Most bytes that describe pictures, after the pixels.
const MOST_DETAIL: u64 = 1 << 28;

const DIGEST: usize = 32;

/// Like [`reading::read`], but takes the pictures from the entry in `directory`, if there is one.
pub(super) fn read(
    root: &Path,
    listing: &Listing,
    options: &ReadOptions,
    directory: Option<&Path>,
) -> Result<Reading, DataError> {
    let Some(directory) = directory else {
        return Ok(reading::read(root, listing, options, false)?.0);
    };
    let path = directory.join(format!("{}{EXTENSION}", hex(&name(listing, options))));
    if path.exists()
        && let Some(digests) = reading::digests(root, listing)
        && let Some(reading) = load(&path, &key(&digests), listing)
    {
        return Ok(reading);
    }
    let (reading, digests) = reading::read(root, listing, options, true)?;
    // Reading does not need the entry.
    let _ = store(&path, &key(&digests), &reading, MOST_BYTES);
    Ok(reading)
}

/// A hash of what is read, but for the content of the files.
fn name(listing: &Listing, options: &ReadOptions) -> [u8; DIGEST] {
    let ReadOptions { label: _, shape: _, pixels: _, resize, max_side, skip_corrupt } = options;
    let mut hash = Sha256::new();
    hash.update(VERSION);
    let max_side = resize.is_none().then_some(max_side);
    let folders = listing.class_folders.len();
    hash.update(format!("{resize:?} {max_side:?} {skip_corrupt} {folders}"));
    for file in &listing.files {
        for part in &file.path {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_encoded_bytes());
        }
        hash.update([0xff, file.part as u8]);
    }
    hash.finalize().into()
}

/// A hash of the content of all files.
fn key(digests: &[[u8; DIGEST]]) -> [u8; DIGEST] {
    Sha256::digest(digests.as_flattened()).into()
}

/// Writes an entry: the pixels, the details, their length, the key, and a hash of all that. Makes
/// room for it first, so that all entries have at most `most` bytes.
fn store(path: &Path, key: &[u8; DIGEST], reading: &Reading, most: u64) -> std::io::Result<()> {
    let Some(directory) = path.parent() else { return Ok(()) };
    let details = details(reading);
    let bytes = (reading.collection.pixels.len() + details.len()) as u64;
    if bytes > most || details.len() as u64 > MOST_DETAIL {
        return Ok(());
    }
    create_directories(&SystemDisk, directory)?;
    make_room(directory, most - bytes)?;
    replace_on(&SystemDisk, path, |file| {
        let mut hash = Sha256::new();
        let len = (details.len() as u64).to_le_bytes();
        for piece in [&reading.collection.pixels[..], &details, &len, key] {
            hash.update(piece);
            file.write_all(piece)?;
        }
        file.write_all(&hash.finalize())
    })
}

/// Removes the oldest entries, until the others have at most `most` bytes.
pub(super) fn make_room(directory: &Path, most: u64) -> std::io::Result<()> {
    let mut entries: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let there = entry.metadata()?;
        // Also what a killed process left of one that it was writing.
        if there.is_file() && entry.file_name().to_string_lossy().contains(EXTENSION) {
            entries.push((there.modified()?, there.len(), entry.path()));
        }
    }
    entries.sort();
    let mut kept: u64 = entries.iter().map(|(_, bytes, _)| bytes).sum();
    for (_, bytes, path) in entries {
        if kept > most {
            fs::remove_file(path)?;
            kept -= bytes;
        }
    }
    Ok(())
}

/// Reads an entry; `None` if it is not one of these pictures, or is wrong.
fn load(path: &Path, key: &[u8; DIGEST], listing: &Listing) -> Option<Reading> {
    let file = regular_file::open(path).ok()?;
    let len = file.metadata().ok()?.len();
    if len > MOST_VALUES + MOST_DETAIL {
        return None;
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len as usize + 1).ok()?;
    file.take(len).read_to_end(&mut bytes).ok()?;
    let own: [u8; DIGEST] = take_last(&mut bytes)?;
    if own != <[u8; DIGEST]>::from(Sha256::digest(&bytes)) {
        return None;
    }
    let stored_key: [u8; DIGEST] = take_last(&mut bytes)?;
    let details = u64::from_le_bytes(take_last(&mut bytes)?);
    let pixels = bytes.len().checked_sub(usize::try_from(details).ok()?)?;
    let details = bytes.split_off(pixels);
    if stored_key == *key { restored(bytes, &details, listing) } else { None }
}

fn take_last<const N: usize>(bytes: &mut Vec<u8>) -> Option<[u8; N]> {
    let last = *bytes.last_chunk()?;
    bytes.truncate(bytes.len() - N);
    Some(last)
}

/// What is to be known of a reading beside its pixels and the listing.
fn details(reading: &Reading) -> Vec<u8> {
    let Reading { collection, corrupt, others } = reading;
    let Counts { grey, grey_in_colour, alpha, validation: _ } = collection.counts;
    let Size { height, width } = collection.size().unwrap_or(Size { height: 0, width: 0 });
    let numbers = [height, width, collection.channels, grey, grey_in_colour, alpha];
    let mut bytes = Vec::new();
    let mut put = |number: usize, text: &str| {
        bytes.extend((number as u64).to_le_bytes());
        bytes.extend(text.as_bytes());
    };
    numbers.iter().chain([&others.len()]).chain(others).for_each(|&number| put(number, ""));
    put(corrupt.len(), "");
    for (index, problem) in corrupt {
        let problem = problem.to_string();
        put(*index, "");
        put(problem.len(), &problem);
    }
    bytes
}

/// The reading with these pixels and details, if they fit each other and the listing.
fn restored(pixels: Vec<u8>, mut details: &[u8], listing: &Listing) -> Option<Reading> {
    let files = listing.files.len();
    let rest = &mut details;
    let size = Size { height: number(rest)?, width: number(rest)? };
    let (channels, grey, grey_in_colour, alpha) =
        (number(rest)?, number(rest)?, number(rest)?, number(rest)?);
    let mut is_picture = vec![true; files];
    let mut others = Vec::new();
    for _ in 0..number(rest)? {
        let index = number(rest)?;
        *is_picture.get_mut(index)? = false;
        others.push(index);
    }
    let mut corrupt = Vec::new();
    for _ in 0..number(rest)? {
        let (index, len) = (number(rest)?, number(rest)?);
        *is_picture.get_mut(index)? = false;
        let (problem, after) = rest.split_at_checked(len)?;
        *rest = after;
        corrupt.push((index, PictureProblem::Known(str::from_utf8(problem).ok()?.to_owned())));
    }
    let pictures = listing.files.iter().zip(&is_picture).filter(|(_, is_picture)| **is_picture);
    let pictures: Vec<_> = pictures.map(|(file, _)| file).collect();
    let of = |part: Part| pictures.iter().filter(|file| file.part == part).count();
    let counts = Counts { grey, grey_in_colour, alpha, validation: of(Part::Validation) };
    let one = size.height.checked_mul(size.width)?.checked_mul(channels)?;
    if one.checked_mul(pictures.len())? != pixels.len() || one == 0 {
        return None;
    }
    let labels = pictures.iter().map(|file| file.label.clone()).collect();
    let tests = of(Part::Test);
    let first = pictures.first().map(|file| (file.path.clone(), size));
    let collection = Collection { first, channels, pixels, labels, tests, counts };
    Some(Reading { collection, corrupt, others })
}

/// Takes a number from the front.
fn number(bytes: &mut &[u8]) -> Option<usize> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    usize::try_from(u64::from_le_bytes(*number)).ok()
}
