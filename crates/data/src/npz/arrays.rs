//! Reads the arrays of an archive. An archive is a ZIP file with one `.npy` file per array.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Seek};

use zip::ZipArchive;

use super::header::{Header, Kind, MAGIC};
use super::problem::{ArrayProblem, NpzProblem};
use crate::RowShape;
use crate::array_shape::{ArrayShape, ShapeProblem, shown};
use crate::class_names;
use crate::csv::Pixels;
use crate::idx::is_gzip;
use crate::label::{Label, Labels, MOST_LABELS};

/// An archive of arrays.
pub(crate) struct Archive<R> {
    zip: ZipArchive<R>,
    /// The names of the arrays, sorted.
    pub(crate) keys: Vec<String>,
}

/// Images whose pixels are as written.
#[derive(Debug)]
pub(crate) struct ImageArray {
    pub(crate) pixels: Pixels,
    pub(crate) shape: ArrayShape,
    /// What people should know of the shape.
    pub(crate) note: Option<String>,
}

impl<R: BufRead + Seek> Archive<R> {
    /// Reads the archive's directory.
    pub(crate) fn open(mut reader: R) -> Result<Self, NpzProblem> {
        let wrong = |error: &dyn ToString| NpzProblem::Archive(error.to_string());
        let start = reader.fill_buf().map_err(|error| wrong(&error))?;
        if start.starts_with(MAGIC) {
            let cure = "npz:TRAIN,TEST are .npz files; put the arrays into one with \
                        np.savez(\"data.npz\", images=images, labels=labels)";
            return Err(NpzProblem::OtherKind { kind: "a single array (.npy)", cure });
        }
        if is_gzip(start) {
            let cure = "unpack it first; np.savez_compressed makes small files too";
            return Err(NpzProblem::OtherKind { kind: "a gzipped file", cure });
        }
        if !start.starts_with(b"PK") {
            let cure = "save arrays with np.savez or np.savez_compressed";
            return Err(NpzProblem::OtherKind { kind: "no ZIP archive", cure });
        }
        let zip = ZipArchive::new(reader).map_err(|error| wrong(&error))?;
        if zip.has_duplicate_names() {
            return Err(wrong(&"two arrays have the same name"));
        }
        let key = |name: &str| name.strip_suffix(".npy").map(str::to_owned);
        let names = zip.file_names().flatten();
        let keys: BTreeSet<String> = names.filter_map(|name| key(&name)).collect();
        if keys.is_empty() {
            return Err(wrong(&"no arrays in it"));
        }
        Ok(Archive { zip, keys: keys.into_iter().collect() })
    }

    /// Opens an array.
    fn array(&mut self, key: &str) -> Result<Array<impl Read>, ArrayProblem> {
        let index = self.zip.index_for_name(&format!("{key}.npy"));
        let damaged = |error| ArrayProblem::Damaged(std::io::Error::from(error));
        let index = index.ok_or(zip::result::ZipError::FileNotFound).map_err(damaged)?;
        let raw = self.zip.by_index_raw(index).map_err(damaged)?;
        if raw.encrypted() {
            return Err(ArrayProblem::Encrypted);
        }
        let is_known = [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated]
            .contains(&raw.compression());
        if !is_known {
            return Err(ArrayProblem::Compression);
        }
        let (packed, found) = (raw.compressed_size(), raw.size());
        drop(raw);
        let mut reader = BufReader::new(self.zip.by_index(index).map_err(damaged)?);
        let header = Header::read(&mut reader)?;
        if header.bytes != found {
            return Err(ArrayProblem::OtherSize { needed: header.bytes, found });
        }
        // Deflate usually packs less than 16 to 1. If it packs more, buffers grow.
        let room = header.values.min(packed.saturating_mul(16)) as usize;
        let (left, value) = (header.values, vec![0; header.width]);
        Ok(Array { reader, header, left, room, value })
    }

    /// Reads images. `shape` is the shape that the user gives to each.
    pub(crate) fn images(
        &mut self,
        key: &str,
        shape: Option<RowShape>,
    ) -> Result<ImageArray, NpzProblem> {
        self.array(key).and_then(|array| array.images(shape)).map_err(|problem| problem.of(key))
    }

    /// Reads labels, and whether they are one-hot.
    pub(crate) fn labels(&mut self, key: &str) -> Result<(Labels, bool), NpzProblem> {
        self.array(key).and_then(Array::labels).map_err(|problem| problem.of(key))
    }

    /// Reads the names of classes; `None` if the array holds numbers.
    pub(crate) fn class_names(&mut self, key: &str) -> Result<Option<Vec<String>>, NpzProblem> {
        self.array(key).and_then(Array::class_names).map_err(|problem| problem.of(key))
    }
}

/// An array whose values are read one after the other.
struct Array<R> {
    reader: BufReader<R>,
    header: Header,
    /// How many values are not read yet.
    left: u64,
    /// Values for which memory is requested before they are read.
    room: usize,
    /// The value that was read last.
    value: Vec<u8>,
}

impl<R: Read> Array<R> {
    /// Reads the next value into `self.value`. After the last one, checks that nothing follows, and
    /// with it the checksum.
    fn next(&mut self) -> Result<bool, ArrayProblem> {
        if self.left == 0 {
            let more = self.reader.fill_buf().map_err(ArrayProblem::Damaged)?;
            return if more.is_empty() { Ok(false) } else { Err(ArrayProblem::TrailingBytes) };
        }
        self.reader.read_exact(&mut self.value).map_err(ArrayProblem::Damaged)?;
        self.left -= 1;
        Ok(true)
    }

    fn images(mut self, given: Option<RowShape>) -> Result<ImageArray, ArrayProblem> {
        if matches!(self.header.kind, Kind::Bytes | Kind::Text) {
            return Err(ArrayProblem::TextForPixels);
        }
        let (shape, note) = shape_of(&self.header.sizes, given)?;
        let mut pixels = Pixels::default();
        pixels
            .values
            .try_reserve_exact(self.room)
            .map_err(|error| ArrayProblem::Damaged(error.into()))?;
        let count = self.header.sizes[0];
        let mut position = 0;
        while self.next()? {
            let value = self.header.number(&self.value).ok_or(ArrayProblem::TextForPixels)?;
            let per_image = shape.values() as u64;
            let image =
                if self.header.is_fortran { position % count } else { position / per_image };
            if !pixels.push(value, image) {
                return Err(refused(value, image));
            }
            position += 1;
        }
        if self.header.is_fortran {
            pixels.values = in_c_order(&pixels.values, &self.header.sizes);
        }
        Ok(ImageArray { pixels, shape, note })
    }

    fn labels(mut self) -> Result<(Labels, bool), ArrayProblem> {
        let is_text = matches!(self.header.kind, Kind::Bytes | Kind::Text);
        match self.header.sizes[..] {
            [_] | [_, 1] => {}
            [_, classes] if !is_text => return Ok((self.one_hot(classes as usize)?, true)),
            _ => return Err(ArrayProblem::LabelShape(shown(&self.header.sizes))),
        }
        let mut problem = None;
        let mut image = 0;
        let labels = Labels::collect(std::iter::from_fn(|| {
            let label = match self.next() {
                Ok(true) => label(&self.header, &self.value),
                Ok(false) => return None,
                Err(error) => {
                    problem = Some(error);
                    return None;
                }
            };
            image += 1;
            match label {
                Ok(label) => Some(label),
                Err(reason) => {
                    problem = Some(ArrayProblem::NotALabel { image: image - 1, reason });
                    None
                }
            }
        }));
        match problem {
            Some(problem) => Err(problem),
            None => Ok((labels?, false)),
        }
    }

    /// Reads rows of zeros and a one.
    fn one_hot(mut self, classes: usize) -> Result<Labels, ArrayProblem> {
        let mut values = Vec::new();
        values.try_reserve_exact(self.room).map_err(|error| ArrayProblem::Damaged(error.into()))?;
        let count = self.header.sizes[0];
        while self.next()? {
            let value = self.header.number(&self.value).filter(|value| [0.0, 1.0].contains(value));
            let Some(value) = value else {
                let read = values.len() as u64;
                let image =
                    if self.header.is_fortran { read % count } else { read / classes as u64 };
                let reason = "of several numbers, which are not a single 1 among zeros";
                return Err(ArrayProblem::NotALabel { image, reason });
            };
            values.push(value as u8);
        }
        if self.header.is_fortran {
            values = in_c_order(&values, &self.header.sizes);
        }
        let rows = || values.chunks_exact(classes);
        for (image, row) in (0..).zip(rows()) {
            let classes = row.iter().filter(|&&value| value == 1).count();
            if classes != 1 {
                return Err(ArrayProblem::NotOneClass { image, classes });
            }
        }
        let position = |row: &[u8]| row.iter().position(|&value| value == 1).unwrap_or(0) as i64;
        Ok(Labels::collect(rows().map(|row| Label::Number(position(row))))?)
    }

    fn class_names(mut self) -> Result<Option<Vec<String>>, ArrayProblem> {
        if !matches!(self.header.kind, Kind::Bytes | Kind::Text) {
            return Ok(None);
        }
        let mut names = Vec::new();
        while self.next()? {
            names.push(self.header.text(&self.value).unwrap_or_default());
            if names.len() > MOST_LABELS {
                break;
            }
        }
        let names = class_names::checked((1..).zip(names));
        names.map(Some).map_err(|(position, problem)| ArrayProblem::ClassName { position, problem })
    }
}

/// The label that a value is.
fn label(header: &Header, value: &[u8]) -> Result<Label, &'static str> {
    match header.kind {
        Kind::Bytes | Kind::Text => match header.text(value) {
            Some(text) => Label::read(&text),
            None => Err("not text in Unicode"),
        },
        Kind::Bool | Kind::Int | Kind::Uint => {
            let number = header.whole(value).and_then(|number| i64::try_from(number).ok());
            number.map(Label::Number).ok_or("a number of 2^63 or more")
        }
        Kind::Float => {
            // Above this, not every whole number has a float of its own.
            let is_label = |v: &f64| v.fract() == 0.0 && v.abs() < (1i64 << 53) as f64;
            let number = header.number(value).filter(is_label);
            number.map(|number| Label::Number(number as i64)).ok_or("not a whole number")
        }
    }
}

/// Why this value is no pixel, alone or beside those before.
fn refused(value: f64, image: u64) -> ArrayProblem {
    match value {
        _ if !value.is_finite() => ArrayProblem::NotFinite { image, value },
        _ if value < 0.0 => ArrayProblem::Negative { image, value },
        _ if value > 255.0 => ArrayProblem::TooBright { image, value },
        _ => ArrayProblem::Mixed { image, value },
    }
}

/// The shape of the images of an array of these sizes, and what people should know of it.
fn shape_of(
    sizes: &[u64],
    given: Option<RowShape>,
) -> Result<(ArrayShape, Option<String>), ArrayProblem> {
    let [_, of_image @ ..] = sizes else {
        return Err(ShapeProblem { shape: "()".to_owned() }.into());
    };
    let values: u64 = of_image.iter().product();
    match (given, of_image) {
        (_, []) => Err(ShapeProblem { shape: shown(sizes) }.into()),
        (Some(shape), _) if shape.values() as u64 != values => {
            Err(ArrayProblem::OtherShape { found: values, shape })
        }
        (Some(shape), [_, _, ..]) if !shape.has_axes(of_image) => {
            Err(ArrayProblem::KnownShape { known: shown(of_image), shape })
        }
        (Some(RowShape { size, channels, channels_first }), _) => {
            let (height, width) = (size.height, size.width);
            Ok((ArrayShape { height, width, channels, channels_first }, None))
        }
        (None, [_]) if values.isqrt().pow(2) == values => {
            let side = values.isqrt() as usize;
            let note = format!("rows of {values} values are images of {side}x{side}");
            let shape =
                ArrayShape { height: side, width: side, channels: 1, channels_first: false };
            Ok((shape, Some(note)))
        }
        (None, [_]) => Err(ArrayProblem::NotSquare { values }),
        (None, _) => Ok((ArrayShape::recognise(sizes)?, None)),
    }
}

/// Values whose first axis runs fastest, with the last axis fastest.
fn in_c_order(values: &[u8], sizes: &[u64]) -> Vec<u8> {
    let sizes: Vec<usize> = sizes.iter().map(|&size| size as usize).collect();
    let mut step = 1;
    let mut steps = Vec::new();
    for &size in &sizes {
        steps.push(step);
        step *= size;
    }
    let (mut index, mut from) = (vec![0; sizes.len()], 0);
    let mut ordered = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        ordered.push(values[from]);
        for axis in (0..sizes.len()).rev() {
            index[axis] += 1;
            from += steps[axis];
            if index[axis] < sizes[axis] {
                break;
            }
            from -= steps[axis] * sizes[axis];
            index[axis] = 0;
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_turned_around() {
        // 2 x 3: the rows are (1 2 3) and (4 5 6).
        assert_eq!(in_c_order(&[1, 4, 2, 5, 3, 6], &[2, 3]), [1, 2, 3, 4, 5, 6]);
        assert_eq!(in_c_order(&[1, 5, 3, 7, 2, 6, 4, 8], &[2, 2, 2]), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(in_c_order(&[9, 8], &[1, 2, 1]), [9, 8]);
    }
}
