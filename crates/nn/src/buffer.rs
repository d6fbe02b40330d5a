//! Memory for vectors: f32s that start on a cache line, on huge pages where there are many of them and the system has them.

use std::ops::{Deref, DerefMut};

use bytemuck::{Pod, Zeroable};

/// One cache line, which is also one AVX-512 register.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([f32; 16]);

/// A fixed number of f32s, zero at first, aligned to 64 bytes so that no vector load crosses a cache line.
pub(crate) struct Buffer {
    memory: Memory,
    /// Lines before the first value.
    skipped: usize,
    len: usize,
}

enum Memory {
    Allocated(Vec<Line>),
    #[cfg(target_os = "linux")]
    Mapped(memmap2::MmapMut),
}

/// Bytes of a huge page.
#[cfg(target_os = "linux")]
const HUGE_PAGE: usize = 2 << 20;

/// Bytes of a page.
const PAGE: usize = 4096;

impl Buffer {
    pub(crate) fn zeros(len: usize) -> Self {
        Buffer { memory: Memory::zeros(len.div_ceil(16)), skipped: 0, len }
    }

    /// One whose first value lies `phase` quarters of a page behind the beginning of a page.
    ///
    /// For buffers that are walked through side by side: at equal places in their pages they fall on the same sets of a
    /// cache, and a store in one holds up loads in the others (Adam on Zen 4: 20 to 29 cycles a vector, 16.5 out of phase).
    pub(crate) fn in_phase(len: usize, phase: usize) -> Self {
        let line = size_of::<Line>();
        let mut buffer = Buffer::zeros(len + PAGE / size_of::<f32>());
        let start = buffer.memory.lines().as_ptr() as usize;
        buffer.skipped = (phase * PAGE / 4).wrapping_sub(start) % PAGE / line;
        buffer.len = len;
        buffer
    }
}

impl Memory {
    /// On huge pages from a page's size on, for Linux gives them only to who asks: network 8 walks through 70 MB a step, and
    /// with small pages waits for their addresses (measured, 3% of a step).
    fn zeros(lines: usize) -> Self {
        #[cfg(target_os = "linux")]
        if lines * size_of::<Line>() >= HUGE_PAGE
            && let Ok(memory) = memmap2::MmapMut::map_anon(lines * size_of::<Line>())
        {
            // A kernel without huge pages says so here, and its pages do as well.
            memory.advise(memmap2::Advice::HugePage).ok();
            return Memory::Mapped(memory);
        }
        Memory::Allocated(vec![Line([0.0; 16]); lines])
    }

    fn lines(&self) -> &[Line] {
        match self {
            Memory::Allocated(lines) => lines,
            #[cfg(target_os = "linux")]
            Memory::Mapped(bytes) => bytemuck::cast_slice(bytes),
        }
    }

    fn lines_mut(&mut self) -> &mut [Line] {
        match self {
            Memory::Allocated(lines) => lines,
            #[cfg(target_os = "linux")]
            Memory::Mapped(bytes) => bytemuck::cast_slice_mut(bytes),
        }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &bytemuck::cast_slice(&self.memory.lines()[self.skipped..])[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut bytemuck::cast_slice_mut(&mut self.memory.lines_mut()[self.skipped..])[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_on_a_cache_line_and_has_its_length() {
        for len in [0, 1, 15, 16, 17, 1000, (2 << 20) + 5] {
            let buffer = Buffer::zeros(len);
            assert_eq!(buffer.len(), len);
            assert_eq!(buffer.as_ptr() as usize % 64, 0);
            assert!(buffer.iter().all(|&x| x == 0.0));
        }
    }

    #[test]
    fn starts_where_its_phase_says() {
        for phase in 0..4 {
            for len in [0, 17, 5000, 2 << 20] {
                let mut buffer = Buffer::in_phase(len, phase);
                assert_eq!((buffer.len(), buffer.as_ptr() as usize % PAGE), (len, phase * PAGE / 4));
                buffer.fill(1.0);
                assert!(buffer.iter().all(|&x| x == 1.0));
            }
        }
    }
}
