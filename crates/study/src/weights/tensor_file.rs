//! A file of tensors that is read tensor by tensor: the whole file may be several times as large as
//! the network's weights.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::Metadata;
use sha2::{Digest, Sha256};

use super::{About, METADATA_KEY, MOST_STEPS, SavedAt, begin_tensor, seal_of};
use crate::seal::hex;
use crate::{StoreError, files};

/// A file that [`save`](super::save) wrote. Its header and its seal are checked.
pub(super) struct TensorFile {
    path: PathBuf,
    file: File,
    header: Metadata,
    /// Where the tensors begin.
    start: u64,
    pub(super) saved_at: SavedAt,
}

/// Bytes that are read at once for the seal.
const READ_AT_ONCE: u64 = 1 << 18;

impl TensorFile {
    /// Opens a file of the run `id`, of at most `most` bytes. `None` if there is no such file.
    pub(super) fn open(path: &Path, id: &str, most: u64) -> Result<Option<Self>, StoreError> {
        let Some((mut file, len)) = files::open_at_most(path, most)? else { return Ok(None) };
        let damaged = |problem: &dyn std::fmt::Display| StoreError::damaged(path, problem);
        let header_len = read_number(&mut file).map_err(|error| damaged(&error))?;
        let start = header_len.saturating_add(size_of::<u64>() as u64);
        if start > len {
            return Err(damaged(&"it ends within its header"));
        }
        let header = read_bytes(&mut file, header_len).map_err(|error| damaged(&error))?;
        let header: Metadata = serde_json::from_slice(&header).map_err(|error| damaged(&error))?;
        if (header.data_len() as u64).checked_add(start) != Some(len) {
            return Err(damaged(&format!("it has {len} bytes, and its tensors need others")));
        }
        let about = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
        let about = about.ok_or_else(|| damaged(&"it does not say which epoch it is from"))?;
        let about: About = serde_json::from_str(about).map_err(|error| damaged(&error))?;
        let About { epoch, steps, part, seal, sha256 } = about;
        if steps > MOST_STEPS {
            return Err(damaged(&format!("it says that it was saved after {steps} steps")));
        }
        let saved_at = SavedAt { epoch, steps, part };
        let mut opened = TensorFile { path: path.to_owned(), file, header, start, saved_at };
        if let Some(name) = opened.names().iter().find(|&name| opened.dtype(name) != Dtype::F32) {
            let dtype = opened.dtype(name);
            return Err(damaged(&format!("tensor `{name}` holds {dtype:?} and not F32")));
        }
        let is_intact = match (seal, sha256) {
            (Some(seal), None) => opened.seal(id).map(|found| found == seal),
            (None, Some(sha256)) => opened.tensor_sha256().map(|found| found == sha256),
            _ => Ok(false),
        };
        match is_intact {
            Ok(true) => {}
            Ok(false) => return Err(StoreError::broken_seal(path)),
            Err(source) => return Err(opened.unreadable(source)),
        }
        Ok(Some(opened))
    }

    /// Fails unless the file has a tensor of each of these names and shapes.
    pub(super) fn check<'a>(
        &self,
        expected: impl IntoIterator<Item = (&'a str, &'a [usize])>,
    ) -> Result<(), StoreError> {
        for (name, shape) in expected {
            let problem = match self.header.info(name) {
                Some(info) if info.shape == shape => continue,
                Some(info) => format!(
                    "tensor `{name}` has shape {:?}, its network needs {shape:?}",
                    info.shape
                ),
                None => format!("tensor `{name}` is missing"),
            };
            return Err(StoreError::damaged(&self.path, problem));
        }
        Ok(())
    }

    /// The names of all tensors, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = self.header.offset_keys();
        names.sort_unstable();
        names
    }

    /// The shape of a tensor.
    ///
    /// # Panics
    /// Here and below: if the file has no tensor of this name.
    pub(super) fn shape(&self, name: &str) -> &[usize] {
        &self.header.info(name).expect("a tensor of the file").shape
    }

    /// The values of a tensor, in PyTorch's order.
    pub(super) fn read(&mut self, name: &str) -> Result<Vec<f32>, StoreError> {
        self.values(name).map_err(|source| self.unreadable(source))
    }

    fn values(&mut self, name: &str) -> io::Result<Vec<f32>> {
        let len = self.seek(name)? as usize / size_of::<f32>();
        let mut values = Vec::new();
        values.try_reserve_exact(len)?;
        values.resize(len, 0.0);
        self.file.read_exact(bytemuck::cast_slice_mut(&mut values))?;
        if cfg!(target_endian = "big") {
            values.iter_mut().for_each(|x: &mut f32| *x = f32::from_bits(x.to_bits().to_le()));
        }
        Ok(values)
    }

    /// Goes to the beginning of a tensor. Returns its bytes.
    fn seek(&mut self, name: &str) -> io::Result<u64> {
        let (from, to) = self.header.info(name).expect("a tensor of the file").data_offsets;
        self.file.seek(SeekFrom::Start(self.start + from as u64))?;
        Ok((to - from) as u64)
    }

    fn dtype(&self, name: &str) -> Dtype {
        self.header.info(name).expect("a tensor of the file").dtype
    }

    /// The seal that the file should have.
    fn seal(&mut self, id: &str) -> io::Result<String> {
        let mut seal = seal_of(id, &self.saved_at);
        for name in self.names() {
            let len = self.seek(&name)?;
            begin_tensor(&mut seal, &name, self.shape(&name), len);
            self.pieces(len, |bytes| seal.add_bytes(bytes))?;
        }
        Ok(seal.finish())
    }

    /// SHA-256 of the tensors' names and bytes: the seal of an earlier version.
    fn tensor_sha256(&mut self) -> io::Result<String> {
        let mut digest = Sha256::new();
        for name in self.names() {
            let len = self.seek(&name)?;
            digest.update((name.len() as u64).to_le_bytes());
            digest.update(&name);
            digest.update(len.to_le_bytes());
            self.pieces(len, |bytes| digest.update(bytes))?;
        }
        Ok(hex(&digest.finalize()))
    }

    /// Calls `work` with the next `len` bytes, piece by piece.
    fn pieces(&mut self, len: u64, mut work: impl FnMut(&[u8])) -> io::Result<()> {
        let mut left = len;
        while left > 0 {
            let bytes = read_bytes(&mut self.file, left.min(READ_AT_ONCE))?;
            work(&bytes);
            left -= bytes.len() as u64;
        }
        Ok(())
    }

    fn unreadable(&self, source: io::Error) -> StoreError {
        StoreError::Read { path: self.path.clone(), source }
    }
}

fn read_number(file: &mut File) -> io::Result<u64> {
    let mut bytes = [0; size_of::<u64>()];
    file.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn read_bytes(file: &mut File, len: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len as usize)?;
    bytes.resize(len as usize, 0);
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
