//! Chooses the images that a run holds out, trains on, and scores after each epoch.

use fitroom_data::{Split, epoch_order};

/// The images that a run holds out and trains on: it holds out `validation` of all `images`, and
/// trains on at most `most` of the rest. Only the seed decides which, so runs of one seed are
/// paired.
pub(crate) fn split(images: usize, validation: usize, most: Option<usize>, seed: u64) -> Split {
    let mut split = Split::new(images, validation, seed);
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
        let whole = split(100, 20, None, 3);
        let part = split(100, 20, Some(10), 3);
        assert_eq!(part.validation, whole.validation);
        assert_eq!(part.train.len(), 10);
        assert!(
            part.train.is_sorted() && part.train.iter().all(|index| whole.train.contains(index))
        );
        assert_ne!(part.train, whole.train[..10]);
        assert_ne!(part.train, split(100, 20, Some(10), 4).train);
        assert_eq!(split(100, 20, Some(90), 3), whole);
    }
}
