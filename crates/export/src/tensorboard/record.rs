//! The records of an event file (TFRecord): length, checksum of the length, bytes, their checksum.
//!
//! Format: <https://www.tensorflow.org/tutorials/load_data/tfrecord>. Checksums are CRC-32C, rotated by 15
//! bits, plus a constant.

use crc32c::crc32c;

/// A record that holds these bytes.
pub fn record(content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_le_bytes();
    let checksum = |bytes| masked_crc(bytes).to_le_bytes();
    [&length[..], &checksum(&length), content, &checksum(content)].concat()
}

fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_as_tensorboard_writes_it() {
        // tensorboard.summary.writer.record_writer.RecordWriter(file).write(b"abc")
        let expected = b"\x03\0\0\0\0\0\0\0\xb0\x99I\x0eabcnW\xf1!";
        assert_eq!(record(b"abc"), expected);
    }
}
