//! Changes that a user makes to how a data set is read.

use fitroom_data::{PixelRange, ReadOptions, RowShape, Size};

/// Changes to [`ReadOptions`]: what is `None` or `false` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadChanges {
    /// Replaces [`ReadOptions::label`].
    pub label: Option<String>,
    /// Replaces [`ReadOptions::shape`].
    pub shape: Option<RowShape>,
    /// Replaces [`ReadOptions::pixels`].
    pub pixels: Option<PixelRange>,
    /// Replaces [`ReadOptions::resize`].
    pub resize: Option<Size>,
    /// Replaces [`ReadOptions::max_side`].
    pub max_side: Option<u16>,
    /// Sets [`ReadOptions::skip_corrupt`].
    pub skip_corrupt: bool,
}

impl ReadChanges {
    /// Makes the changes.
    pub fn apply(&self, options: &mut ReadOptions) {
        let ReadChanges { label, shape, pixels, resize, max_side, skip_corrupt } = self;
        if label.is_some() {
            options.label.clone_from(label);
        }
        options.shape = shape.or(options.shape);
        options.pixels = pixels.or(options.pixels);
        options.resize = resize.or(options.resize);
        options.max_side = max_side.map_or(options.max_side, usize::from);
        options.skip_corrupt |= skip_corrupt;
    }

    /// The defaults with these changes.
    pub fn options(&self) -> ReadOptions {
        let mut options = ReadOptions::default();
        self.apply(&mut options);
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_changed_stays() {
        let resize = Some(Size { height: 8, width: 9 });
        let before = ReadOptions { label: Some("y".into()), resize, ..ReadOptions::default() };
        let mut after = before.clone();
        ReadChanges::default().apply(&mut after);
        assert_eq!(after, before);
        let changes = ReadChanges {
            pixels: Some(PixelRange::Byte),
            max_side: Some(300),
            skip_corrupt: true,
            ..ReadChanges::default()
        };
        changes.apply(&mut after);
        let expected = ReadOptions {
            pixels: Some(PixelRange::Byte),
            max_side: 300,
            skip_corrupt: true,
            ..before
        };
        assert_eq!(after, expected);
    }
}
