//! What an export leaves out, for the caller to tell.

use std::fmt;

use fitroom_nn::Augmentation;

/// What was made of a model, and what it does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported<T> {
    /// The content of the file.
    pub content: T,
    /// What the file leaves out, or holds in another way than was asked for.
    pub notes: Vec<ExportNote>,
}

/// What an exported file leaves out, or holds in another way than was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportNote {
    /// Here, an image's logits are the mean over several views (`test_time`). The file scores the image
    /// alone.
    ViewsLeftOut {
        /// How many views there are.
        views: usize,
    },
    /// A batch norm was to be folded, and stays a layer of its own.
    BatchNormKept {
        /// The layer's place, counted from 1; `3.2` is the second layer in the block at 3.
        position: String,
        /// Why it stays.
        reason: KeptBecause,
    },
}

/// Why a batch norm is not folded into the layer before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptBecause {
    /// No dense layer or convolution is directly before it.
    NothingBefore,
    /// The folded numbers would be infinite or not a number.
    NotFinite,
}

impl fmt::Display for ExportNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportNote::ViewsLeftOut { views } => write!(
                f,
                "fitroom scores {views} views of an image (test_time); the exported network scores the image alone"
            ),
            ExportNote::BatchNormKept { position, reason } => write!(
                f,
                "layer {position} (batchnorm) is not folded: {}",
                match reason {
                    KeptBecause::NothingBefore =>
                        "there is no dense layer or convolution directly before it",
                    KeptBecause::NotFinite => "the folded numbers would not be finite",
                }
            ),
        }
    }
}

/// The note about the views of an image, if there are several.
pub(crate) fn views_note(views: &Augmentation) -> Option<ExportNote> {
    // The image itself, and with `shift` four more; with `flip` all of them are mirrored too.
    let moves = if views.shift > 0 { 5 } else { 1 };
    let views = if views.flip { 2 * moves } else { moves } * usize::from(views.test_time);
    (views > 1).then_some(ExportNote::ViewsLeftOut { views })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_counted_and_a_single_one_is_no_note() {
        let views = |shift, flip, test_time| {
            let note = views_note(&Augmentation { shift, flip, test_time, ..Default::default() })?;
            Some(note.to_string().split(' ').nth(2)?.to_owned())
        };
        assert_eq!(views(2, true, true).as_deref(), Some("10"));
        assert_eq!(views(2, false, true).as_deref(), Some("5"));
        assert_eq!(views(0, true, true).as_deref(), Some("2"));
        assert_eq!(views(0, false, true), None);
        assert_eq!(views(2, true, false), None);
    }
}
