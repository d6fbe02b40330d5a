//! Checksums of published files: SHA-256, or MD5 where only that is published.

use std::fmt;
use std::io::{self, Read};

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::dataset::hex;

/// The checksum of a file, in lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum<'a> {
    /// SHA-256.
    Sha256(&'a str),
    /// MD5. It finds damage, but not a file that somebody made on purpose.
    Md5(&'a str),
}

impl<'a> Checksum<'a> {
    /// The digits.
    pub fn digits(self) -> &'a str {
        let (Checksum::Sha256(digits) | Checksum::Md5(digits)) = self;
        digits
    }

    /// Its kind.
    pub fn kind(self) -> ChecksumKind {
        match self {
            Checksum::Sha256(_) => ChecksumKind::Sha256,
            Checksum::Md5(_) => ChecksumKind::Md5,
        }
    }

    /// The checksum of the same kind of what `reader` reads, to its end.
    pub(crate) fn compute(self, reader: impl Read) -> io::Result<String> {
        match self {
            Checksum::Sha256(_) => digest::<Sha256>(reader),
            Checksum::Md5(_) => digest::<Md5>(reader),
        }
    }

    /// Whether it has as many digits as checksums of its kind.
    #[cfg(test)]
    pub(crate) fn is_well_formed(self) -> bool {
        let digits = self.digits();
        let length = match self {
            Checksum::Sha256(_) => 64,
            Checksum::Md5(_) => 32,
        };
        digits.len() == length && digits.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
    }
}

/// A kind of checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumKind {
    /// SHA-256.
    Sha256,
    /// MD5.
    Md5,
}

impl fmt::Display for ChecksumKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ChecksumKind::Sha256 => "SHA-256",
            ChecksumKind::Md5 => "MD5",
        })
    }
}

fn digest<D: Digest>(mut reader: impl Read) -> io::Result<String> {
    let (mut hash, mut buffer) = (D::new(), vec![0; 1 << 20]);
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(hex(&hash.finalize())),
            Ok(read) => hash.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standards() {
        let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Checksum::Sha256("").compute(&b"abc"[..]).unwrap(), sha);
        let md5 = "900150983cd24fb0d6963f7d28e17f72";
        assert_eq!(Checksum::Md5("").compute(&b"abc"[..]).unwrap(), md5);
        let long = vec![7; 3 << 20];
        let whole = hex(&Sha256::digest(&long));
        assert_eq!(Checksum::Sha256("").compute(&long[..]).unwrap(), whole);
    }
}
