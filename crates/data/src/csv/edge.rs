//! The first or the last column of a file that does not say which of them holds the labels.

use super::labels::Labels;
use super::pixels::Pixels;
use super::problem::Located;
use super::separator::Row;

/// A column, read both as labels and as pixels.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) labels: Result<Labels, Located>,
    pub(crate) pixels: Result<Pixels, Located>,
}

impl Default for Edge {
    fn default() -> Self {
        Edge { labels: Ok(Labels::default()), pixels: Ok(Pixels::default()) }
    }
}

impl Edge {
    /// Adds the field of a row, which is the image's `pixel`th pixel if it is one.
    pub(crate) fn push(&mut self, row: &Row<'_>, column: usize, pixel: usize, line: u64) {
        if let Ok(labels) = &mut self.labels
            && let Err(problem) = labels.push(row, column, line)
        {
            self.labels = Err((Some(line), problem));
        }
        if let Ok(pixels) = &mut self.pixels
            && !row.number(column).is_some_and(|value| pixels.push(value, line))
        {
            self.pixels = Err((Some(line), pixels.refuse(row, column, pixel)));
        }
    }

    /// Whether the last column holds the labels. It does if it looks like labels (names, or numbers
    /// that count from 0 or 1) and the first column looks like a pixel.
    pub(crate) fn is_label(last: &Edge, first: &Edge, middle: &Pixels) -> bool {
        let Ok(labels) = &last.labels else { return false };
        // A corner of a binary image counts from 0 too.
        let is_counted = labels.count() > 1
            && labels.are_counted()
            && (labels.count() > 2 || !middle.is_binary());
        let looks_like_labels = is_counted || labels.are_names();
        let looks_like_a_pixel = match (&first.pixels, &first.labels) {
            (Err(_), _) => false,
            (Ok(_), Err(_)) => true,
            // Corners are mostly background, or have many values.
            (Ok(_), Ok(others)) => {
                labels.are_names()
                    || others.count() == 1
                    || (!others.are_counted()
                        && ((others.largest_share() > 0.9 && labels.largest_share() < 0.9)
                            || others.count() >= 3 * labels.count()))
            }
        };
        looks_like_labels && looks_like_a_pixel
    }
}

#[cfg(test)]
mod tests {
    use super::super::separator::Splitter;
    use super::*;

    fn last_is_label(rows: &[[f64; 2]]) -> bool {
        let (mut first, mut last, mut middle) =
            (Edge::default(), Edge::default(), Pixels::default());
        let mut splitter = Splitter::new(b"0,0");
        for (line, [a, b]) in (1..).zip(rows) {
            let text = format!("{a},{b}");
            let row = splitter.split(text.as_bytes()).unwrap();
            first.push(&row, 0, 1, line);
            last.push(&row, 1, 1, line);
            assert!(middle.push(2.0, line));
        }
        Edge::is_label(&last, &first, &middle)
    }

    #[test]
    fn labels_are_told_from_corners_by_their_values() {
        let rows = |first: &dyn Fn(u32) -> f64, last: &dyn Fn(u32) -> f64| {
            last_is_label(&(0..200).map(|i| [first(i), last(i)]).collect::<Vec<_>>())
        };
        let class = |i: u32| f64::from(i % 10);
        let background = |_: u32| 0.0;
        let speckled = |i: u32| if i.is_multiple_of(40) { f64::from(i) } else { 0.0 };
        let busy = |i: u32| f64::from(i * 37 % 251);
        for corner in [&background as &dyn Fn(u32) -> f64, &speckled, &busy] {
            assert!(rows(corner, &class) && !rows(&class, corner));
        }
        let with_gap = |i: u32| f64::from(3 * (i % 4));
        assert!(!rows(&with_gap, &busy) && !rows(&with_gap, &speckled));
        // One damaged value does not turn the columns round.
        let damaged = |i: u32| if i == 7 { 0.5 } else { class(i) };
        assert!(!rows(&damaged, &busy) && !rows(&damaged, &background));
        let too_bright = |i: u32| if i == 7 { 256.0 } else { busy(i) };
        assert!(!rows(&class, &too_bright));
    }
}
