//! Pixels as bytes, and the range in which they were written.

use super::problem::{CsvProblem, Located};
use super::separator::Row;
use crate::PixelRange;

/// The pixels of an image file, or of a column of it.
///
/// Whole numbers are kept as they are until both files are read. The first fraction says that the
/// range is 0 to 1; from then on, pixels are kept as multiples of 1/255.
#[derive(Debug, Default)]
pub(crate) struct Pixels {
    pub(crate) values: Vec<u8>,
    /// The largest whole number.
    largest: u8,
    /// The first whole number above 1, with its line.
    above_one: Option<(u64, u8)>,
    /// The first line that has a fraction.
    fraction: Option<u64>,
}

/// The range of the pixels of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recognised {
    pub(crate) range: PixelRange,
    /// Whether pixels are multiples of 1/255 already, since the files have fractions.
    is_stretched: bool,
    is_given: bool,
}

impl Recognised {
    /// What people are told; nothing for the usual range.
    pub(crate) fn note(self) -> Option<String> {
        let Recognised { range, is_stretched, is_given } = self;
        let said = if is_given { ", as given" } else { "" };
        match range {
            PixelRange::Unit if is_stretched => {
                Some(format!("pixels from 0 to 1, multiplied by 255{said}"))
            }
            PixelRange::Unit => Some(format!("pixels are 0 or 1, multiplied by 255{said}")),
            PixelRange::Sixteen => Some(format!("pixels from 0 to 16, multiplied by 255/16{said}")),
            PixelRange::Byte => is_given.then(|| "pixels from 0 to 255, as given".to_owned()),
        }
    }
}

impl Pixels {
    /// Adds a pixel of this line. Returns false if it cannot be one, alone or beside those before.
    #[must_use]
    pub(crate) fn push(&mut self, value: f64, line: u64) -> bool {
        let is_whole = value.fract() == 0.0;
        let has_fractions = self.fraction.is_some();
        if !(0.0..=255.0).contains(&value) || (has_fractions && value > 1.0) {
            return false;
        }
        if is_whole && !has_fractions {
            let byte = value as u8;
            self.values.push(byte);
            self.largest = self.largest.max(byte);
            if byte > 1 && self.above_one.is_none() {
                self.above_one = Some((line, byte));
            }
            return true;
        }
        if value > 1.0 || self.largest > 1 {
            return false;
        }
        self.fraction.get_or_insert(line);
        if !has_fractions {
            self.stretch();
        }
        self.values.push((value * 255.0).round() as u8);
        true
    }

    /// Turns zeros and ones into multiples of 1/255.
    fn stretch(&mut self) {
        self.values.iter_mut().for_each(|value| *value *= 255);
    }

    /// Gives two lots of pixels the same range: fractions if one has fractions. Fails with whether
    /// the second lot is wrong, and with what is wrong.
    pub(crate) fn unify(
        a: &mut Pixels,
        b: &mut Pixels,
        in_other_file: bool,
    ) -> Result<(), (bool, Located)> {
        let second = a.fraction.is_some();
        let (fractions, whole) = if second { (a, b) } else { (b, a) };
        if let (Some(fraction_line), None) = (fractions.fraction, whole.fraction) {
            if let Some((line, value)) = whole.above_one {
                let problem = CsvProblem::MixedRanges { value, fraction_line, in_other_file };
                return Err((second, (Some(line), problem)));
            }
            whole.stretch();
            whole.fraction = Some(fraction_line);
        }
        Ok(())
    }

    /// Adds a column before or behind the `width` columns that are there.
    pub(crate) fn join(
        &mut self,
        mut column: Pixels,
        width: usize,
        is_first: bool,
    ) -> Result<(), Located> {
        Pixels::unify(self, &mut column, false).map_err(|(_, problem)| problem)?;
        self.largest = self.largest.max(column.largest);
        self.above_one = [self.above_one, column.above_one].into_iter().flatten().min();
        let rows = column.values.len();
        self.values.resize(rows * (width + 1), 0);
        // From the last row backwards, so that nothing is overwritten before it is moved.
        for row in (0..rows).rev() {
            let to = row * (width + 1);
            self.values.copy_within(row * width..(row + 1) * width, to + usize::from(is_first));
            self.values[to + if is_first { 0 } else { width }] = column.values[row];
        }
        Ok(())
    }

    /// The range of all pixels of `parts`, which are [unified](Self::unify). `given` is the range
    /// that the user gives.
    ///
    /// # Errors
    /// If a pixel is not in the range that the user gives: the position of its part.
    pub(crate) fn range(
        parts: &[&Pixels],
        given: Option<PixelRange>,
    ) -> Result<Recognised, (usize, CsvProblem)> {
        let is_stretched = parts.iter().any(|part| part.fraction.is_some());
        let largest = parts.iter().map(|part| part.largest).max();
        let range = match (is_stretched, largest) {
            (true, _) | (false, Some(1)) => PixelRange::Unit,
            (false, Some(2..=16)) => PixelRange::Sixteen,
            (false, Some(0 | 17..) | None) => PixelRange::Byte,
        };
        let Some(given) = given else {
            return Ok(Recognised { range, is_stretched, is_given: false });
        };
        if is_stretched && given != PixelRange::Unit {
            let part = parts.iter().position(|part| part.fraction.is_some()).unwrap_or(0);
            return Err((
                part,
                CsvProblem::OutOfRange { value: "a fraction".into(), range: given },
            ));
        }
        if let Some(part) =
            parts.iter().position(|part| !is_stretched && part.largest > given.end())
        {
            let value = parts[part].largest.to_string();
            return Err((part, CsvProblem::OutOfRange { value, range: given }));
        }
        Ok(Recognised { range: given, is_stretched, is_given: true })
    }

    /// The pixels as bytes of which 255 is the end of the range.
    pub(crate) fn into_bytes(mut self, recognised: Recognised) -> Vec<u8> {
        let Recognised { range, is_stretched, .. } = recognised;
        if !is_stretched && range != PixelRange::Byte {
            self.values.iter_mut().for_each(|value| *value = range.byte(*value));
        }
        self.values
    }

    /// Why [`push`](Self::push) refused this column of a row, which is the image's `pixel`th.
    pub(crate) fn refuse(&self, row: &Row<'_>, column: usize, pixel: usize) -> CsvProblem {
        let whole = row.number(column).filter(|value| value.fract() == 0.0 && *value <= 255.0);
        if let Some((fraction_line, value)) = self.fraction.zip(whole.filter(|&value| value > 1.0))
        {
            let value = value as u8;
            return CsvProblem::MixedRanges { value, fraction_line, in_other_file: false };
        }
        CsvProblem::NotAPixel { pixel, value: row.shown(column) }
    }

    /// Whether there are zeros and ones only.
    pub(crate) fn is_binary(&self) -> bool {
        self.fraction.is_none() && self.largest <= 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(values: &[f64]) -> Option<Pixels> {
        let mut pixels = Pixels::default();
        values.iter().all(|&value| pixels.push(value, 7)).then_some(pixels)
    }

    #[test]
    fn ranges_are_recognised() {
        for (values, range, bytes) in [
            (&[0.0, 255.0, 3.0][..], PixelRange::Byte, &[0, 255, 3][..]),
            (&[0.0, 17.0], PixelRange::Byte, &[0, 17]),
            (&[0.0, 0.0], PixelRange::Byte, &[0, 0]),
            (&[0.0, 16.0, 8.0, 1.0], PixelRange::Sixteen, &[0, 255, 128, 16]),
            (&[0.0, 1.0], PixelRange::Unit, &[0, 255]),
            (&[0.0, 1.0, 0.5, 0.98, 1.0], PixelRange::Unit, &[0, 255, 128, 250, 255]),
        ] {
            let pixels = pixels(values).unwrap();
            let recognised = Pixels::range(&[&pixels], None).unwrap();
            assert_eq!(recognised.range, range, "{values:?}");
            assert_eq!(pixels.into_bytes(recognised), bytes, "{values:?}");
        }
        for values in [&[256.0][..], &[-1.0], &[-0.5], &[1.5], &[0.5, 2.0], &[2.0, 0.5]] {
            assert!(pixels(values).is_none(), "{values:?}");
        }
    }

    #[test]
    fn the_user_may_give_the_range() {
        let given = |values: &[f64], range| {
            let pixels = pixels(values).unwrap();
            let recognised = Pixels::range(&[&pixels], Some(range))?;
            Ok::<_, (usize, CsvProblem)>((recognised.note(), pixels.into_bytes(recognised)))
        };
        let (note, bytes) = given(&[0.0, 12.0], PixelRange::Byte).unwrap();
        assert_eq!((note.as_deref(), bytes), (Some("pixels from 0 to 255, as given"), vec![0, 12]));
        assert_eq!(given(&[0.0, 1.0], PixelRange::Sixteen).unwrap().1, [0, 16]);
        assert_eq!(given(&[0.0, 0.0], PixelRange::Unit).unwrap().1, [0, 0]);
        for (values, range) in [
            (&[17.0][..], PixelRange::Sixteen),
            (&[2.0], PixelRange::Unit),
            (&[0.5], PixelRange::Byte),
        ] {
            let (part, problem) = given(values, range).unwrap_err();
            assert!(part == 0 && problem.to_string().contains("not in the range"), "{problem}");
        }
    }

    #[test]
    fn two_files_have_one_range() {
        let range = |a: &[f64], b: &[f64]| {
            let [mut a, mut b] = [a, b].map(|values| pixels(values).unwrap());
            Pixels::unify(&mut a, &mut b, true).map(|()| {
                let range = Pixels::range(&[&a, &b], None).unwrap();
                (a.into_bytes(range), b.into_bytes(range))
            })
        };
        assert_eq!(range(&[0.5], &[0.0, 1.0]).unwrap(), (vec![128], vec![0, 255]));
        assert_eq!(range(&[0.0, 1.0], &[0.5]).unwrap(), (vec![0, 255], vec![128]));
        assert_eq!(range(&[12.0], &[255.0]).unwrap(), (vec![12], vec![255]));
        assert_eq!(range(&[15.0], &[1.0]).unwrap(), (vec![239], vec![16]));
        let (second, (line, problem)) = range(&[0.5], &[200.0]).unwrap_err();
        assert!(second && line == Some(7), "{problem}");
        assert!(!range(&[200.0], &[0.5]).unwrap_err().0);
    }

    #[test]
    fn a_column_is_joined_on_either_side() {
        let middle = || pixels(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        let column = || pixels(&[8.0, 9.0]).unwrap();
        let mut first = middle();
        first.join(column(), 2, true).unwrap();
        assert_eq!(first.values, [8, 1, 2, 9, 3, 4]);
        let mut last = middle();
        last.join(column(), 2, false).unwrap();
        assert_eq!(last.values, [1, 2, 8, 3, 4, 9]);
        assert_eq!(Pixels::range(&[&last], None).unwrap().range, PixelRange::Sixteen);
        let mut none = Pixels::default();
        none.join(column(), 0, false).unwrap();
        assert_eq!(none.values, [8, 9]);
    }
}
