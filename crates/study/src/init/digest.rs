//! The SHA-256 of tensors.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::seal::{Seal, hex};

/// The SHA-256 of the names, shapes and f32 values of some tensors, sorted by name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TensorsDigest([u8; 32]);

/// Bytes of the digest that stand in the name of a kept file.
const SHORT: usize = 8;

impl TensorsDigest {
    /// The digest of tensors, each given by its name, its shape and the SHA-256 of its values.
    pub(super) fn of<'a>(
        tensors: impl IntoIterator<Item = (&'a str, &'a [usize], &'a [u8; 32])>,
    ) -> Self {
        let mut seal = Seal::of("initial weights");
        for (name, shape, sha256) in tensors {
            seal.add(name);
            seal.add(format!("{shape:?}"));
            seal.add(sha256);
        }
        TensorsDigest(seal.finish_bytes())
    }

    /// The first digits, for the name of a file.
    pub(crate) fn short(&self) -> String {
        hex(&self.0[..SHORT])
    }
}

/// In hexadecimal.
impl fmt::Display for TensorsDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for TensorsDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for TensorsDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TensorsDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text)
            .map(TensorsDigest)
            .ok_or_else(|| D::Error::custom("a SHA-256 is 64 hexadecimal digits, in lower case"))
    }
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = 16 * digit(high)? + digit(low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_64_digits_and_reads_back() {
        let of = |name, shape: &[usize], sha256| TensorsDigest::of([(name, shape, &sha256)]);
        let digest = of("0.weight", &[2, 3], [7; 32]);
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!((json.len(), json.trim_matches('"')), (66, digest.to_string().as_str()));
        assert_eq!(serde_json::from_str::<TensorsDigest>(&json).unwrap(), digest);
        assert!(digest.to_string().starts_with(&digest.short()) && digest.short().len() == 16);
        for other in [
            of("0.bias", &[2, 3], [7; 32]),
            of("0.weight", &[3, 2], [7; 32]),
            of("0.weight", &[2, 3], [8; 32]),
            TensorsDigest::of([]),
        ] {
            assert_ne!(digest, other);
        }
        for wrong in ["\"\"", "\"00\"", &json.to_uppercase(), &json.replacen('"', "\"0", 1), "7"] {
            assert!(serde_json::from_str::<TensorsDigest>(wrong).is_err(), "{wrong}");
        }
    }
}
