//! Reads a split of EMNIST from its archive: a zip with gzipped IDX files, and a text file that
//! says which characters each label stands for.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use fitroom_files::regular_file;
use thiserror::Error;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::idx_directory::transpose;
use crate::unchecked::{ReadFiles, UncheckedImages};
use crate::{DataError, class_names, idx};

/// The most bytes of a member, packed as it stands in the archive's directory or not.
const MOST_BYTES: u64 = 1 << 29;

/// Why a split can't be read from an archive.
#[derive(Debug, Error)]
pub enum EmnistProblem {
    /// The file is no zip archive, or is damaged.
    #[error("not EMNIST's archive: {0}")]
    NotAZip(ZipError),
    /// A member is missing or damaged.
    #[error("{member} can't be read from the archive: {source}")]
    Member {
        /// The member's name.
        member: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Reads a split, such as `letters`, from the archive at `path`.
///
/// # Errors
/// If the archive has not the split's files, or they are damaged.
pub(crate) fn read(path: &Path, split: &str) -> Result<ReadFiles, DataError> {
    let file = regular_file::open_followed(path).map_err(DataError::io("open", path))?;
    let archive = ZipArchive::new(BufReader::new(file)).map_err(EmnistProblem::NotAZip);
    let mut archive = archive.map_err(|problem| DataError::wrong_file(path, problem))?;
    read_split(&mut archive, path, split).map_err(|problem| DataError::wrong_file(path, problem))
}

fn read_split(
    archive: &mut ZipArchive<BufReader<File>>,
    path: &Path,
    split: &str,
) -> Result<ReadFiles, EmnistProblem> {
    let mut part = |part: &str| -> Result<UncheckedImages, EmnistProblem> {
        let name = |what: &str| format!("gzip/emnist-{split}-{part}-{what}-ubyte.gz");
        let (images_name, labels_name) = (name("images-idx3"), name("labels-idx1"));
        let bytes = member(archive, &images_name)?;
        let mut images = idx::parse_images(Cursor::new(&bytes), bytes.len() as u64)
            .map_err(|problem| wrong(&images_name, problem))?;
        // They are stored column by column.
        transpose(&mut images);
        let bytes = member(archive, &labels_name)?;
        let labels = idx::parse_labels(Cursor::new(&bytes), bytes.len() as u64)
            .map_err(|problem| wrong(&labels_name, problem))?;
        let within = |name: &str| path.join(name);
        let (images_path, labels_path) = (within(&images_name), within(&labels_name));
        Ok(UncheckedImages { images, labels, images_path, labels_path })
    };
    let (train, test) = (part("train")?, part("test")?);
    let mapping = format!("gzip/emnist-{split}-mapping.txt");
    let text = member(archive, &mapping)?;
    let names = class_names::of_mapping_text(&String::from_utf8_lossy(&text))
        .map_err(|problem| wrong(&mapping, problem))?;
    let notes = vec!["images are turned upright".to_owned()];
    Ok(ReadFiles { train, test: Some(test), class_names: Some(names), notes })
}

fn member(archive: &mut ZipArchive<BufReader<File>>, name: &str) -> Result<Vec<u8>, EmnistProblem> {
    let file = archive.by_name(name).map_err(|problem| wrong(name, problem))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|problem| wrong(name, problem))?;
    Ok(bytes)
}

fn wrong(member: &str, source: impl std::error::Error + Send + Sync + 'static) -> EmnistProblem {
    EmnistProblem::Member { member: member.to_owned(), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::fixture::idx as idx_file;

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// An archive with one split, without the files whose names have `without` in them.
    fn archive(without: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let mut zip = ZipWriter::new(file.as_file_mut());
        let mut add = |name: &str, bytes: &[u8]| {
            if !name.contains(without) || without.is_empty() {
                zip.start_file(format!("gzip/emnist-letters-{name}"), SimpleFileOptions::default())
                    .unwrap();
                zip.write_all(bytes).unwrap();
            }
        };
        for part in ["train", "test"] {
            let images = idx_file(0x803, &[2, 2, 2], &[1, 2, 3, 4, 5, 6, 7, 8]);
            add(&format!("{part}-images-idx3-ubyte.gz"), &gzipped(&images));
            add(&format!("{part}-labels-idx1-ubyte.gz"), &gzipped(&idx_file(0x801, &[2], &[1, 2])));
        }
        add("mapping.txt", b"1 65 97\n2 66 98\n");
        zip.finish().unwrap();
        file
    }

    #[test]
    fn a_split_is_read_upright_with_its_names() {
        let file = archive("");
        let read = read(file.path(), "letters").unwrap();
        assert_eq!(read.train.images.pixels, [1, 3, 2, 4, 5, 7, 6, 8]);
        assert_eq!(read.class_names.unwrap(), ["0", "A/a", "B/b"]);
        assert_eq!(read.test.unwrap().labels.ids.len(), 2);
    }

    #[test]
    fn what_is_missing_is_named() {
        for (without, member) in [
            ("test-labels", "emnist-letters-test-labels-idx1-ubyte.gz"),
            ("mapping", "mapping.txt"),
        ] {
            let error = read(archive(without).path(), "letters").unwrap_err().to_string();
            assert!(error.contains(member), "{error}");
        }
        let other = read(archive("").path(), "digits").unwrap_err().to_string();
        assert!(other.contains("emnist-digits-train-images"), "{other}");
        let mut text = tempfile::NamedTempFile::new().unwrap();
        text.write_all(b"<html>").unwrap();
        let error = read(text.path(), "letters").unwrap_err().to_string();
        assert!(error.contains("not EMNIST's archive"), "{error}");
    }
}
