//! f32 values as the bytes of a file, little-endian.

/// The bytes of `values`.
pub(crate) fn to_little_endian(values: &[f32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size_of_val(values));
    for value in values {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes
}

/// The values of `bytes`, which are four for each value.
pub(crate) fn from_little_endian(bytes: &[u8]) -> Vec<f32> {
    let (values, _) = bytes.as_chunks();
    values.iter().map(|&value| f32::from_le_bytes(value)).collect()
}
