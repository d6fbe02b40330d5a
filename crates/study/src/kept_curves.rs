//! Keeps copies of a study's reference curves with its results.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use crate::file_names::REFERENCE;
use crate::reference_files::MOST_CURVE_BYTES;
use crate::{ReferenceProblem, StoreError, Study, files};

/// Most bytes of a copy's name, without its number and its extension.
const LONGEST_STEM: usize = 64;

/// Copies the files of all reference curves of `study` into `dir`, and makes `study` name the
/// copies. `dir` then depends on no file outside.
///
/// A copy is never overwritten, since the study file in `dir` may still name it. A file with the
/// same name and another content gets a number.
///
/// # Errors
/// The files are larger together than a study's curves may be, or can't be read or written.
pub(crate) fn keep_curves(dir: &Path, study: &mut Study) -> Result<(), StoreError> {
    // Networks that name the same file share its text, so comparing addresses saves comparing most
    // texts.
    let texts: HashMap<*const u8, &str> =
        study.curves().map(|curve| (curve.text.as_ptr(), &*curve.text)).collect();
    let texts: HashSet<&str> = texts.into_values().collect();
    // A continued study may have curves that were kept before and others that have changed since.
    // All of them count.
    if texts.iter().map(|text| text.len()).sum::<usize>() > MOST_CURVE_BYTES {
        let problem = Box::new(ReferenceProblem::TooLarge { limit: MOST_CURVE_BYTES });
        return Err(StoreError::Curves { dir: dir.to_owned(), problem });
    }
    let mut kept: Vec<(Arc<str>, String)> = Vec::new();
    for curve in study.networks.iter_mut().filter_map(|network| network.reference.as_mut()) {
        if let Some((_, name)) = kept.iter().find(|(text, _)| Arc::ptr_eq(text, &curve.text)) {
            curve.file.clone_from(name);
            continue;
        }
        let file_name = curve.file_name();
        let stem = stem(file_name.strip_suffix(".csv").unwrap_or(file_name), "curves");
        let mut number = 1;
        curve.file = loop {
            let suffix = if number > 1 { format!("-{number}") } else { String::new() };
            let name = format!("{REFERENCE}/{stem}{suffix}.csv");
            let path = dir.join(&name);
            match files::read_at_most(&path, MOST_CURVE_BYTES as u64)? {
                Some(there) if there == curve.text.as_bytes() => break name,
                Some(_) => number += 1,
                None => {
                    files::create_directory(&dir.join(REFERENCE))?;
                    files::write_whole(&path, curve.text.as_bytes())?;
                    break name;
                }
            }
        };
        kept.push((Arc::clone(&curve.text), curve.file.clone()));
    }
    Ok(())
}

/// The name of a copy without its extension: that of the file, with `-` for all characters except
/// letters, digits and `_`. `otherwise`, if that is empty.
pub(crate) fn stem(of_file: &str, otherwise: &str) -> String {
    let mut stem: String = of_file
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' })
        .take(LONGEST_STEM)
        .collect();
    if stem.is_empty() {
        stem.push_str(otherwise);
    }
    stem
}

#[cfg(test)]
mod tests;
