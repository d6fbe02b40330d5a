//! Small IDX files for tests.

use crate::idx_folder::FILE_NAMES;

/// The bytes of an IDX file.
pub(crate) fn idx(magic: u32, sizes: &[u32], values: &[u8]) -> Vec<u8> {
    let words = [&[magic], sizes].concat();
    [words.iter().flat_map(|word| word.to_be_bytes()).collect(), values.to_vec()].concat()
}

/// A directory with four small IDX files: two training images of 1x2 pixels and one test image.
pub(crate) fn small_folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        idx(0x803, &[2, 1, 2], &[1, 2, 3, 4]),
        idx(0x801, &[2], &[1, 0]),
        idx(0x803, &[1, 1, 2], &[5, 6]),
        idx(0x801, &[1], &[1]),
    ];
    for (name, bytes) in FILE_NAMES.iter().zip(files) {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}
