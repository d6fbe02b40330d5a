//! Keeps copies of a study's initial weights with its results.

use std::collections::HashMap;
use std::path::Path;

use crate::file_names::INIT;
use crate::init_files::MOST_INIT_BYTES;
use crate::kept_curves::stem;
use crate::{InitProblem, InitialWeights, StoreError, Study, TensorsDigest, files};

/// Copies the initial weights of all networks of `study` into `dir`, and makes `study` name the copies.
/// `dir` then depends on no file outside. A copy has the tensors that are used, as F32, and its name ends
/// with their digest: other tensors have another name.
///
/// # Errors
/// The copies are larger together than a study's may be, or can't be written.
pub(crate) fn keep_init(dir: &Path, study: &mut Study) -> Result<(), StoreError> {
    // Networks of the same tensors name the same copy.
    let mut kept: HashMap<TensorsDigest, String> = HashMap::new();
    let mut bytes = 0_u64;
    for init in study.networks.iter_mut().filter_map(|network| network.init.as_mut()) {
        if let Some(name) = kept.get(&init.facts().tensors) {
            init.file.clone_from(name);
            continue;
        }
        let name = init.kept_name();
        let copy = init.to_bytes().map_err(|error| {
            let source = std::io::Error::other(error);
            StoreError::Write { path: dir.join(&name), source }
        })?;
        // A continued study may have weights that were kept before and others. All of them count.
        bytes += copy.len() as u64;
        if bytes > MOST_INIT_BYTES {
            let problem = Box::new(InitProblem::TooLarge { limit: MOST_INIT_BYTES });
            return Err(StoreError::InitialWeights { dir: dir.to_owned(), problem });
        }
        let path = dir.join(&name);
        if files::read_at_most(&path, MOST_INIT_BYTES)?.is_none_or(|there| there != copy) {
            files::create_directory(&dir.join(INIT))?;
            files::write_whole(&path, &copy)?;
        }
        kept.insert(init.facts().tensors, name.clone());
        init.file = name;
    }
    Ok(())
}

impl InitialWeights {
    /// The name of the copy: that of the file, and the first digits of the digest.
    fn kept_name(&self) -> String {
        let digest = self.facts().tensors.short();
        let name = self.file.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = name.strip_suffix(".safetensors").unwrap_or(name);
        // That of a copy has the digits already.
        let name = name.strip_suffix(&format!("-{digest}")).unwrap_or(name);
        format!("{INIT}/{}-{digest}.safetensors", stem(name, "weights"))
    }
}
