//! Reads and writes `[data]` of a study file: how the data set is read.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use fitroom_data::{OptionError, ReadOptions};

use crate::StudyError;
use crate::keys::{Keys, set};
use crate::toml_text::inline;
use crate::training_file::value_problem;

/// Range of the longest side of an image, in pixels.
const SIDES: RangeInclusive<u32> = 1..=65_535;

/// Reads `[data]`.
pub(crate) fn read_data(keys: &mut Keys) -> Result<ReadOptions, StudyError> {
    let mut options = ReadOptions::default();
    let Some(mut keys) = keys.table("data")? else { return Ok(options) };
    options.label = keys.string("label")?.map(str::to_owned);
    options.shape = parsed(&mut keys, "shape")?;
    options.pixels = parsed(&mut keys, "pixels")?;
    options.resize = parsed(&mut keys, "resize")?;
    set(&mut options.max_side, keys.whole("max_side", SIDES)?.map(|side| side as usize));
    set(&mut options.skip_corrupt, keys.flag("skip_corrupt")?);
    keys.finish()?;
    Ok(options)
}

/// A value that is written as a string.
fn parsed<T: FromStr<Err = OptionError>>(
    keys: &mut Keys,
    key: &'static str,
) -> Result<Option<T>, StudyError> {
    let Some(text) = keys.string(key)? else { return Ok(None) };
    text.parse().map(Some).map_err(|error: OptionError| {
        let must = format!("a {}: {}", error.what, error.example);
        keys.at(key, value_problem(key, "[data]", must, text))
    })
}

/// The lines of `[data]`; none if everything is at its default.
pub(crate) fn data_lines(options: &ReadOptions) -> Vec<(&'static str, String)> {
    fn text(key: &'static str, value: Option<&dyn Display>) -> Option<(&'static str, String)> {
        value.map(|value| (key, inline(&value.to_string())))
    }
    let default = ReadOptions::default();
    let max_side = Some(options.max_side).filter(|&side| side != default.max_side);
    let lines = [
        text("label", options.label.as_ref().map(|label| label as &dyn Display)),
        text("shape", options.shape.as_ref().map(|shape| shape as &dyn Display)),
        text("pixels", options.pixels.as_ref().map(|pixels| pixels as &dyn Display)),
        text("resize", options.resize.as_ref().map(|size| size as &dyn Display)),
        max_side.map(|side| ("max_side", side.to_string())),
        options.skip_corrupt.then(|| ("skip_corrupt", "true".to_owned())),
    ];
    lines.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Study;

    const NETWORK: &str = "[[network]]\nname = \"a\"\nlayers = \"\"\n";

    fn study(data: &str) -> Result<Study, StudyError> {
        Study::parse(&format!("name = \"t\"\n{data}\n{NETWORK}"), "t.toml")
    }

    #[test]
    fn every_option_is_read_and_written() {
        let text = "[data]\nlabel = \"kind \\\"x\\\"\"\nshape = \"3x32x30\"\npixels = \"0..16\"\n\
                    resize = \"28x32\"\nmax_side = 200\nskip_corrupt = true\n";
        let read = study(text).unwrap();
        assert_ne!(read.reading, ReadOptions::default());
        assert_eq!(read.reading.label.as_deref(), Some("kind \"x\""));
        assert_eq!(Study::parse(&read.to_toml(), "t.toml").unwrap(), read);
        let plain = study("").unwrap();
        assert!(plain.reading == ReadOptions::default() && !plain.to_toml().contains("[data]"));
    }

    #[test]
    fn wrong_values_say_what_they_should_be() {
        for (text, part) in [
            ("resize = \"32\"", "size of an image: rows and columns from 1 to 65535, as in 32x32"),
            ("pixels = \"0..2\"", "range of pixels: 0..1, 0..16 or 0..255"),
            ("shape = 3", "`shape`"),
            ("max_side = 0", "a whole number from 1 to 65535"),
            ("resise = \"32x32\"", "did you mean `resize`?"),
        ] {
            let error = study(&format!("[data]\n{text}")).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
