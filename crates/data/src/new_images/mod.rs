//! New images: what somebody gives to a trained network.
//!
//! They are pictures (PNG, JPEG), folders of pictures, IDX files of images, and the images of NPZ files. The
//! kind of a file is recognised by its content. Labels in the files are not looked at. Each image becomes
//! one as the network was trained on, as [`read_picture`](crate::read_picture) says.

mod array;
mod error;
mod folder;
#[cfg(test)]
mod tests;

use std::io::{BufReader, Read, Seek};
use std::ops::Range;
use std::path::{Path, PathBuf};

use fitroom_files::regular_file;
use rayon::prelude::*;

pub use array::ArrayImagesProblem;
pub use error::{NewImageError, NewImagesError};

use crate::folder::picture::{self, Content};
use crate::new_picture::{self, Decoded};
use crate::unchecked::Images;
use crate::{Invert, MOST_PICTURE_BYTES, ModelImages, NewPicture, Size, read_picture};

/// Most new images.
const MOST_IMAGES: usize = 1 << 26;

/// What a user gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewImageSource {
    /// A file, or a folder of pictures and of folders.
    Path(PathBuf),
    /// A file's bytes, with a name for people, such as `standard input`.
    Bytes {
        /// The name.
        name: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

/// New images in order. Those of arrays are in memory; pictures are read when they are asked for.
#[derive(Debug, Default)]
pub struct NewImages {
    parts: Vec<Part>,
    len: usize,
    left_out: usize,
    notes: Vec<String>,
}

/// Images that come from one source.
#[derive(Debug)]
struct Part {
    first: usize,
    len: usize,
    content: PartContent,
}

#[derive(Debug)]
enum PartContent {
    /// Files of pictures.
    Files(Vec<PathBuf>),
    /// A picture's bytes, with its name.
    Bytes(String, Vec<u8>),
    /// An array of images, with its name.
    Array(String, Images),
}

impl NewImages {
    /// Lists the images of all sources.
    ///
    /// # Errors
    /// Something is missing, can't be read, or holds no images.
    pub fn list(sources: Vec<NewImageSource>) -> Result<Self, NewImagesError> {
        let mut images = NewImages::default();
        for source in sources {
            match source {
                NewImageSource::Bytes { name, bytes } => images.add_bytes(name, bytes)?,
                NewImageSource::Path(path) if path.is_dir() => images.add_folder(&path)?,
                NewImageSource::Path(path) => images.add_file(path)?,
            }
        }
        Ok(images)
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many files in folders are no pictures by their names. They are left out.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// What people should know of how arrays are read.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The name of an image: its file's path; with the position from 0 in an array.
    ///
    /// # Panics
    /// Here and below: if there is no such image.
    pub fn name(&self, image: usize) -> String {
        let (part, at) = self.find(image);
        match &part.content {
            PartContent::Files(paths) => paths[at].display().to_string(),
            PartContent::Bytes(name, _) => name.clone(),
            PartContent::Array(name, _) => format!("{name}[{at}]"),
        }
    }

    /// Reads some of the images, on all threads, as a network wants them.
    pub fn read(
        &self,
        range: Range<usize>,
        wanted: &ModelImages,
        invert: Invert,
    ) -> Vec<Result<NewPicture, NewImageError>> {
        range.into_par_iter().map(|image| self.read_one(image, wanted, invert)).collect()
    }

    fn read_one(
        &self,
        image: usize,
        wanted: &ModelImages,
        invert: Invert,
    ) -> Result<NewPicture, NewImageError> {
        let (part, at) = self.find(image);
        match &part.content {
            PartContent::Files(paths) => {
                let bytes = bytes_of(&paths[at]).map_err(NewImageError::Io)?;
                Ok(read_picture(&bytes, wanted, invert)?)
            }
            PartContent::Bytes(_, bytes) => Ok(read_picture(bytes, wanted, invert)?),
            PartContent::Array(_, images) => {
                let Images { height, width, channels, ref pixels } = *images;
                let len = images.len_of_one();
                let pixels = pixels[at * len..][..len].to_vec();
                let is_as_wanted =
                    [height, width, channels] == [wanted.height, wanted.width, wanted.channels];
                // An array of the network's own images is not looked at one by one: a bright thing may reach
                // the border of its image.
                let invert = match invert {
                    Invert::Auto if is_as_wanted => Invert::No,
                    Invert::Auto | Invert::Yes | Invert::No => invert,
                };
                let decoded = Decoded { size: Size { height, width }, channels, pixels };
                Ok(new_picture::fit(decoded, wanted, invert)?)
            }
        }
    }

    fn find(&self, image: usize) -> (&Part, usize) {
        let after = self.parts.partition_point(|part| part.first <= image);
        let part = &self.parts[after - 1];
        let at = image - part.first;
        assert!(at < part.len, "there are {} images, and image {image} is asked for", self.len);
        (part, at)
    }

    fn push(&mut self, len: usize, content: PartContent) -> Result<(), NewImagesError> {
        if len > 0 {
            self.parts.push(Part { first: self.len, len, content });
        }
        self.len += len;
        match self.len {
            0..=MOST_IMAGES => Ok(()),
            _ => Err(NewImagesError::TooMany { most: MOST_IMAGES }),
        }
    }

    fn add_folder(&mut self, path: &Path) -> Result<(), NewImagesError> {
        let folder::Found { pictures, others } = folder::find(path)?;
        if pictures.is_empty() {
            return Err(NewImagesError::NoPictures { path: path.to_owned() });
        }
        self.left_out += others;
        self.push(pictures.len(), PartContent::Files(pictures))
    }

    fn add_file(&mut self, path: PathBuf) -> Result<(), NewImagesError> {
        let failed = |source| NewImagesError::Io { path: path.clone(), source };
        let file = regular_file::open_followed(&path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        let mut start = Vec::new();
        (&file).take(32).read_to_end(&mut start).map_err(failed)?;
        if array::is_array(&start) {
            (&file).rewind().map_err(failed)?;
            let file = BufReader::new(file);
            let name = path.display().to_string();
            let array = array::read(file, &start, bytes)
                .map_err(|problem| NewImagesError::Array { name: name.clone(), problem })?;
            return self.add_array(name, array);
        }
        match picture::content(&start) {
            Content::Png | Content::Jpeg | Content::Foreign(_) => {
                self.push(1, PartContent::Files(vec![path]))
            }
            Content::Other => {
                Err(NewImagesError::NoImages { name: path.display().to_string(), bytes })
            }
        }
    }

    fn add_bytes(&mut self, name: String, bytes: Vec<u8>) -> Result<(), NewImagesError> {
        let (start, len) = (&bytes[..bytes.len().min(32)], bytes.len() as u64);
        if array::is_array(start) {
            let array = array::read(std::io::Cursor::new(&bytes), start, len)
                .map_err(|problem| NewImagesError::Array { name: name.clone(), problem })?;
            return self.add_array(name, array);
        }
        match picture::content(start) {
            Content::Png | Content::Jpeg | Content::Foreign(_) => {
                self.push(1, PartContent::Bytes(name, bytes))
            }
            Content::Other => Err(NewImagesError::NoImages { name, bytes: len }),
        }
    }

    fn add_array(&mut self, name: String, array: array::Array) -> Result<(), NewImagesError> {
        let array::Array { images, key, note } = array;
        let name = key.map_or(name.clone(), |key| format!("{name}:{key}"));
        self.notes.extend(note.map(|note| format!("{name}: {note}")));
        self.push(images.count(), PartContent::Array(name, images))
    }
}

/// The bytes of a picture's file, as many as [`read_picture`] may refuse.
fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = regular_file::open_followed(path)?;
    let mut bytes = Vec::new();
    file.take(MOST_PICTURE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
