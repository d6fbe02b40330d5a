//! Seals: checksums by which damage to stored files is recognised. A seal covers everything in a
//! file that decides a result, and the id of the run that the file belongs to.
//!
//! A seal finds damage, and files that were mixed up. It is no signature: whoever can write the
//! files can also seal them.

use sha2::{Digest, Sha256};

/// SHA-256 of parts that are added one after another. Where one part ends and the next begins
/// counts too.
pub(crate) struct Seal(Sha256);

impl Seal {
    /// The seal of a kind of file.
    pub fn of(kind: &str) -> Self {
        let mut seal = Seal(Sha256::new());
        seal.add(kind);
        seal
    }

    pub fn add(&mut self, part: impl AsRef<[u8]>) {
        let part = part.as_ref();
        self.begin(part.len() as u64);
        self.add_bytes(part);
    }

    /// Begins a part of `len` bytes, which [`add_bytes`](Self::add_bytes) adds piece by piece.
    pub fn begin(&mut self, len: u64) {
        self.0.update(len.to_le_bytes());
    }

    /// Adds bytes of the part that was begun.
    pub fn add_bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The seal in hexadecimal.
    pub fn finish(self) -> String {
        hex(&self.finish_bytes())
    }

    /// The seal.
    pub fn finish_bytes(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    // Digit by digit: a `format!` a byte took a twelfth of the time of reading ten thousand runs.
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_two_digits() {
        assert!((0..=255).all(|byte| hex(&[byte]) == format!("{byte:02x}")));
        assert_eq!(hex(&[0, 1, 0xab]), "0001ab");
    }

    #[test]
    fn kind_parts_and_their_ends_decide_the_seal() {
        let seal = |kind, parts: &[&str]| {
            let mut seal = Seal::of(kind);
            parts.iter().for_each(|part| seal.add(part));
            seal.finish()
        };
        let one = seal("run", &["ab", "c"]);
        assert_eq!(one, seal("run", &["ab", "c"]));
        assert_eq!(one.len(), 64);
        for other in
            [seal("run", &["a", "bc"]), seal("run", &["abc"]), seal("outcome", &["ab", "c"])]
        {
            assert_ne!(one, other);
        }
    }
}
