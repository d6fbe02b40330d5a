//! Chooses the images that a run holds out, trains on, and scores after each epoch.

use fitroom_data::{Split, epoch_order};

use crate::HeldOut;

/// The images that a run holds out and trains on: it holds some of all images out, and trains on at
/// most `most` of the rest. `labels` are the classes of all images. Nothing else but the seed
/// decides which, so runs of one seed are paired.
pub(crate) fn split(labels: &[u8], held_out: HeldOut, most: Option<usize>, seed: u64) -> Split {
    let mut split = match held_out {
        HeldOut { images, stratified: false } => Split::new(labels.len(), images, seed),
        HeldOut { images, stratified: true } => Split::stratified(labels, images, seed),
    };
    if let Some(most) = most.filter(|&most| most < split.train.len()) {
        // Epochs count from 1, so no epoch uses this order.
        split.train = epoch_order(&split.train, seed, 0);
        split.train.truncate(most);
        split.train.sort_unstable();
    }
    split
}

/// At most `most` of `images`, at even distances.
pub(super) fn spread(images: &[u32], most: Option<u32>) -> Vec<u32> {
    let count = most.map_or(images.len(), |most| images.len().min(most as usize));
    (0..count).map(|place| images[place * images.len() / count]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_spread_evenly() {
        let images: Vec<u32> = (0..10).map(|index| 3 * index).collect();
        assert_eq!(spread(&images, Some(4)), [0, 6, 15, 21]);
        assert_eq!(spread(&images, Some(10)), images);
        assert_eq!(spread(&images, Some(99)), images);
        assert_eq!(spread(&images, None), images);
    }

    #[test]
    fn a_part_of_the_images_is_drawn_from_those_not_held_out() {
        let held_out = HeldOut { images: 20, stratified: false };
        let split = |most, seed| split(&[0; 100], held_out, most, seed);
        let whole = split(None, 3);
        let part = split(Some(10), 3);
        assert_eq!(part.validation, whole.validation);
        assert_eq!(part.train.len(), 10);
        assert!(
            part.train.is_sorted() && part.train.iter().all(|index| whole.train.contains(index))
        );
        assert_ne!(part.train, whole.train[..10]);
        assert_ne!(part.train, split(Some(10), 4).train);
        assert_eq!(split(Some(90), 3), whole);
    }

    #[test]
    fn classes_keep_their_shares_where_the_study_says_so() {
        let labels: Vec<u8> = (0..100).map(|index| u8::from(index < 20)).collect();
        let count = |stratified, seed| {
            let split = split(&labels, HeldOut { images: 30, stratified }, None, seed);
            assert_eq!((split.train.len(), split.validation.len()), (70, 30));
            split.validation.iter().filter(|&&index| labels[index as usize] == 1).count()
        };
        assert!((1..20).all(|seed| count(true, seed) == 6));
        assert!((1..20).any(|seed| count(false, seed) != 6));
    }
}
