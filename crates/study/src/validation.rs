//! `validation` of a study file: how many training images are held out, and how they are drawn.

use std::fmt;

use fitroom_data::held_out_by_default;

use crate::StudyError;
use crate::keys::{Keys, whole_number};

/// Which training images are held out, as a study says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validation {
    /// How many; `None`: [a sixth, at most 10,000](held_out_by_default).
    pub images: Option<usize>,
    /// Whether each class has the same share of the images that are held out as of all training
    /// images, to within one image.
    pub stratified: bool,
}

/// Which training images are held out of a data set whose size is known. Shown as the value of
/// `validation` in a study file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldOut {
    /// How many.
    pub images: usize,
    /// Whether classes keep their shares. False if nothing is held out.
    pub stratified: bool,
}

impl Validation {
    /// What is held out of this many training images.
    pub fn held_out(self, train_images: usize) -> HeldOut {
        let images = self.images.unwrap_or_else(|| held_out_by_default(train_images));
        HeldOut { images, stratified: self.stratified && images > 0 }
    }

    /// The value of `validation` in a study file; `None` if everything is at its default.
    pub(crate) fn text(self) -> Option<String> {
        match self {
            Validation { images: Some(images), stratified } => {
                Some(HeldOut { images, stratified }.to_string())
            }
            Validation { images: None, stratified: true } => {
                Some("{ stratified = true }".to_owned())
            }
            Validation { images: None, stratified: false } => None,
        }
    }
}

impl From<HeldOut> for Validation {
    fn from(HeldOut { images, stratified }: HeldOut) -> Self {
        Validation { images: Some(images), stratified }
    }
}

impl fmt::Display for HeldOut {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match *self {
            HeldOut { images, stratified: false } => write!(f, "{images}"),
            HeldOut { images, stratified: true } => {
                write!(f, "{{ images = {images}, stratified = true }}")
            }
        }
    }
}

/// Reads `validation` of `[training]`: a number of images, or a table.
pub(crate) fn read_validation(keys: &mut Keys) -> Result<Validation, StudyError> {
    const KEY: &str = "validation";
    let count = |images: u32| images as usize;
    let Some(value) = keys.value(KEY) else { return Ok(Validation::default()) };
    if value.get_ref().as_integer().is_some() {
        let images = keys.whole(KEY, 0..=u32::MAX)?.map(count);
        return Ok(Validation { images, stratified: false });
    }
    if !value.get_ref().is_table() {
        let number = whole_number(&(0..=u32::MAX));
        let must = format!("{number}, or a table: {{ images = 5000, stratified = true }}");
        return Err(keys.wrong(KEY, value, must));
    }
    let Some(mut table) = keys.table(KEY)? else { return Ok(Validation::default()) };
    let images = table.whole("images", 0..=u32::MAX)?.map(count);
    let stratified = table.flag("stratified")?.unwrap_or_default();
    table.finish()?;
    Ok(Validation { images, stratified })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Study;
    use crate::test_data::study;

    const NETWORK: &str = "[[network]]\nname = \"a\"\nlayers = \"\"\n";

    fn read(text: &str) -> Validation {
        study(&format!("[training]\n{text}\n{NETWORK}")).validation
    }

    #[test]
    fn a_number_or_a_table_is_read_and_written() {
        let some = |images, stratified| Validation { images: Some(images), stratified };
        let stratified = Validation { images: None, stratified: true };
        for (text, validation, written) in [
            ("", Validation::default(), None),
            ("validation = {}", Validation::default(), None),
            ("validation = { stratified = false }", Validation::default(), None),
            ("validation = 5_000", some(5000, false), Some("5000")),
            ("validation = 0", some(0, false), Some("0")),
            ("validation = { images = 5000 }", some(5000, false), Some("5000")),
            ("validation = { stratified = true }", stratified, Some("{ stratified = true }")),
            (
                "[training.validation]\nstratified = true\nimages = 7",
                some(7, true),
                Some("{ images = 7, stratified = true }"),
            ),
        ] {
            assert_eq!(read(text), validation, "{text}");
            assert_eq!(validation.text().as_deref(), written, "{text}");
            let study = study(&format!("[training]\n{text}\n{NETWORK}"));
            let file = study.to_toml();
            assert_eq!(Study::parse(&file, "written.toml").unwrap(), study, "{file}");
            let line = written.map(|value| format!("[training]\nvalidation = {value}\n"));
            assert!(line.is_none_or(|line| file.contains(&line)), "{file}");
        }
    }

    #[test]
    fn mistakes_say_what_is_right() {
        for (value, message) in [
            (
                "\"all\"",
                "must be a whole number, 0 or above, or a table: { images = 5000, stratified = true }, got \"all\"",
            ),
            ("0.2", "must be a whole number, 0 or above, or a table"),
            ("-1", "must be a whole number, 0 or above, got -1"),
            ("{ images = -1 }", "`images` in `validation` of [training] must be"),
            ("{ stratified = 1 }", "must be true or false, got 1"),
            ("{ stratifed = true }", "did you mean `stratified`?"),
        ] {
            let text = format!("name = \"t\"\n[training]\nvalidation = {value}\n{NETWORK}");
            let error = Study::parse(&text, "t.toml").unwrap_err().to_string();
            assert!(error.contains(message), "{value}: {error}");
        }
    }

    #[test]
    fn a_sixth_is_held_out_unless_the_study_says_otherwise() {
        let held_out = |text: &str, images| read(text).held_out(images).to_string();
        assert_eq!(held_out("", 10_100), "1683");
        assert_eq!(held_out("", 60_000), "10000");
        assert_eq!(held_out("", 5), "0");
        assert_eq!(held_out("validation = 7", 10_100), "7");
        let stratified = "validation = { stratified = true }";
        assert_eq!(held_out(stratified, 60), "{ images = 10, stratified = true }");
        assert_eq!(held_out(stratified, 5), "0", "no image is no class");
    }
}
