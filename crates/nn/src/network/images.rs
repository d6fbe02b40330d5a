//! Converts images from bytes to f32, where the first layer reads them.

use super::Network;
use super::normalisation::Normalisation;
use crate::augmentation::mixing::Mix;
use crate::augmentation::{Change, padded_len};
use crate::kernel::{prefetch_bytes, vectorized};
use crate::layer::extent::Extent;
use crate::thread_team::{ThreadTeam, VALUE_COST};

/// How many images ahead of the converted one are prefetched, because images of a batch lie
/// anywhere in memory. Measured: 4 take longer, and so do 16.
const IMAGES_AHEAD: usize = 8;

impl Network {
    /// Writes the images at `indices` to where the first layer reads them, as f32 between 0 and 1, or
    /// [normalised](Network::normalise).
    pub(super) fn gather(&mut self, images: &[u8], indices: &[u32]) {
        let Network { activations, extent, team, normalisation, .. } = self;
        gather_plain(team, images, indices, *extent, normalisation.as_ref(), activations);
    }

    /// [`gather`](Self::gather) with this step's augmentation. Returns the share that each image has in
    /// itself, and its label in its target: 1 if images are not mixed.
    pub(super) fn gather_augmented(&mut self, images: &[u8], indices: &[u32]) -> f32 {
        let Network { recipe, seed, steps, changes, padded, unmixed, activations, team, .. } = self;
        let (augmentation, extent) = (&recipe.augmentation, self.extent);
        let normalisation = self.normalisation.as_ref();
        let mix = Mix::draw(augmentation, *seed, *steps, extent);
        let gathered: &mut [f32] = if mix.is_some() { unmixed } else { activations };
        let changes = &mut changes[..indices.len()];
        if augmentation.keeps_images() {
            gather_plain(team, images, indices, extent, normalisation, gathered);
        } else {
            augmentation.draw(*seed, *steps, extent, changes);
            if augmentation.rotate > 0.0 {
                pad(team, images, indices, changes, extent, padded);
                gather_turned(team, padded, changes, extent, normalisation, gathered);
            } else {
                let change = |place: usize| changes[place];
                gather_as(team, images, indices, change, extent, normalisation, gathered);
            }
        }
        let Some(mix) = mix else { return 1.0 };
        let values = indices.len() * extent.len();
        mix.write(team, &unmixed[..values], extent, &mut activations[..values]);
        mix.own_share(extent)
    }
}

/// Writes the images at `indices`, with zeros around them, to the front of `padded`.
fn pad(
    team: &ThreadTeam,
    images: &[u8],
    indices: &[u32],
    changes: &[Change],
    extent: Extent,
    padded: &mut [u8],
) {
    let (len, padded_len) = (extent.len(), padded_len(extent));
    let padded = &mut padded[..indices.len() * padded_len];
    team.rows(padded, padded_len, 1, len * VALUE_COST, |first, padded| {
        for (place, to) in (first..).zip(padded.chunks_exact_mut(padded_len)) {
            changes[place].pad(&images[indices[place] as usize * len..][..len], extent, to);
        }
    });
}

/// Writes the padded images, turned and changed, to the front of `to`.
fn gather_turned(
    team: &ThreadTeam,
    padded: &[u8],
    changes: &[Change],
    extent: Extent,
    normalisation: Option<&Normalisation>,
    to: &mut [f32],
) {
    let (len, padded_len) = (extent.len(), padded_len(extent));
    team.rows(&mut to[..changes.len() * len], len, 1, 8 * len * VALUE_COST, |first, gathered| {
        for (place, to) in (first..).zip(gathered.chunks_exact_mut(len)) {
            let padded = &padded[place * padded_len..][..padded_len];
            changes[place].write_turned(padded, to, extent);
            if let Some(normalisation) = normalisation {
                normalisation.apply(to);
            }
        }
    });
}

fn gather_plain(
    team: &ThreadTeam,
    images: &[u8],
    indices: &[u32],
    extent: Extent,
    normalisation: Option<&Normalisation>,
    to: &mut [f32],
) {
    let len = extent.len();
    team.rows(&mut to[..indices.len() * len], len, 1, len * VALUE_COST, |first, gathered| {
        let image = |index: u32| &images[index as usize * len..][..len];
        for (place, to) in (first..).zip(gathered.chunks_exact_mut(len)) {
            if let Some(&index) = indices.get(place + IMAGES_AHEAD) {
                prefetch_bytes(image(index));
            }
            let image = image(indices[place]);
            vectorized(|| {
                for (to, &byte) in to.iter_mut().zip(image) {
                    *to = f32::from(byte) * (1.0 / 255.0);
                }
            });
            if let Some(normalisation) = normalisation {
                normalisation.apply(to);
            }
        }
    });
}

/// Writes the images at `indices` to the front of `to`, as f32 between 0 and 1 or
/// normalised. `change` gives the change of the image at a place among `indices`.
pub(super) fn gather_as(
    team: &ThreadTeam,
    images: &[u8],
    indices: &[u32],
    change: impl Fn(usize) -> Change + Sync,
    extent: Extent,
    normalisation: Option<&Normalisation>,
    to: &mut [f32],
) {
    let len = extent.len();
    let gathered = &mut to[..indices.len() * len];
    team.rows(gathered, len, 1, 4 * len * VALUE_COST, |first, gathered| {
        for (place, to) in (first..).zip(gathered.chunks_exact_mut(len)) {
            change(place).write(&images[indices[place] as usize * len..][..len], to, extent);
            if let Some(normalisation) = normalisation {
                normalisation.apply(to);
            }
        }
    });
}
