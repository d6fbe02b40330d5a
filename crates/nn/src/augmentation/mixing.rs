//! Mixes the images of a training batch with each other: mixup and CutMix.
//!
//! ```text
//! mixup    x = λ·xᵢ + (1 − λ)·xⱼ                         λ from Beta(α, α), one for each batch
//! CutMix   x = xᵢ, but xⱼ within a box of the batch      λ = 1 − the box's share of the image
//!          loss = λ·loss(labelᵢ) + (1 − λ)·loss(labelⱼ)
//! ```
//!
//! Image j is the one before image i, and the last for the first: torchvision's `roll(1, 0)`. Every
//! epoch has a random order, so partners are random.

use std::ops::Range;

use rand_chacha::rand_core::Rng;

use super::Augmentation;
use crate::kernel::vectorized;
use crate::layer::extent::Extent;
use crate::random::{Purpose, beta, generator};
use crate::thread_team::{ThreadTeam, VALUE_COST};

/// How the images of one batch are mixed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mix {
    /// The share λ of an image itself.
    Mixup { own_share: f32 },
    /// The rows and columns that come from the other image.
    Cutmix { rows: Range<usize>, columns: Range<usize> },
}

impl Mix {
    /// Draws how a batch is mixed; `None` if the augmentation mixes none. If it has both kinds, each
    /// batch gets one of them with probability ½: torchvision's `RandomChoice`.
    pub fn draw(augmentation: &Augmentation, seed: u64, step: u64, extent: Extent) -> Option<Mix> {
        let Augmentation { mixup, cutmix, .. } = *augmentation;
        let mut generator = generator(seed, Purpose::Augmentation, super::MIXING, step);
        // Drawn in any case, so that the numbers after it do not depend on how many kinds there are.
        let is_first = generator.next_u32() >> 31 == 0;
        match (mixup > 0.0, cutmix > 0.0) {
            (false, false) => None,
            (true, is_other) if is_first || !is_other => {
                Some(Mix::Mixup { own_share: beta(mixup.into(), &mut generator) as f32 })
            }
            (_, _) => {
                let own_share = beta(cutmix.into(), &mut generator);
                let mut below = |n: usize| super::below(generator.next_u32(), n as u32) as usize;
                let centre = [below(extent.height), below(extent.width)];
                Some(Mix::cutmix(own_share, centre, extent))
            }
        }
    }

    /// The box of CutMix around a pixel. Its sides are √(1 − λ) of the image's, rounded as
    /// torchvision does, and it ends at the border.
    fn cutmix(own_share: f64, [row, column]: [usize; 2], extent: Extent) -> Mix {
        let side = 0.5 * (1.0 - own_share).sqrt();
        let part = |centre: usize, len: usize| {
            let half = (side * len as f64) as usize;
            centre.saturating_sub(half)..(centre + half).min(len)
        };
        Mix::Cutmix { rows: part(row, extent.height), columns: part(column, extent.width) }
    }

    /// The share λ of an image itself, which is also that of its label.
    pub fn own_share(&self, extent: Extent) -> f32 {
        match self {
            Mix::Mixup { own_share } => *own_share,
            Mix::Cutmix { rows, columns } => {
                let pixels = (rows.len() * columns.len()) as f64;
                (1.0 - pixels / (extent.height * extent.width) as f64) as f32
            }
        }
    }

    /// Writes the mixed `images` to `mixed`, which has a place for each of them.
    pub fn write(&self, team: &ThreadTeam, images: &[f32], extent: Extent, mixed: &mut [f32]) {
        let (len, count) = (extent.len(), images.len() / extent.len());
        team.rows(mixed, len, 1, len * VALUE_COST, |first, mixed| {
            let image = |place: usize| &images[place * len..][..len];
            for (place, to) in (first..).zip(mixed.chunks_exact_mut(len)) {
                self.write_image(image(place), image((place + count - 1) % count), extent, to);
            }
        });
    }

    fn write_image(&self, own: &[f32], other: &[f32], extent: Extent, to: &mut [f32]) {
        match self {
            Mix::Mixup { own_share } => vectorized(|| {
                let (own_share, other_share) = (*own_share, 1.0 - own_share);
                for (to, (own, other)) in to.iter_mut().zip(own.iter().zip(other)) {
                    *to = other_share * other + own_share * own;
                }
            }),
            Mix::Cutmix { rows, columns } => {
                to.copy_from_slice(own);
                for row in rows.clone() {
                    let values = |column: usize| (row * extent.width + column) * extent.channels;
                    let part = values(columns.start)..values(columns.end);
                    to[part.clone()].copy_from_slice(&other[part]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENT: Extent = Extent { height: 3, width: 4, channels: 2 };

    /// Three images. The values of one are all alike, so what is mixed can be seen.
    fn mixed(mix: &Mix, threads: usize) -> Vec<f32> {
        let images: Vec<f32> = (0..72).map(|at| [0.0, 1.0, 8.0][at / 24]).collect();
        let mut mixed = vec![f32::NAN; 72];
        let team = ThreadTeam::new(threads);
        team.enter(|| mix.write(&team, &images, EXTENT, &mut mixed));
        mixed
    }

    #[test]
    fn mixup_is_a_mean_with_the_image_before() {
        for threads in [1, 3] {
            let mixed = mixed(&Mix::Mixup { own_share: 0.75 }, threads);
            for (image, expected) in mixed.chunks(24).zip([2.0, 0.75, 6.25]) {
                assert_eq!(image, [expected; 24], "{threads} threads");
            }
        }
    }

    #[test]
    fn cutmix_takes_a_box_of_the_image_before() {
        let mix = Mix::Cutmix { rows: 1..3, columns: 0..1 };
        let mut expected = [1.0; 24];
        expected[8..10].fill(0.0);
        expected[16..18].fill(0.0);
        assert_eq!(mixed(&mix, 2)[24..48], expected);
        assert_eq!(mix.own_share(EXTENT), 1.0 - 2.0 / 12.0);
        // An empty box leaves the image as it is.
        let none = Mix::Cutmix { rows: 1..1, columns: 0..4 };
        assert_eq!((none.own_share(EXTENT), &mixed(&none, 1)[24..48]), (1.0, &[1.0; 24][..]));
    }

    /// By torchvision's `CutMix.make_params`, by hand.
    #[test]
    fn boxes_end_at_the_border() {
        let extent = Extent { height: 9, width: 20, channels: 1 };
        let cut = |own_share, centre| match Mix::cutmix(own_share, centre, extent) {
            Mix::Cutmix { rows, columns } => (rows, columns),
            Mix::Mixup { .. } => unreachable!("a box was asked for"),
        };
        // √0.25/2 = ¼: int(2.25) = 2 rows and 5 columns to each side.
        assert_eq!(cut(0.75, [4, 10]), (2..6, 5..15));
        assert_eq!(cut(0.75, [0, 19]), (0..2, 14..20));
        assert_eq!(cut(0.0, [4, 10]), (0..8, 0..20));
        assert_eq!(cut(1.0, [4, 10]), (4..4, 10..10));
        let dot = Extent { height: 1, width: 1, channels: 3 };
        assert_eq!(Mix::cutmix(0.0, [0, 0], dot).own_share(dot), 1.0);
    }

    #[test]
    fn each_batch_is_mixed_in_one_of_two_ways() {
        let augmentation = |mixup, cutmix| Augmentation { mixup, cutmix, ..Default::default() };
        let draw =
            |augmentation: &Augmentation, seed, step| Mix::draw(augmentation, seed, step, EXTENT);
        let kinds = |augmentation| {
            let drawn = (0..1000).filter_map(|step| draw(&augmentation, 1, step));
            drawn.fold([0, 0], |[mixup, cutmix], mix| match mix {
                Mix::Mixup { .. } => [mixup + 1, cutmix],
                Mix::Cutmix { .. } => [mixup, cutmix + 1],
            })
        };
        assert_eq!(kinds(augmentation(0.0, 0.0)), [0, 0]);
        assert_eq!(kinds(augmentation(0.2, 0.0)), [1000, 0]);
        assert_eq!(kinds(augmentation(0.0, 1.0)), [0, 1000]);
        // 500 of each expected; five standard errors are 79.
        let [mixup, cutmix] = kinds(augmentation(0.2, 1.0));
        assert!(mixup + cutmix == 1000 && (421..579).contains(&mixup), "{mixup} {cutmix}");
        let both = augmentation(0.2, 1.0);
        assert_eq!(draw(&both, 1, 5), draw(&both, 1, 5));
        assert!((5..15).any(|step| draw(&both, 1, step) != draw(&both, 2, step)));
        // A batch that is mixed by mixup has the share that it has without CutMix.
        let first = (0..).find(|&step| matches!(draw(&both, 1, step), Some(Mix::Mixup { .. })));
        let (first, alone) = (first.unwrap_or_default(), augmentation(0.2, 0.0));
        assert_eq!(draw(&both, 1, first), draw(&alone, 1, first));
    }
}
