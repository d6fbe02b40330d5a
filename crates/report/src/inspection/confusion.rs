//! The confusion matrix of a network over its seeds.

use fitroom_results::Prediction;
use fitroom_stats::Spread;

/// Counts of test images by class and predicted class, for each seed.
#[derive(Clone, Debug, Default)]
pub struct Confusion {
    classes: usize,
    /// Each seed with its counts `[class, predicted class]`, row-major.
    seeds: Vec<(u64, Vec<u32>)>,
}

/// A class and the class that its images are taken for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfusedPair {
    /// The images' class.
    pub label: usize,
    /// The class that is predicted.
    pub taken_for: usize,
    /// Share of the class's images that are taken for the other class, 0 to 1.
    pub share: Spread,
}

impl Confusion {
    /// A matrix without seeds.
    pub fn new(classes: usize) -> Self {
        Confusion { classes, seeds: Vec::new() }
    }

    /// Counts one seed's predictions.
    ///
    /// # Panics
    /// If a prediction names a class that does not exist.
    pub fn add(&mut self, seed: u64, predictions: &[Prediction]) {
        let mut counts = vec![0; self.classes * self.classes];
        for prediction in predictions {
            let (label, predicted) =
                (usize::from(prediction.label), usize::from(prediction.predicted));
            assert!(
                label.max(predicted) < self.classes,
                "class {} of {}",
                label.max(predicted),
                self.classes
            );
            counts[label * self.classes + predicted] += 1;
        }
        self.seeds.push((seed, counts));
    }

    /// Number of seeds that were counted.
    pub fn seeds(&self) -> usize {
        self.seeds.len()
    }

    /// Number of test images of a class.
    pub fn images(&self, label: usize) -> u32 {
        self.seeds.first().map_or(0, |(_, counts)| self.row(counts, label).iter().sum())
    }

    /// The share of a class's images that are classified as `taken_for`; `None` for a class without
    /// test images.
    pub fn share(&self, label: usize, taken_for: usize) -> Option<Spread> {
        Spread::of(self.seeds.iter().map(|(_, counts)| {
            let row = self.row(counts, label);
            f64::from(row[taken_for]) / f64::from(row.iter().sum::<u32>())
        }))
    }

    /// Recall of a class: the share of its images that are classified correctly.
    pub fn recall(&self, class: usize) -> Option<Spread> {
        self.share(class, class)
    }

    /// Precision of a class: of the images that are classified as this class, the share that belong
    /// to it. Seeds in which no image is classified as this class are left out.
    pub fn precision(&self, class: usize) -> Option<Spread> {
        let seeds = self.seeds.iter().filter_map(|(_, counts)| {
            let predicted = self.predicted(counts, class);
            (predicted > 0)
                .then(|| f64::from(counts[class * self.classes + class]) / f64::from(predicted))
        });
        Spread::of(seeds)
    }

    /// Seeds in which no image is classified as a class that has test images.
    pub fn never_predicted_in(&self, class: usize) -> Vec<u64> {
        let never = |counts: &Vec<u32>| self.predicted(counts, class) == 0;
        if self.images(class) == 0 {
            return Vec::new();
        }
        self.seeds.iter().filter(|(_, counts)| never(counts)).map(|&(seed, _)| seed).collect()
    }

    /// The pairs with the largest mean share of the class's images, at most `most`. Pairs that are
    /// never confused are left out.
    pub fn most_confused(&self, most: usize) -> Vec<ConfusedPair> {
        let pairs = (0..self.classes)
            .flat_map(|label| (0..self.classes).map(move |taken_for| (label, taken_for)));
        let mut pairs: Vec<ConfusedPair> = pairs
            .filter(|(label, taken_for)| label != taken_for)
            .filter_map(|(label, taken_for)| {
                Some(ConfusedPair { label, taken_for, share: self.share(label, taken_for)? })
            })
            .filter(|pair| pair.share.mean > 0.0)
            .collect();
        // The sort is stable: equal pairs stay in the order of their classes.
        pairs.sort_by(|a, b| b.share.mean.total_cmp(&a.share.mean));
        pairs.truncate(most);
        pairs
    }

    fn row<'a>(&self, counts: &'a [u32], label: usize) -> &'a [u32] {
        &counts[label * self.classes..][..self.classes]
    }

    fn predicted(&self, counts: &[u32], class: usize) -> u32 {
        counts.iter().skip(class).step_by(self.classes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predictions(pairs: &[(u8, u8)]) -> Vec<Prediction> {
        let prediction = |&(label, predicted): &(u8, u8)| Prediction {
            label,
            predicted,
            confidence: 0.9,
            label_probability: if label == predicted { 0.9 } else { 0.05 },
        };
        pairs.iter().map(prediction).collect()
    }

    /// scikit-learn 1.9: `confusion_matrix(y, p)`, `recall_score(y, p, average=None)` and
    /// `precision_score(...)` of y = [0, 0, 0, 0, 1, 1, 2, 2], p = [0, 0, 1, 2, 1, 0, 0, 2] give
    /// [[2, 1, 1], [1, 1, 0], [1, 0, 1]], [0.5, 0.5, 0.5] and [0.5, 0.5, 0.5]; of p = [0, 0, 0, 1,
    /// 1, 1, 0, 0], [0.75, 1, 0] and [0.6, 0.667, 0].
    fn confusion() -> Confusion {
        let mut confusion = Confusion::new(3);
        confusion.add(
            1,
            &predictions(&[(0, 0), (0, 0), (0, 1), (0, 2), (1, 1), (1, 0), (2, 0), (2, 2)]),
        );
        confusion.add(
            2,
            &predictions(&[(0, 0), (0, 0), (0, 0), (0, 1), (1, 1), (1, 1), (2, 0), (2, 0)]),
        );
        confusion
    }

    #[test]
    fn recall_and_precision_are_scikit_learn_s() {
        let confusion = confusion();
        let mean = |spread: Option<Spread>| spread.unwrap().mean;
        assert_eq!([0, 1, 2].map(|class| mean(confusion.recall(class))), [0.625, 0.75, 0.25]);
        assert_eq!(mean(confusion.precision(0)), (0.5 + 0.6) / 2.0);
        assert!((mean(confusion.precision(1)) - (0.5 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
        // A class that is never predicted has no precision; scikit-learn gives 0 with a warning.
        assert_eq!(confusion.precision(2), Some(Spread { mean: 0.5, sd: None, count: 1 }));
        let sd = confusion.recall(0).unwrap().sd.unwrap();
        assert!((sd - 0.176_776_695_296_636_9).abs() < 1e-12, "{sd}");
        assert_eq!([0, 1, 2].map(|class| confusion.images(class)), [4, 2, 2]);
        assert_eq!(confusion.share(0, 1).unwrap().mean, 0.25);
    }

    #[test]
    fn the_pair_that_is_confused_most_and_the_class_that_is_lost_are_named() {
        let confusion = confusion();
        let pairs = confusion.most_confused(2);
        let named: Vec<_> =
            pairs.iter().map(|pair| (pair.label, pair.taken_for, pair.share.mean)).collect();
        assert_eq!(named, [(2, 0, 0.75), (0, 1, 0.25)]);
        assert_eq!(
            [0, 1, 2].map(|class| confusion.never_predicted_in(class)),
            [vec![], vec![], vec![2]]
        );
        let mut right = Confusion::new(2);
        right.add(1, &predictions(&[(0, 0), (0, 0)]));
        assert_eq!(right.most_confused(3), []);
        // A class without test images does not count as never predicted.
        assert_eq!((right.never_predicted_in(1), right.recall(1)), (vec![], None));
    }
}
