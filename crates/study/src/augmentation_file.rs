//! Reads how training images are augmented.

use std::ops::RangeInclusive;

use fitroom_nn::Augmentation;

use crate::StudyError;
use crate::keys::{Keys, NumberLimits, set};

/// Range of shift and cutout, in pixels.
const PIXELS: RangeInclusive<u32> = 0..=1000;

/// How other programs call a change of images: their word, ours, and what ours is there.
const FOREIGN: [(&str, &str, &str); 11] = [
    ("crop", "shift", RANDOM_CROP),
    ("random_crop", "shift", RANDOM_CROP),
    ("padding", "shift", RANDOM_CROP),
    ("pad", "shift", RANDOM_CROP),
    ("translate", "shift", RANDOM_CROP),
    ("mirror", "flip", "it is torchvision's RandomHorizontalFlip()"),
    ("horizontal_flip", "flip", "it is torchvision's RandomHorizontalFlip()"),
    ("rotation", "rotate", RANDOM_ROTATION),
    ("degrees", "rotate", RANDOM_ROTATION),
    ("angle", "rotate", RANDOM_ROTATION),
    ("erase", "cutout", "it sets a square of this many pixels to zero"),
];
const RANDOM_CROP: &str = "it is torchvision's RandomCrop(size, padding=shift)";
const RANDOM_ROTATION: &str = "it is torchvision's RandomRotation(rotate), bilinear";

/// Reads `augmentation = { ... }` of `[training]` or a network. Keys that it leaves out get their
/// defaults.
pub(crate) fn read_augmentation(keys: &mut Keys) -> Result<Option<Augmentation>, StudyError> {
    refuse_outside(keys)?;
    let Some(mut table) = keys.table("augmentation")? else { return Ok(None) };
    let mut augmentation = Augmentation::default();
    let Augmentation { shift, flip, cutout, rotate, mixup, cutmix, test_time } = &mut augmentation;
    set(shift, table.whole("shift", PIXELS)?);
    set(flip, table.flag("flip")?);
    set(cutout, table.whole("cutout", PIXELS)?);
    set(rotate, table.real("rotate", NumberLimits::Angle)?);
    set(mixup, table.real("mixup", NumberLimits::NotNegative)?);
    set(cutmix, table.real("cutmix", NumberLimits::NotNegative)?);
    set(test_time, table.flag("test_time")?);
    for (foreign, ours, reason) in FOREIGN {
        table.refuse(foreign, || format!("{ours} = ..."), reason)?;
    }
    table.finish()?;
    Ok(Some(augmentation))
}

/// The error of a key that belongs into `augmentation`, and stands beside it.
fn refuse_outside(keys: &Keys) -> Result<(), StudyError> {
    let ours = ["shift", "flip", "cutout", "rotate", "mixup", "cutmix", "test_time"];
    let foreign = FOREIGN.map(|(foreign, ours, _)| (foreign, ours));
    for (key, ours) in ours.map(|key| (key, key)).into_iter().chain(foreign) {
        let instead = || format!("augmentation = {{ {ours} = ... }}");
        keys.refuse(key, instead, "it changes training images")?;
    }
    Ok(())
}
