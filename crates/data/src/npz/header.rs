//! The header of an array: a Python dictionary such as
//! `{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 28, 28), }`.
//!
//! It is read here and not by `npyz`, whose parser can be made to overflow: by a shape of 2^64 values, or
//! by brackets that are nested deeply.

use std::io::Read;

use npyz::{Endianness, TypeChar, TypeStr};

use super::problem::ArrayProblem;
use crate::array_shape::shown;
use crate::idx_problem::MOST_VALUES;

/// The first bytes of an array's file.
pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// Most bytes of a header, as in NumPy.
const LONGEST_HEADER: usize = 10_000;

/// Most bytes of a text.
const LONGEST_TEXT: usize = 4096;

/// Most axes of an array, as in NumPy.
const MOST_AXES: usize = 64;

/// The types of values that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Uint,
    Float,
    /// Bytes, padded with zeros.
    Bytes,
    /// Code points of four bytes, padded with zeros.
    Text,
}

/// What an array's header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    /// Bytes of a value.
    pub(crate) width: usize,
    pub(crate) is_big_endian: bool,
    /// Whether the first axis runs fastest.
    pub(crate) is_fortran: bool,
    /// None is 0.
    pub(crate) sizes: Vec<u64>,
    /// The product of the sizes: at most [`MOST_VALUES`].
    pub(crate) values: u64,
    /// Bytes of the header and the values.
    pub(crate) bytes: u64,
}

impl Header {
    /// Reads a header, and nothing behind it.
    pub(crate) fn read(reader: &mut impl Read) -> Result<Self, ArrayProblem> {
        let mut start = [0; 8];
        reader.read_exact(&mut start).map_err(ArrayProblem::Damaged)?;
        if !start.starts_with(MAGIC) {
            return Err(ArrayProblem::Header("the first bytes are others"));
        }
        let len_bytes = match start[6..] {
            [1, 0] => 2,
            [2 | 3, 0] => 4,
            _ => return Err(ArrayProblem::Header("an unknown version")),
        };
        let mut len = [0; 4];
        reader.read_exact(&mut len[..len_bytes]).map_err(ArrayProblem::Damaged)?;
        let len = u32::from_le_bytes(len) as usize;
        if len > LONGEST_HEADER {
            return Err(ArrayProblem::Header("it is longer than any of NumPy's"));
        }
        let mut text = vec![0; len];
        reader.read_exact(&mut text).map_err(ArrayProblem::Damaged)?;
        let bytes = (start.len() + len_bytes + len) as u64;
        let text = std::str::from_utf8(&text).map_err(|_| ArrayProblem::Header("it is no text"))?;
        Header::parse(text, bytes)
    }

    fn parse(text: &str, header_bytes: u64) -> Result<Self, ArrayProblem> {
        let dictionary = Dictionary::read(text)?;
        let Dictionary { descr: Some(descr), fortran_order: Some(is_fortran), shape: Some(sizes) } =
            dictionary
        else {
            return Err(ArrayProblem::Header("descr, fortran_order or shape is missing"));
        };
        let unread =
            || ArrayProblem::Type(descr.chars().take(20).filter(char::is_ascii_graphic).collect());
        let descr_type: TypeStr = descr.parse().map_err(|_| unread())?;
        let kind = match descr_type.type_char() {
            TypeChar::Bool => Kind::Bool,
            TypeChar::Int => Kind::Int,
            TypeChar::Uint => Kind::Uint,
            TypeChar::Float => Kind::Float,
            TypeChar::ByteStr => Kind::Bytes,
            TypeChar::UnicodeStr => Kind::Text,
            TypeChar::Object => return Err(ArrayProblem::Pickled),
            TypeChar::Complex
            | TypeChar::TimeDelta
            | TypeChar::DateTime
            | TypeChar::RawData
            | _ => return Err(unread()),
        };
        let most = if matches!(kind, Kind::Bytes | Kind::Text) { LONGEST_TEXT } else { 8 };
        let Some(width) = descr_type.num_bytes().filter(|width| (1..=most).contains(width)) else {
            return Err(unread());
        };
        let shape = shown(&sizes);
        if sizes.contains(&0) {
            return Err(ArrayProblem::Empty(shape));
        }
        let values = sizes.iter().try_fold(1u64, |product, &size| product.checked_mul(size));
        let Some(values) = values.filter(|&values| values <= MOST_VALUES) else {
            return Err(ArrayProblem::TooLarge(shape));
        };
        let is_big_endian = descr_type.endianness() == Endianness::Big;
        let bytes = header_bytes + values * width as u64;
        Ok(Header { kind, width, is_big_endian, is_fortran, sizes, values, bytes })
    }

    /// A value of this type as a number; `None` if it is a text.
    pub(crate) fn number(&self, bytes: &[u8]) -> Option<f64> {
        match self.kind {
            Kind::Float => Some(self.float(bytes)),
            Kind::Bool | Kind::Int | Kind::Uint => self.whole(bytes).map(|number| number as f64),
            Kind::Bytes | Kind::Text => None,
        }
    }

    /// A value of this type as a whole number; `None` if the type is another.
    pub(crate) fn whole(&self, bytes: &[u8]) -> Option<i128> {
        match self.kind {
            Kind::Bool => Some(i128::from(bytes != [0])),
            Kind::Uint => Some(self.word(bytes).into()),
            Kind::Int => {
                let unused = 64 - 8 * self.width as u32;
                Some((((self.word(bytes) << unused) as i64) >> unused).into())
            }
            Kind::Float | Kind::Bytes | Kind::Text => None,
        }
    }

    fn float(&self, bytes: &[u8]) -> f64 {
        let word = self.word(bytes);
        match self.width {
            2 => half(word as u16),
            4 => f32::from_bits(word as u32).into(),
            _ => f64::from_bits(word),
        }
    }

    /// Up to eight bytes in their order.
    fn word(&self, bytes: &[u8]) -> u64 {
        let join = |word: u64, &byte: &u8| (word << 8) | u64::from(byte);
        if self.is_big_endian {
            bytes.iter().fold(0, join)
        } else {
            bytes.iter().rev().fold(0, join)
        }
    }

    /// A value of this type as a text; `None` if it is none, or not one of Unicode.
    pub(crate) fn text(&self, bytes: &[u8]) -> Option<String> {
        match self.kind {
            Kind::Bytes => {
                let len = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
                String::from_utf8(bytes[..len].to_vec()).ok()
            }
            Kind::Text => {
                let code = |code: &[u8]| char::from_u32(self.word(code) as u32);
                let text: Option<String> = bytes.chunks_exact(4).map(code).collect();
                text.map(|text| text.trim_end_matches('\0').to_owned())
            }
            Kind::Bool | Kind::Int | Kind::Uint | Kind::Float => None,
        }
    }
}

/// A float of 16 bits: sign, five bits of exponent, ten of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

/// The entries of the header's dictionary.
#[derive(Debug, Default)]
struct Dictionary {
    descr: Option<String>,
    fortran_order: Option<bool>,
    shape: Option<Vec<u64>>,
}

const NO_DICTIONARY: ArrayProblem = ArrayProblem::Header("it is no dictionary of Python");

impl Dictionary {
    fn read(text: &str) -> Result<Self, ArrayProblem> {
        let mut dictionary = Dictionary::default();
        let mut rest = text.trim().strip_prefix('{').ok_or(NO_DICTIONARY)?.trim_start();
        while let Some(quote @ ('\'' | '"')) = rest.chars().next() {
            let (key, after) = rest[1..].split_once(quote).ok_or(NO_DICTIONARY)?;
            let value = after.trim_start().strip_prefix(':').ok_or(NO_DICTIONARY)?.trim_start();
            rest = match key {
                "descr" => dictionary.read_descr(value)?,
                "fortran_order" => dictionary.read_order(value)?,
                "shape" => dictionary.read_shape(value)?,
                _ => return Err(NO_DICTIONARY),
            };
            rest = rest.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
        if rest == "}" { Ok(dictionary) } else { Err(NO_DICTIONARY) }
    }

    fn read_descr<'a>(&mut self, value: &'a str) -> Result<&'a str, ArrayProblem> {
        if value.starts_with('[') {
            return Err(ArrayProblem::Type("a structure".to_owned()));
        }
        let quote =
            value.chars().next().filter(|c| matches!(c, '\'' | '"')).ok_or(NO_DICTIONARY)?;
        let (descr, rest) = value[1..].split_once(quote).ok_or(NO_DICTIONARY)?;
        self.descr = Some(descr.to_owned());
        Ok(rest)
    }

    fn read_order<'a>(&mut self, value: &'a str) -> Result<&'a str, ArrayProblem> {
        let (is_fortran, rest) = match (value.strip_prefix("True"), value.strip_prefix("False")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(NO_DICTIONARY),
        };
        self.fortran_order = Some(is_fortran);
        Ok(rest)
    }

    fn read_shape<'a>(&mut self, value: &'a str) -> Result<&'a str, ArrayProblem> {
        let inner = value.strip_prefix('(').ok_or(NO_DICTIONARY)?;
        let (inner, rest) = inner.split_once(')').ok_or(NO_DICTIONARY)?;
        let inner = inner.trim();
        let inner = inner.strip_suffix(',').unwrap_or(inner);
        // Python 2 wrote long numbers as `60000L`.
        let size =
            |size: &str| size.trim().trim_end_matches('L').parse().map_err(|_| NO_DICTIONARY);
        let sizes: Vec<u64> = match inner {
            "" => Vec::new(),
            _ => inner.split(',').map(size).collect::<Result<_, _>>()?,
        };
        if sizes.len() > MOST_AXES {
            return Err(ArrayProblem::Header("more axes than NumPy allows"));
        }
        self.shape = Some(sizes);
        Ok(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(descr: &str, shape: &str) -> Result<Header, ArrayProblem> {
        let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}   \n");
        Header::parse(&text, 128)
    }

    #[test]
    fn headers_are_read() {
        let header = parse("'>f4'", "(3, 28, 29)").unwrap();
        assert_eq!((header.kind, header.width, header.is_big_endian), (Kind::Float, 4, true));
        assert_eq!((&header.sizes[..], header.bytes), (&[3, 28, 29][..], 128 + 3 * 28 * 29 * 4));
        assert_eq!(parse("\"|u1\"", "(7L,)").unwrap().sizes, [7]);
        assert!(parse("'<i8'", "()").unwrap().sizes.is_empty());
        assert_eq!(parse("'<U5'", "(2,)").unwrap().width, 20);
        let deep = "(".repeat(9000);
        let long = "1,".repeat(65);
        for (descr, shape) in [
            ("'|u1'", "(0, 28, 28)"),
            ("'|u1'", "(18446744073709551615, 2)"),
            ("'|u1'", "(18446744073709551616,)"),
            ("'|u1'", "(-1,)"),
            ("'|u1'", "(4294967297,)"),
            ("'|u1'", &deep),
            ("'|u1'", &format!("({long})")),
            ("'|u1", "(1,)"),
            ("'<c8'", "(1,)"),
            ("'<f16'", "(1,)"),
            ("'<U99999'", "(1,)"),
            ("'|S0'", "(1,)"),
            ("'<u18446744073709551616'", "(1,)"),
            ("[('a', '<f4')]", "(1,)"),
            ("'é'", "(1,)"),
            ("é", "(1,)"),
            ("", ""),
        ] {
            assert!(parse(descr, shape).is_err(), "{descr} {shape}");
        }
        assert!(matches!(parse("'|O'", "(1,)"), Err(ArrayProblem::Pickled)));
        for text in
            ["", "{", "{}", "{'descr': '|u1'}", "{'x': 1}", "{'descr': '|u1', 'fortran_order': 1"]
        {
            assert!(Header::parse(text, 0).is_err(), "{text}");
        }
    }

    #[test]
    fn values_are_read_in_their_order() {
        let header = |descr: &str| parse(descr, "(1,)").unwrap();
        assert_eq!(header("'<i2'").number(&[0xfe, 0xff]), Some(-2.0));
        assert_eq!(header("'>i2'").number(&[0xff, 0xfe]), Some(-2.0));
        assert_eq!(header("'<u8'").whole(&[0xff; 8]), Some(u64::MAX.into()));
        assert_eq!(header("'>f4'").number(&1.5f32.to_be_bytes()), Some(1.5));
        assert_eq!(header("'<f8'").number(&0.1f64.to_le_bytes()), Some(0.1));
        assert_eq!(header("'|b1'").number(&[1]), Some(1.0));
        for (bits, value) in
            [(0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_953_125), (1, 2f64.powi(-24))]
        {
            assert_eq!(header("'<f2'").number(&u16::to_le_bytes(bits)), Some(value));
        }
        assert_eq!(half(0x7c00), f64::INFINITY);
        assert!(half(0x7c01).is_nan());
        assert_eq!(header("'|S4'").text(b"ab\0\0"), Some("ab".into()));
        assert_eq!(header("'>U2'").text(&[0, 0, 0, 0xe9, 0, 0, 0, 0]), Some("é".into()));
        assert_eq!(header("'<U1'").text(&[0, 0xd8, 0, 0]), None);
    }
}
