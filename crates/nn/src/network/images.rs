//! Converts images from bytes to f32, where the first layer reads them.

use super::Network;
use super::normalisation::Normalisation;
use crate::augmentation::Change;
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
        let Network { activations, stages, team, normalisation, .. } = self;
        let (len, normalisation) = (stages[0].input.len, normalisation.as_ref());
        let gathered = &mut activations[..indices.len() * len];
        team.rows(gathered, len, 1, len * VALUE_COST, |first, gathered| {
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

    /// [`gather`](Self::gather) with this step's augmentation.
    pub(super) fn gather_changed(&mut self, images: &[u8], indices: &[u32]) {
        let Network { recipe, seed, steps, changes, extent, .. } = self;
        recipe.augmentation.draw(*seed, *steps, *extent, &mut changes[..indices.len()]);
        let Network { changes, extent, activations, team, normalisation, .. } = self;
        gather_as(
            team,
            images,
            indices,
            |place| changes[place],
            *extent,
            normalisation.as_ref(),
            activations,
        );
    }
}

/// Writes the images at `indices` to the front of `activations`, as f32 between 0 and 1 or
/// normalised. `change` gives the change of the image at a place among `indices`.
pub(super) fn gather_as(
    team: &ThreadTeam,
    images: &[u8],
    indices: &[u32],
    change: impl Fn(usize) -> Change + Sync,
    extent: Extent,
    normalisation: Option<&Normalisation>,
    activations: &mut [f32],
) {
    let len = extent.height * extent.width * extent.channels;
    let gathered = &mut activations[..indices.len() * len];
    team.rows(gathered, len, 1, 4 * len * VALUE_COST, |first, gathered| {
        for (place, to) in (first..).zip(gathered.chunks_exact_mut(len)) {
            change(place).write(&images[indices[place] as usize * len..][..len], to, extent);
            if let Some(normalisation) = normalisation {
                normalisation.apply(to);
            }
        }
    });
}
