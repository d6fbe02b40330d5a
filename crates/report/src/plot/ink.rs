//! Colours by what they stand for, for light and for dark surroundings.

use std::fmt::Write;

/// What a mark's colour says. The hues are those of Okabe and Ito, which readers of every colour
/// vision can tell apart, darkened or lightened until they are legible on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Titles and names.
    Text,
    /// Axes, ticks and notes.
    Muted,
    /// Lines of the grid.
    Grid,
    /// Behind everything.
    Paper,
    /// Training images, as trained.
    Train,
    /// Training images, in inference mode.
    Fit,
    /// Held-out images.
    Validation,
    /// Better than its baseline.
    Better,
    /// Worse than its baseline.
    Worse,
    /// Network number so many, from 0, where all are in one plot; repeats after [`SERIES`].
    Series(usize),
}

/// Colours that tell networks apart.
pub const SERIES: usize = 8;

const SERIES_LIGHT: [u32; SERIES] =
    [0x0072b2, 0xd55e00, 0x009e73, 0xb0578d, 0x3a9bd9, 0xc98a00, 0x5a5a5a, 0x8a5a2b];
const SERIES_DARK: [u32; SERIES] =
    [0x4fb0ee, 0xf58a4b, 0x3cc79a, 0xe39ac6, 0x9ad4f7, 0xf3c04b, 0xc8c8c8, 0xc9a66b];

impl Ink {
    /// Every ink once.
    fn all() -> impl Iterator<Item = Ink> {
        [
            Ink::Text,
            Ink::Muted,
            Ink::Grid,
            Ink::Paper,
            Ink::Train,
            Ink::Fit,
            Ink::Validation,
            Ink::Better,
            Ink::Worse,
        ]
        .into_iter()
        .chain((0..SERIES).map(Ink::Series))
    }

    /// Its class in a style sheet.
    pub fn class(self) -> String {
        match self {
            Ink::Text => "text".into(),
            Ink::Muted => "muted".into(),
            Ink::Grid => "grid".into(),
            Ink::Paper => "paper".into(),
            Ink::Train => "train".into(),
            Ink::Fit => "fit".into(),
            Ink::Validation => "val".into(),
            Ink::Better => "better".into(),
            Ink::Worse => "worse".into(),
            Ink::Series(index) => format!("n{}", index % SERIES),
        }
    }

    /// 0xRRGGBB on white.
    pub fn light(self) -> u32 {
        match self {
            Ink::Text => 0x1c1e21,
            Ink::Muted => 0x62676e,
            Ink::Grid => 0xe3e5e8,
            Ink::Paper => 0xffffff,
            Ink::Train => SERIES_LIGHT[0],
            Ink::Validation | Ink::Worse => SERIES_LIGHT[1],
            Ink::Fit | Ink::Better => SERIES_LIGHT[2],
            Ink::Series(index) => SERIES_LIGHT[index % SERIES],
        }
    }

    /// 0xRRGGBB on a dark page.
    pub fn dark(self) -> u32 {
        match self {
            Ink::Text => 0xe6e7e9,
            Ink::Muted => 0x9aa0a8,
            Ink::Grid => 0x33373d,
            Ink::Paper => 0x16181b,
            Ink::Train => SERIES_DARK[0],
            Ink::Validation | Ink::Worse => SERIES_DARK[1],
            Ink::Fit | Ink::Better => SERIES_DARK[2],
            Ink::Series(index) => SERIES_DARK[index % SERIES],
        }
    }
}

/// Rules for the classes that plots use: `l-` colours lines, `f-` fills. `colour` chooses the
/// theme.
pub fn stylesheet(colour: fn(Ink) -> u32) -> String {
    Ink::all().fold(String::new(), |mut css, ink| {
        let (class, colour) = (ink.class(), colour(ink));
        let _ = write!(css, ".l-{class}{{stroke:#{colour:06x}}}.f-{class}{{fill:#{colour:06x}}}");
        css
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2: relative luminance and contrast ratio.
    fn contrast(a: u32, b: u32) -> f64 {
        let luminance = |colour: u32| {
            let linear = |shift: u32| {
                let c = f64::from((colour >> shift) & 0xff) / 255.0;
                if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0)
        };
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn text_is_legible_and_lines_are_visible_on_both_papers() {
        for theme in [Ink::light, Ink::dark] {
            for ink in Ink::all().filter(|ink| !matches!(ink, Ink::Grid | Ink::Paper)) {
                let least = if matches!(ink, Ink::Text | Ink::Muted) { 4.5 } else { 2.9 };
                let ratio = contrast(theme(ink), theme(Ink::Paper));
                assert!(ratio >= least, "{ink:?}: {ratio}");
            }
        }
    }
}
