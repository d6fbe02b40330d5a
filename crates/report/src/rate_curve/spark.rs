//! The curve of a range test as a line of text.

use super::RateCurve;

/// Blocks of an eighth to eight eighths.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Losses above this many times the first one are drawn as high as it.
const CEILING: f64 = 1.1;

impl RateCurve {
    /// The smoothed loss over the whole range in a line of `width` characters, blank where training had
    /// diverged before.
    pub fn spark(&self, width: usize) -> String {
        let (from, to) = (f64::from(self.range.0).ln(), f64::from(self.range.1).ln());
        let column = |rate: f32| {
            let share = (f64::from(rate).ln() - from) / (to - from);
            ((share * width as f64) as usize).min(width.saturating_sub(1))
        };
        let losses = || self.points.iter().map(|point| point.smoothed);
        let low = losses().fold(f64::INFINITY, f64::min);
        let first = self.points.first().map_or(1.0, |point| point.smoothed);
        let high = losses().fold(f64::MIN, f64::max).min(CEILING * first);
        let block = |loss: f64| {
            let share = if high > low { (loss.min(high) - low) / (high - low) } else { 0.0 };
            BLOCKS[((share * BLOCKS.len() as f64) as usize).min(BLOCKS.len() - 1)]
        };
        let mut line = vec![None; width];
        for point in &self.points {
            line[column(point.learning_rate)] = Some(block(point.smoothed));
        }
        // With few steps some columns have no point of their own.
        let mut last = None;
        let end = line.iter().rposition(Option::is_some).map_or(0, |at| at + 1);
        let filled = line.into_iter().enumerate().map(|(at, block)| {
            last = block.or(last);
            last.filter(|_| at < end).unwrap_or(' ')
        });
        filled.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::curve;

    #[test]
    fn a_line_falls_rises_and_ends_where_training_did() {
        let curve = curve("a");
        let line = curve.spark(32);
        assert_eq!(line.chars().count(), 32);
        assert!(
            line.starts_with("███") && line.contains('▁') && line.trim_end().ends_with('█'),
            "{line}"
        );
        assert!(line.ends_with("  "), "it diverged before the end: {line}");
        // A column for each two steps leaves none empty; nor do more columns than steps.
        assert!(!curve.spark(200).trim_end().contains(' '));
        let none = super::RateCurve { points: Vec::new(), ..curve };
        assert_eq!(none.spark(4), "    ");
    }
}
