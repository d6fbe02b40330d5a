//! Decides which images are trained on, and in which order. Both are the same for all networks with
//! the same seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Training images divided into those that are trained on and those held out for validation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Indices that are trained on, ascending.
    pub train: Vec<u32>,
    /// Indices that are held out, ascending.
    pub validation: Vec<u32>,
}

impl Split {
    /// Holds out `validation` of `images`, drawn at random without replacement from `seed`.
    ///
    /// # Panics
    /// If `validation` is more than `images`.
    pub fn new(images: usize, validation: usize, seed: u64) -> Self {
        assert!(validation <= images, "{validation} validation images of {images}");
        let mut order = shuffled((0..images as u32).collect(), seed, Purpose::Split, 0);
        let mut train = order.split_off(validation);
        order.sort_unstable();
        train.sort_unstable();
        Split { train, validation: order }
    }

    /// Like [`new`](Self::new), but each class has the same share of the images that are held out
    /// as of all images, to within one image. `labels` are the images' classes.
    ///
    /// # Panics
    /// If `validation` is more than the images.
    pub fn stratified(labels: &[u8], validation: usize, seed: u64) -> Self {
        assert!(validation <= labels.len(), "{validation} validation images of {}", labels.len());
        let mut counts = [0usize; 256];
        labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
        let share = |class: usize| counts[class] * validation;
        let images = labels.len().max(1);
        let mut left: [usize; 256] = std::array::from_fn(|class| share(class) / images);
        // The largest remainders get the images that are left after rounding down.
        let rest = validation - left.iter().sum::<usize>();
        let mut classes: Vec<usize> = (0..256).collect();
        classes.sort_by_key(|&class| (std::cmp::Reverse(share(class) % images), class));
        classes.iter().take(rest).for_each(|&class| left[class] += 1);
        let order = shuffled((0..labels.len() as u32).collect(), seed, Purpose::Split, 0);
        let (mut held_out, mut train) = (Vec::new(), Vec::new());
        for index in order {
            let left = &mut left[usize::from(labels[index as usize])];
            let part = if *left > 0 { &mut held_out } else { &mut train };
            *left = left.saturating_sub(1);
            part.push(index);
        }
        held_out.sort_unstable();
        train.sort_unstable();
        Split { train, validation: held_out }
    }
}

/// How many of `images` are held out where nobody says how many: a sixth, at most 10,000. Of
/// Fashion-MNIST's 60,000 training images, these are 10,000.
pub fn held_out_by_default(images: usize) -> usize {
    (images / 6).min(10_000)
}

/// The order of the training images in `epoch` (from 1). It depends only on the arguments.
pub fn epoch_order(train: &[u32], seed: u64, epoch: u32) -> Vec<u32> {
    shuffled(train.to_vec(), seed, Purpose::Order, epoch)
}

/// What random numbers are used for. Each purpose has streams of its own.
#[derive(Clone, Copy)]
enum Purpose {
    Split = 1,
    Order = 2,
}

/// Shuffles by Fisher and Yates's algorithm. Seed and purpose are the generator's key.
fn shuffled(mut items: Vec<u32>, seed: u64, purpose: Purpose, stream: u32) -> Vec<u32> {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8] = purpose as u8;
    let mut generator = ChaCha8Rng::from_seed(key);
    generator.set_stream(u64::from(stream));
    for last in (1..items.len()).rev() {
        items.swap(last, below(&mut generator, last as u32 + 1) as usize);
    }
    items
}

/// A uniform number below `bound`, without bias (Lemire 2019).
fn below(generator: &mut ChaCha8Rng, bound: u32) -> u32 {
    let threshold = bound.wrapping_neg() % bound;
    loop {
        let product = u64::from(generator.next_u32()) * u64::from(bound);
        if product as u32 >= threshold {
            return (product >> 32) as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_divides_all_images() {
        let split = Split::new(100, 30, 7);
        assert_eq!((split.train.len(), split.validation.len()), (70, 30));
        let mut all = [split.train.clone(), split.validation.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<u32>>());
        assert_eq!(split, Split::new(100, 30, 7));
        assert_ne!(split, Split::new(100, 30, 8));
    }

    #[test]
    fn a_stratified_split_holds_out_the_same_share_of_every_class() {
        let labels: Vec<u8> =
            (0..100).map(|i| if i < 10 { 7 } else { u8::from(i % 3 == 0) }).collect();
        let counts = |indices: &[u32]| {
            let count = |class| indices.iter().filter(|&&i| labels[i as usize] == class).count();
            [count(0), count(1), count(7)]
        };
        let split = Split::stratified(&labels, 30, 7);
        assert_eq!(counts(&split.validation), [18, 9, 3]);
        let mut all = [split.train.clone(), split.validation.clone()].concat();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<u32>>());
        assert_eq!(split, Split::stratified(&labels, 30, 7));
        assert_ne!(split, Split::stratified(&labels, 30, 8));
        // What is left after rounding down goes to the largest remainders.
        assert_eq!(counts(&Split::stratified(&labels, 33, 7).validation), [20, 10, 3]);
        assert_eq!(Split::stratified(&labels, 100, 7).train, [0; 0]);
        assert_eq!(Split::stratified(&[], 0, 7).train, [0; 0]);
    }

    #[test]
    fn a_sixth_is_held_out_by_default() {
        let held_out = [0, 5, 6, 1000, 59_999, 60_000, 600_000].map(held_out_by_default);
        assert_eq!(held_out, [0, 0, 1, 166, 9_999, 10_000, 10_000]);
    }

    #[test]
    fn orders_differ_by_epoch_and_seed_and_repeat_otherwise() {
        let train: Vec<u32> = (0..50).collect();
        let order = epoch_order(&train, 1, 1);
        assert_eq!(order, epoch_order(&train, 1, 1));
        assert_ne!(order, epoch_order(&train, 1, 2));
        assert_ne!(order, epoch_order(&train, 2, 1));
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, train);
    }

    #[test]
    fn shuffles_are_uniform() {
        // Each of the 6 orders of 3 items in 6,000 shuffles: 1,000 expected, standard deviation 29.
        let mut counts = std::collections::HashMap::new();
        for seed in 0..6000 {
            *counts.entry(epoch_order(&[0, 1, 2], seed, 1)).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|&n| (850..1150).contains(&n)), "{counts:?}");
    }
}
