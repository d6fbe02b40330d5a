//! The fields of a protobuf message, as far as event files need them.
//!
//! Format: <https://protobuf.dev/programming-guides/encoding/>.

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(&'a [u8]),
}

/// The fields of a message: number and value. Ends early if the message is damaged; then
/// [`Fields::is_damaged`] says so.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    is_damaged: bool,
}

impl<'a> Fields<'a> {
    pub fn new(message: &'a [u8]) -> Self {
        Fields { rest: message, is_damaged: false }
    }

    /// Whether the last field could not be read.
    pub fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    fn read(&mut self) -> Option<(u64, Value<'a>)> {
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(self.take(8)?.try_into().ok()?),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Fixed32(self.take(4)?.try_into().ok()?),
            _ => return None, // Groups are not used in event files.
        };
        Some((key >> 3, value))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.read();
        if field.is_none() {
            self.is_damaged = true;
            self.rest = &[];
        }
        field
    }
}

impl<'a> Value<'a> {
    /// Bytes, a text or a message. Empty if it is something else.
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Value::Bytes(bytes) => bytes,
            Value::Varint(_) | Value::Fixed64(_) | Value::Fixed32(_) => &[],
        }
    }

    /// Text. What is not UTF-8 is replaced by `�`.
    pub fn text(self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// A float or double.
    pub fn number(self) -> Option<f64> {
        match self {
            Value::Fixed64(bytes) => Some(f64::from_le_bytes(bytes)),
            Value::Fixed32(bytes) => Some(f32::from_le_bytes(bytes).into()),
            Value::Varint(_) | Value::Bytes(_) => None,
        }
    }

    /// A whole number.
    pub fn varint(self) -> Option<u64> {
        match self {
            Value::Varint(number) => Some(number),
            Value::Fixed64(_) | Value::Fixed32(_) | Value::Bytes(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_all_kinds() {
        let message = b"\x08\x96\x01\x11\0\0\0\0\0\0\xf0\x3f\x1a\x02hi\x25\0\0\x80\x3f";
        let mut fields = Fields::new(message);
        assert_eq!(fields.next(), Some((1, Value::Varint(150))));
        assert_eq!(fields.next().and_then(|(_, value)| value.number()), Some(1.0));
        assert_eq!(fields.next(), Some((3, Value::Bytes(b"hi"))));
        assert_eq!(fields.next().and_then(|(_, value)| value.number()), Some(1.0));
        assert_eq!(fields.next(), None);
        assert!(!fields.is_damaged());
        for broken in [
            &b"\x0a\x05hi"[..],
            b"\x0b",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x11\0",
        ] {
            let mut fields = Fields::new(broken);
            assert_eq!(fields.next(), None);
            assert!(fields.is_damaged());
        }
    }
}
