//! Augmentation: changes to images that leave their class as it is, and [mixing]. Training images are
//! changed at random, anew in every step. The random numbers depend on seed and training step alone:
//! four 32-bit numbers for each image, in order, and others for how a batch is mixed.

mod change;
pub(crate) mod mixing;
mod rotation;

use rand_chacha::rand_core::Rng;
use serde::{Deserialize, Serialize};

pub(crate) use self::change::Change;
use self::rotation::Rotation;
pub(crate) use self::rotation::padded_len;
use crate::layer::extent::Extent;
use crate::random::{Purpose, generator};

/// How the images of a training batch are changed, and whether scoring sees changed images too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Images are moved by up to this many pixels along each axis, with zeros at the border. All
    /// distances are equally likely. torchvision's `RandomCrop(size, padding=shift)`.
    #[serde(default)]
    pub shift: u32,
    /// Whether half of the images are mirrored left to right. torchvision's
    /// `RandomHorizontalFlip()`.
    #[serde(default)]
    pub flip: bool,
    /// Side in pixels of a square around a random pixel that is set to zero, as far as it lies in
    /// the image: cutout (DeVries and Taylor 2017).
    #[serde(default)]
    pub cutout: u32,
    /// Whether the logits of a scored image are the mean over several views of it: test-time
    /// augmentation. With `flip` there is a mirrored view. With `shift`, each view is also moved by
    /// a pixel up, down, left and right. With both, there are ten views.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test_time: bool,
    /// Images are turned about their centre by an angle of up to this many degrees to either side,
    /// with bilinear interpolation and zeros outside. All angles are equally likely. torchvision's
    /// `RandomRotation(rotate, InterpolationMode.BILINEAR)`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rotate: f32,
    /// α of mixup (Zhang et al. 2017), 0 for none: each batch is mixed with itself, image by image,
    /// with shares λ and 1 − λ, λ from Beta(α, α). torchvision's `MixUp(alpha)`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub mixup: f32,
    /// α of CutMix (Yun et al. 2019), 0 for none: a box of each image is replaced by that of another
    /// one of the batch. torchvision's `CutMix(alpha)`. With `mixup` too, each batch gets one of them,
    /// with probability ½.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cutmix: f32,
}

/// Users of the purpose [`Purpose::Augmentation`]: changes of single images, mixing, and angles, which
/// came later and leave the other changes as they are.
const CHANGES: u32 = 0;
const MIXING: u32 = 1;
const ANGLES: u32 = 2;

fn is_zero(number: &f32) -> bool {
    *number == 0.0
}

/// A whole number below `n`, from 32 random bits.
fn below(bits: u32, n: u32) -> i32 {
    ((u64::from(bits) * u64::from(n)) >> 32) as i32
}

impl Augmentation {
    /// Whether each training image stays as it is, as long as it is not [mixed](Self::mixes) with
    /// another one.
    pub fn keeps_images(&self) -> bool {
        Augmentation { test_time: false, mixup: 0.0, cutmix: 0.0, ..*self }
            == Augmentation::default()
    }

    /// Whether the images of a training batch are mixed with each other.
    pub fn mixes(&self) -> bool {
        self.mixup > 0.0 || self.cutmix > 0.0
    }

    /// What of it scoring needs: the views of an image are those that it is moved and mirrored to.
    pub fn of_scoring(&self) -> Augmentation {
        match self.test_time {
            true => Augmentation { rotate: 0.0, mixup: 0.0, cutmix: 0.0, ..*self },
            false => Augmentation::default(),
        }
    }

    /// The views of a scored image; the first is the image itself.
    pub(crate) fn views(&self) -> Vec<Change> {
        let moves: &[[i32; 2]] = match self.test_time && self.shift > 0 {
            true => &[[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]],
            false => &[[0, 0]],
        };
        let flips: &[bool] = if self.test_time && self.flip { &[false, true] } else { &[false] };
        let views = flips.iter().flat_map(|&flip| moves.iter().map(move |&shift| (shift, flip)));
        views.map(|(shift, flip)| Change { shift, flip, ..Change::default() }).collect()
    }

    /// Draws a change for each image of a batch.
    pub(crate) fn draw(&self, seed: u64, step: u64, extent: Extent, changes: &mut [Change]) {
        let mut generator = generator(seed, Purpose::Augmentation, CHANGES, step);
        let mut below = |n: u32| below(generator.next_u32(), n);
        for change in &mut *changes {
            let (flip, range) = (below(2) == 1, 2 * self.shift + 1);
            // All distances are equally likely.
            let moved = below(range * range);
            let shift = [moved / range as i32, moved % range as i32]
                .map(|distance| distance - self.shift as i32);
            let half = (self.cutout / 2) as i32;
            let from = [below(extent.height as u32) - half, below(extent.width as u32) - half];
            let (cutout, rotation) = ((from, self.cutout), Rotation::default());
            *change = Change { shift, flip: self.flip && flip, rotation, cutout };
        }
        if self.rotate > 0.0 {
            self.draw_angles(seed, step, changes);
        }
    }

    fn draw_angles(&self, seed: u64, step: u64, changes: &mut [Change]) {
        let mut generator = generator(seed, Purpose::Augmentation, ANGLES, step);
        for change in changes {
            // From −1 to below 1, in steps of 2⁻³¹.
            let unit = f64::from(generator.next_u32() as i32) / f64::from(1u32 << 31);
            change.rotation = Rotation::by_degrees(unit * f64::from(self.rotate));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENT: Extent = Extent { height: 3, width: 4, channels: 2 };

    #[test]
    fn scoring_needs_the_views_alone() {
        let training = Augmentation {
            shift: 2,
            flip: true,
            cutout: 3,
            rotate: 9.0,
            mixup: 0.5,
            cutmix: 1.0,
            test_time: true,
        };
        let scoring = training.of_scoring();
        assert_eq!(scoring.views(), training.views());
        assert!(!scoring.mixes() && scoring.rotate == 0.0);
        let without = Augmentation { test_time: false, ..training };
        assert_eq!(without.of_scoring(), Augmentation::default());
        assert_eq!(without.views().len(), 1);
    }

    #[test]
    fn angles_are_drawn_evenly_and_leave_the_other_changes() {
        let plain = Augmentation { shift: 2, flip: true, cutout: 2, ..Augmentation::default() };
        let draw = |augmentation: Augmentation, step| {
            let mut changes = vec![Change::default(); 4000];
            augmentation.draw(3, step, EXTENT, &mut changes);
            changes
        };
        let turned = draw(Augmentation { rotate: 30.0, ..plain }, 0);
        let degrees = |change: &Change| f64::from(change.rotation.sine()).asin().to_degrees();
        let angles: Vec<f64> = turned.iter().map(degrees).collect();
        assert!(angles.iter().all(|angle| angle.abs() < 30.0 + 1e-4));
        // 1000 expected in each quarter; five standard errors are 137.
        for quarter in 0..4 {
            let is_in = |angle: &&f64| ((**angle + 30.0) / 15.0) as usize == quarter;
            let count = angles.iter().filter(is_in).count();
            assert!((863..1137).contains(&count), "{quarter}: {count}");
        }
        let without = |change: &Change| Change { rotation: Rotation::default(), ..*change };
        assert_eq!(turned.iter().map(without).collect::<Vec<_>>(), draw(plain, 0));
        assert_ne!(turned, draw(Augmentation { rotate: 30.0, ..plain }, 1));
    }

    #[test]
    fn a_scored_image_has_one_view_or_all() {
        let views = |shift, flip, test_time| {
            Augmentation { shift, flip, cutout: 3, test_time, ..Default::default() }.views()
        };
        assert_eq!(views(2, true, false), [Change::default()]);
        assert_eq!(views(0, false, true), [Change::default()]);
        assert_eq!(
            views(0, true, true),
            [Change::default(), Change { flip: true, ..Change::default() }]
        );
        let all = views(2, true, true);
        assert_eq!((all.len(), all[0]), (10, Change::default()));
        assert_eq!(all[9], Change { shift: [0, 1], flip: true, ..Change::default() });
        let sum = |axis: usize| all.iter().map(|view| view.shift[axis]).sum::<i32>();
        assert_eq!([sum(0), sum(1)], [0, 0]);
    }

    #[test]
    fn every_change_is_drawn_about_as_often_and_depends_on_seed_and_step() {
        let augmentation =
            Augmentation { shift: 1, flip: true, cutout: 2, ..Augmentation::default() };
        let draw = |seed, step| {
            let mut changes = vec![Change::default(); 9000];
            augmentation.draw(seed, step, EXTENT, &mut changes);
            changes
        };
        let changes = draw(1, 0);
        assert_eq!(changes, draw(1, 0));
        assert_ne!(changes, draw(2, 0));
        assert_ne!(changes, draw(1, 1));
        // 1000 expected of each of nine; five standard errors are 150.
        for (row, column) in (-1..=1).flat_map(|row| (-1..=1).map(move |column| (row, column))) {
            let count = changes.iter().filter(|change| change.shift == [row, column]).count();
            assert!((850..1150).contains(&count), "{row} {column}: {count}");
        }
        let flipped = changes.iter().filter(|change| change.flip).count();
        assert!((4260..4740).contains(&flipped), "{flipped}");
        assert!(
            changes.iter().all(|change| (-1..2).contains(&change.cutout.0[0])
                && (-1..3).contains(&change.cutout.0[1]))
        );
        // A part of a batch has the same changes as the whole.
        let mut few = vec![Change::default(); 10];
        augmentation.draw(1, 0, EXTENT, &mut few);
        assert_eq!(few, changes[..10]);
    }
}
