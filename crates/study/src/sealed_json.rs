//! JSON files with a seal, which is their last field.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::seal::Seal;
use crate::{StoreError, files};

/// The name of the field.
const SEAL: &str = "seal";

/// What a JSON file holds. Its seal is not checked yet.
pub(crate) struct Sealed<T> {
    pub value: T,
    /// The fields that are sealed, in the order of their names.
    content: String,
    /// `None` in a file of an earlier version.
    seal: Option<String>,
}

impl<T: DeserializeOwned> Sealed<T> {
    /// Reads the file at `path`; `None` if there is no such file.
    pub fn read(path: &Path) -> Result<Option<Self>, StoreError> {
        let Some(bytes) = files::read_json_bytes(path)? else { return Ok(None) };
        let damaged = |error| StoreError::damaged(path, error);
        let mut fields: Map<String, Value> = serde_json::from_slice(&bytes).map_err(damaged)?;
        let seal = fields.remove(SEAL).map(|seal| seal.as_str().unwrap_or_default().to_owned());
        // The value is read from the text, since f32s would be rounded twice by way of `Value`.
        let value = serde_json::from_slice(&bytes).map_err(damaged)?;
        Ok(Some(Sealed { value, content: content(&fields), seal }))
    }
}

impl<T> Sealed<T> {
    /// Whether the file has a seal.
    pub fn is_sealed(&self) -> bool {
        self.seal.is_some()
    }

    /// The value, if the file's seal is right or it has none. `context` must be what the file was
    /// written with.
    pub fn checked(self, path: &Path, context: &[&str]) -> Result<T, StoreError> {
        if self.seal.is_some_and(|seal| seal != seal_of(path, &self.content, context)) {
            return Err(StoreError::broken_seal(path));
        }
        Ok(self.value)
    }
}

/// Writes `value`, a struct, as indented JSON with its seal. The seal also covers `context`: what
/// the file depends on and does not hold.
pub(crate) fn write(
    path: &Path,
    value: &impl Serialize,
    context: &[&str],
) -> Result<(), StoreError> {
    let failed = |error: serde_json::Error| StoreError::Write {
        path: path.to_owned(),
        source: error.into(),
    };
    let text = serde_json::to_string_pretty(value).map_err(failed)?;
    let fields: Map<String, Value> = serde_json::from_str(&text).map_err(failed)?;
    let seal = seal_of(path, &content(&fields), context);
    let open = text.trim_end_matches('}').trim_end();
    files::write_whole(path, format!("{open},\n  \"{SEAL}\": \"{seal}\"\n}}\n").as_bytes())
}

fn content(fields: &Map<String, Value>) -> String {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_unstable_by_key(|&(name, _)| name);
    let mut content = String::new();
    for (name, value) in fields {
        let _ = writeln!(content, "{name:?}:{value}");
    }
    content
}

/// The seal of a file of this name.
fn seal_of(path: &Path, content: &str, context: &[&str]) -> String {
    let mut seal = Seal::of(&path.file_name().unwrap_or_default().to_string_lossy());
    context.iter().for_each(|part| seal.add(part));
    seal.add(content);
    seal.finish()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Facts {
        name: String,
        rate: f32,
        score: f64,
        inner: Option<Inner>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Inner {
        end: u32,
    }

    fn facts() -> Facts {
        Facts { name: "a }".into(), rate: 0.001, score: 0.1 + 0.2, inner: Some(Inner { end: 3 }) }
    }

    fn read(path: &Path) -> Result<Facts, StoreError> {
        Sealed::read(path)?.expect("it is there").checked(path, &["run 1"])
    }

    #[test]
    fn a_value_comes_back_and_every_changed_byte_is_found_or_harmless() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("facts.json");
        assert!(Sealed::<Facts>::read(&path).unwrap().is_none());
        write(&path, &facts(), &["run 1"]).unwrap();
        assert_eq!(read(&path).unwrap(), facts());
        let error = Sealed::<Facts>::read(&path).unwrap().unwrap().checked(&path, &["run 2"]);
        assert!(error.unwrap_err().to_string().contains("facts.json is damaged: its seal"));
        let bytes = std::fs::read(&path).unwrap();
        for (at, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            std::fs::write(&path, flipped).unwrap();
            assert!(read(&path).is_ok_and(|read| read == facts()) || read(&path).is_err());
        }
    }

    #[test]
    fn json_that_is_nested_too_deeply_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep.json");
        std::fs::write(&path, format!("{{\"a\":{}", "[".repeat(500_000))).unwrap();
        let error = Sealed::<Facts>::read(&path).err().unwrap().to_string();
        assert!(error.contains("recursion limit exceeded"), "{error}");
    }

    #[test]
    fn a_file_without_a_seal_is_one_of_an_earlier_version() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("facts.json");
        std::fs::write(&path, serde_json::to_string(&facts()).unwrap()).unwrap();
        assert!(!Sealed::<Facts>::read(&path).unwrap().unwrap().is_sealed());
        assert_eq!(read(&path).unwrap(), facts());
    }
}
