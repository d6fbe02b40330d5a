//! Memory for vectors: f32s that start on a cache line, so that no vector load crosses one.

use std::ops::{Deref, DerefMut};

use fitroom_memory::Bytes;

/// f32s of a cache line. Rows that start on one are never shared by two threads that write.
pub(crate) const LINE: usize = 16;

/// A fixed number of f32s, zero at first, aligned to 64 bytes.
pub(crate) struct Buffer {
    bytes: Bytes,
    /// Bytes before the first value.
    skipped: usize,
    len: usize,
}

/// Bytes of a page.
const PAGE: usize = 4096;

impl Buffer {
    pub(crate) fn zeros(len: usize) -> Self {
        Buffer { bytes: Bytes::zeros(len * size_of::<f32>()), skipped: 0, len }
    }

    /// One whose first value lies `phase` quarters of a page behind the beginning of a page.
    ///
    /// For buffers that are walked through side by side: at equal places in their pages they fall
    /// on the same sets of a cache, and a store in one holds up loads in the others (Adam on Zen 4:
    /// 20 to 29 cycles a vector, 16.5 out of phase).
    pub(crate) fn in_phase(len: usize, phase: usize) -> Self {
        let bytes = Bytes::zeros(len * size_of::<f32>() + PAGE);
        let skipped = (phase * PAGE / 4).wrapping_sub(bytes.as_ptr() as usize) % PAGE;
        Buffer { bytes, skipped, len }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &bytemuck::cast_slice(&self.bytes[self.skipped..])[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut bytemuck::cast_slice_mut(&mut self.bytes[self.skipped..])[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_where_its_phase_says() {
        for phase in 0..4 {
            for len in [0, 17, 5000, 2 << 20] {
                let mut buffer = Buffer::in_phase(len, phase);
                assert_eq!(
                    (buffer.len(), buffer.as_ptr() as usize % PAGE),
                    (len, phase * PAGE / 4)
                );
                buffer.fill(1.0);
                assert!(buffer.iter().all(|&x| x == 1.0));
            }
        }
    }
}
