//! Images on their way from bytes to where the first layer reads them.

use super::Network;
use crate::augmentation::Change;
use crate::kernel::{prefetch_bytes, vectorized};
use crate::layer::extent::Extent;
use crate::thread_team::{ThreadTeam, VALUE_COST};

/// Images that are asked for before they are read: they lie anywhere. Measured: 4 take longer, and
/// so do 16.
const IMAGES_AHEAD: usize = 8;

impl Network {
    /// The images at `indices` as f32 between 0 and 1, where the first layer reads them.
    pub(super) fn gather(&mut self, images: &[u8], indices: &[u32]) {
        let len = self.stages[0].input.len;
        let gathered = &mut self.activations[..indices.len() * len];
        self.team.rows(gathered, len, 1, len * VALUE_COST, |first, gathered| {
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
            }
        });
    }

    /// [`gather`](Self::gather) with this step's augmentation.
    pub(super) fn gather_changed(&mut self, images: &[u8], indices: &[u32]) {
        let Network { recipe, seed, steps, changes, extent, .. } = self;
        recipe.augmentation.draw(*seed, *steps, *extent, &mut changes[..indices.len()]);
        let Network { changes, extent, activations, stages, team, .. } = self;
        gather_as(
            team,
            images,
            indices,
            |place| changes[place],
            *extent,
            stages[0].input.len,
            activations,
        );
    }
}

/// The images at `indices`, each changed as `change` says of its place among them, as f32 between 0
/// and 1 at the front of `activations`, `len` values each.
pub(super) fn gather_as(
    team: &ThreadTeam,
    images: &[u8],
    indices: &[u32],
    change: impl Fn(usize) -> Change + Sync,
    extent: Extent,
    len: usize,
    activations: &mut [f32],
) {
    let gathered = &mut activations[..indices.len() * len];
    team.rows(gathered, len, 1, 4 * len * VALUE_COST, |first, gathered| {
        for (place, to) in (first..).zip(gathered.chunks_exact_mut(len)) {
            change(place).write(&images[indices[place] as usize * len..][..len], to, extent);
        }
    });
}
