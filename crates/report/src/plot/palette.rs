//! The palette: one colour per meaning, for light and for dark pages.

use std::fmt::Write;

/// The meaning of a mark's colour. The hues are those of Okabe and Ito, which colour-blind readers
/// can tell apart too. They are darkened or lightened until they are legible on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Titles and names.
    Text,
    /// Axes, ticks and notes.
    Muted,
    /// Lines of the grid.
    Grid,
    /// The background.
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
    /// The network of this index, in plots of all networks; colours repeat after [`SERIES`].
    Series(usize),
    /// A step of a scale of values, from 0, the lowest, to [`LEVELS`] − 1, the highest.
    Level(usize),
}

/// Number of colours that tell networks apart.
pub const SERIES: usize = 8;

/// Number of steps of a scale of values.
pub const LEVELS: usize = 7;

/// From amber over red to deep violet: the higher, the darker on white.
const LEVELS_LIGHT: [u32; LEVELS] =
    [0xc98a00, 0xcc6f1f, 0xc4543a, 0xad3a5b, 0x8a2b70, 0x63227a, 0x391a6e];
/// From violet over red to amber: the higher, the brighter on a dark page.
const LEVELS_DARK: [u32; LEVELS] =
    [0x8166c9, 0xa466b8, 0xc66a9a, 0xe07880, 0xf09066, 0xf7b455, 0xfbe07a];

const SERIES_LIGHT: [u32; SERIES] =
    [0x0072b2, 0xd55e00, 0x009e73, 0xb0578d, 0x3a9bd9, 0xc98a00, 0x5a5a5a, 0x8a5a2b];
const SERIES_DARK: [u32; SERIES] =
    [0x4fb0ee, 0xf58a4b, 0x3cc79a, 0xe39ac6, 0x9ad4f7, 0xf3c04b, 0xc8c8c8, 0xc9a66b];

impl Color {
    /// Each colour once, without the levels.
    fn all() -> impl Iterator<Item = Color> {
        [
            Color::Text,
            Color::Muted,
            Color::Grid,
            Color::Paper,
            Color::Train,
            Color::Fit,
            Color::Validation,
            Color::Better,
            Color::Worse,
        ]
        .into_iter()
        .chain((0..SERIES).map(Color::Series))
    }

    /// The colour's class in a style sheet.
    pub fn class(self) -> String {
        match self {
            Color::Text => "text".into(),
            Color::Muted => "muted".into(),
            Color::Grid => "grid".into(),
            Color::Paper => "paper".into(),
            Color::Train => "train".into(),
            Color::Fit => "fit".into(),
            Color::Validation => "val".into(),
            Color::Better => "better".into(),
            Color::Worse => "worse".into(),
            Color::Series(index) => format!("n{}", index % SERIES),
            Color::Level(step) => format!("level{}", step.min(LEVELS - 1)),
        }
    }

    /// The colour on white, 0xRRGGBB.
    pub fn light(self) -> u32 {
        match self {
            Color::Text => 0x1c1e21,
            Color::Muted => 0x62676e,
            Color::Grid => 0xe3e5e8,
            Color::Paper => 0xffffff,
            Color::Train => SERIES_LIGHT[0],
            Color::Validation | Color::Worse => SERIES_LIGHT[1],
            Color::Fit | Color::Better => SERIES_LIGHT[2],
            Color::Series(index) => SERIES_LIGHT[index % SERIES],
            Color::Level(step) => LEVELS_LIGHT[step.min(LEVELS - 1)],
        }
    }

    /// The colour on a dark page, 0xRRGGBB.
    pub fn dark(self) -> u32 {
        match self {
            Color::Text => 0xe6e7e9,
            Color::Muted => 0x9aa0a8,
            Color::Grid => 0x33373d,
            Color::Paper => 0x16181b,
            Color::Train => SERIES_DARK[0],
            Color::Validation | Color::Worse => SERIES_DARK[1],
            Color::Fit | Color::Better => SERIES_DARK[2],
            Color::Series(index) => SERIES_DARK[index % SERIES],
            Color::Level(step) => LEVELS_DARK[step.min(LEVELS - 1)],
        }
    }
}

/// CSS rules for the classes that plots use: `l-` colours lines, `f-` colours fills. `colour` is
/// [`Color::light`] or [`Color::dark`].
pub fn stylesheet(colour: fn(Color) -> u32) -> String {
    rules(Color::all(), colour)
}

/// The rules of [`Color::Level`], which few plots use.
pub fn level_stylesheet(colour: fn(Color) -> u32) -> String {
    rules((0..LEVELS).map(Color::Level), colour)
}

fn rules(colors: impl Iterator<Item = Color>, colour: fn(Color) -> u32) -> String {
    colors.fold(String::new(), |mut css, color| {
        let (class, colour) = (color.class(), colour(color));
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
        for theme in [Color::light, Color::dark] {
            let all = Color::all().chain((0..LEVELS).map(Color::Level));
            for color in all.filter(|color| !matches!(color, Color::Grid | Color::Paper)) {
                let least = if matches!(color, Color::Text | Color::Muted) { 4.5 } else { 2.9 };
                let ratio = contrast(theme(color), theme(Color::Paper));
                assert!(ratio >= least, "{color:?}: {ratio}");
            }
        }
    }

    #[test]
    fn each_level_stands_out_more_than_the_one_below() {
        for theme in [Color::light, Color::dark] {
            let contrasts =
                (0..LEVELS).map(|step| contrast(theme(Color::Level(step)), theme(Color::Paper)));
            let contrasts: Vec<f64> = contrasts.collect();
            assert!(contrasts.is_sorted_by(|a, b| *a * 1.1 < *b), "{contrasts:?}");
        }
    }
}
