//! The records of an event file (TFRecord): length, checksum of the length, bytes, their checksum.
//!
//! Format: <https://www.tensorflow.org/tutorials/load_data/tfrecord>. Checksums are CRC-32C, rotated by 15
//! bits, plus a constant.

use std::io::{self, ErrorKind, Read};

use crc32c::crc32c;

/// Most bytes of a record. Records with images may be large; they are read and passed over.
pub(super) const LARGEST_RECORD: u64 = 64 << 20;

/// Bytes before the content of a record.
pub(super) const HEADER_BYTES: usize = 12;

/// What comes next in an event file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The caller's buffer holds a record.
    Record,
    /// A record's checksum is wrong. The next record can be read.
    Damaged,
    /// The file ends within a record.
    Truncated,
    /// The length of a record is wrong, so that no further record can be found.
    Lost,
    /// The file ends.
    End,
}

/// Reads the next record into `record`.
pub(super) fn next(reader: &mut impl Read, record: &mut Vec<u8>) -> io::Result<Next> {
    record.clear();
    let mut header = [0; HEADER_BYTES];
    match fill(reader, &mut header)? {
        0 => return Ok(Next::End),
        HEADER_BYTES => {}
        _ => return Ok(Next::Truncated),
    }
    let Some(length) = length(&header) else { return Ok(Next::Lost) };
    // No memory is taken before the bytes are there.
    let read = reader.by_ref().take(length).read_to_end(record)?;
    let mut checksum = [0; 4];
    if (read as u64) < length || fill(reader, &mut checksum)? < 4 {
        return Ok(Next::Truncated);
    }
    let is_right = u32::from_le_bytes(checksum) == masked_crc(record);
    Ok(if is_right { Next::Record } else { Next::Damaged })
}

/// The length of a record from its header. `None` if it is no such header.
pub(super) fn length(header: &[u8; HEADER_BYTES]) -> Option<u64> {
    let [length, checksum] = [header.get(..8)?, header.get(8..)?];
    let is_right = masked_crc(length).to_le_bytes() == checksum;
    let length = u64::from_le_bytes(length.try_into().ok()?);
    (is_right && length <= LARGEST_RECORD).then_some(length)
}

fn fill(reader: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match reader.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
pub(super) fn written(content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u64).to_le_bytes();
    let crc = |bytes| masked_crc(bytes).to_le_bytes();
    [&length[..], &crc(&length), content, &crc(content)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_until_one_is_lost() {
        let two = [written(b"one"), written(b"two")].concat();
        let all = |bytes: &[u8]| {
            let (mut reader, mut found, mut record) = (bytes, Vec::new(), Vec::new());
            loop {
                let kind = next(&mut reader, &mut record).unwrap();
                let ends = !matches!(kind, Next::Record | Next::Damaged);
                found.push((kind, record.clone()));
                if ends {
                    return found.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
                }
            }
        };
        assert_eq!(all(&two), [Next::Record, Next::Record, Next::End]);
        assert_eq!(all(&two[..two.len() - 1]), [Next::Record, Next::Truncated]);
        assert_eq!(all(&two[..HEADER_BYTES - 1]), [Next::Truncated]);
        let mut damaged = two.clone();
        damaged[HEADER_BYTES] ^= 1;
        assert_eq!(all(&damaged), [Next::Damaged, Next::Record, Next::End]);
        damaged[0] ^= 1;
        assert_eq!(all(&damaged), [Next::Lost]);
        let mut huge = written(b"");
        huge[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        let crc = masked_crc(&huge[..8]).to_le_bytes();
        huge[8..12].copy_from_slice(&crc);
        assert_eq!(all(&huge), [Next::Lost]);
    }
}
