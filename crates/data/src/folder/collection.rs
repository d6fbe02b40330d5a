//! Puts decoded pictures together: one size, and one channel if all of them are grey.

use std::path::PathBuf;

use super::layout::Part;
use super::listing::File;
use super::picture::Picture;
use super::problem::{FolderProblem, shown};
use crate::Size;
use crate::idx_problem::MOST_VALUES;
use crate::label::Label;

/// The pictures of a folder, in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Collection {
    /// The size of all pictures, with the file that it was found in. `None`: there are no pictures.
    pub first: Option<(PathBuf, Size)>,
    /// 3 as soon as a picture has colours.
    pub channels: usize,
    pub pixels: Vec<u8>,
    pub labels: Vec<Label>,
    /// How many of them are test pictures, which come last.
    pub tests: usize,
    pub counts: Counts,
}

/// How many pictures have what people should know of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub grey: usize,
    pub grey_in_colour: usize,
    pub alpha: usize,
    pub validation: usize,
}

impl Collection {
    /// The size of the pictures.
    pub(super) fn size(&self) -> Option<Size> {
        self.first.as_ref().map(|(_, size)| *size)
    }

    /// Adds a picture.
    ///
    /// # Errors
    /// If its size is not that of the others, or if there are too many pixels.
    pub(super) fn push(&mut self, file: &File, picture: Picture) -> Result<(), FolderProblem> {
        let Picture { size, channels, pixels, is_stored_in_colour, has_alpha } = picture;
        match &self.first {
            None => self.first = Some((file.path.clone(), size)),
            Some((_, first)) if *first == size => {}
            Some((path, first)) => {
                let files = [(shown(path), *first), (shown(&file.path), size)];
                return Err(FolderProblem::SizesDiffer { files });
            }
        }
        let most_channels = channels.max(self.channels);
        let pixels_of_all = (size.height * size.width) as u64 * (self.labels.len() as u64 + 1);
        if pixels_of_all * most_channels as u64 > MOST_VALUES {
            return Err(FolderProblem::TooManyPixels);
        }
        if self.channels < most_channels {
            // The pictures until now, if there are any, are grey.
            self.pixels = repeated(&self.pixels);
            self.channels = most_channels;
        }
        if channels < self.channels {
            self.pixels.extend(repeated(&pixels));
        } else {
            self.pixels.extend(pixels);
        }
        self.labels.push(file.label.clone());
        self.tests += usize::from(file.part == Part::Test);
        self.counts.grey += usize::from(channels == 1);
        self.counts.grey_in_colour += usize::from(channels == 1 && is_stored_in_colour);
        self.counts.alpha += usize::from(has_alpha);
        self.counts.validation += usize::from(file.part == Part::Validation);
        Ok(())
    }

    /// What people should know of the pictures.
    pub(super) fn notes(&self) -> Vec<String> {
        let Counts { grey, grey_in_colour, alpha, validation } = self.counts;
        let all = self.labels.len();
        let mut notes = Vec::new();
        let mut note = |count: usize, text: &str| {
            if count > 0 {
                let noun = if count == 1 { "picture" } else { "pictures" };
                notes.push(format!("{count} {noun} {text}"));
            }
        };
        note(validation, "for validation joined to the training images");
        if self.channels == 1 {
            note(grey_in_colour, "stored in colour, but all are grey");
        } else {
            note(grey, &format!("of {all} grey, their values repeated for three colours"));
        }
        note(alpha, "with transparency, which is left out");
        notes
    }
}

/// Each value three times: a grey picture in colours.
fn repeated(grey: &[u8]) -> Vec<u8> {
    grey.iter().flat_map(|&value| [value; 3]).collect()
}
