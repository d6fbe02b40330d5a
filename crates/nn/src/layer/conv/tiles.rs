//! Which tiles of some images are computed, and which are copies, since the images are alike there
//! ([`Repeats`]).

use std::ops::Range;

use crate::kernel::winograd::{Grid, Tile};
use crate::kernel::{prefetch_values, vectorized};
use crate::repeats::{GROUP, Repeats};
use crate::team::{Team, VALUE_COST};

/// Windows of `size` × `size` values of a grid, which lies in the input of a layer.
#[derive(Clone, Copy)]
pub(super) struct Windows<'a> {
    pub(super) grid: Grid,
    pub(super) size: usize,
    /// Where the input repeats itself.
    pub(super) repeats: Option<&'a Repeats>,
}

/// The tiles of a range of images, whose images are counted from its first.
pub(super) struct Tiles {
    /// In order: image by image, row by row.
    pub(super) computed: Vec<Tile>,
    /// The others, and those of `computed` that stand for others too, in order.
    copies: Vec<Copy>,
    shared: Vec<Shared>,
    /// For each tile of an image, the images that are alike there.
    sets: Vec<u64>,
}

/// A tile that is the same as an original's.
struct Copy {
    tile: Tile,
    /// Its image, counted as the tile's.
    original: usize,
    /// Tiles before it that are computed.
    index: usize,
}

/// A tile that stands for those of several images.
#[derive(Clone, Copy)]
pub(super) struct Shared {
    /// Which of those that are computed it is.
    pub(super) index: usize,
    /// Where its images' sum is among the [`Sums`].
    pub(super) place: usize,
}

impl Windows<'_> {
    /// For each window the images of a group that are alike there, of those `among`: none where
    /// that is less than two.
    fn sets(&self, group: usize, among: &Range<usize>, sets: &mut Vec<u64>) {
        let Windows { grid, size, repeats } = *self;
        sets.clear();
        let Some(repeats) = repeats else { return sets.resize(grid.len(), 0) };
        let first = group * GROUP;
        let counted = (among.start.max(first)..among.end.min(first + GROUP))
            .fold(0, |set, at| set | 1 << (at - first));
        let places =
            (0..grid.down).flat_map(|down| (0..grid.across).map(move |across| (down, across)));
        sets.extend(places.map(|(down, across)| {
            let pixels = |first: usize, inside: Range<usize>| {
                first + inside.start - grid.pad..first + inside.end - grid.pad
            };
            let rows = pixels(down * grid.step, grid.rows(down, size));
            let alike =
                repeats.alike(group, rows, pixels(across * grid.step, grid.columns(across, size)))
                    & counted;
            if alike.count_ones() > 1 { alike } else { 0 }
        }));
    }
}

impl Tiles {
    /// With room for those of `images` images, `tiles` each.
    pub(super) fn new(images: usize, tiles: usize) -> Self {
        Tiles {
            computed: Vec::with_capacity(images * tiles),
            copies: Vec::with_capacity(images * tiles),
            shared: Vec::with_capacity(images.div_ceil(GROUP) * tiles),
            sets: Vec::with_capacity(tiles),
        }
    }

    /// Lists those of `images`. A copy is like an earlier image's `among` some of the batch.
    pub(super) fn list(&mut self, windows: Windows, images: Range<usize>, among: Range<usize>) {
        let Tiles { computed, copies, shared, sets } = self;
        computed.clear();
        copies.clear();
        shared.clear();
        let grid = windows.grid;
        for group in images.start / GROUP..images.end.div_ceil(GROUP) {
            let first = group * GROUP;
            windows.sets(group, &among, sets);
            for image in images.start.max(first)..images.end.min(first + GROUP) {
                for (place, &set) in sets.iter().enumerate() {
                    let (down, across) =
                        ((place / grid.across) as u16, (place % grid.across) as u16);
                    let tile = Tile { image: (image - images.start) as u32, down, across };
                    let (is_alike, original) =
                        (set >> (image - first) & 1 == 1, first + set.trailing_zeros() as usize);
                    if is_alike && original != image {
                        copies.push(Copy {
                            tile,
                            original: original.wrapping_sub(images.start),
                            index: computed.len(),
                        });
                        continue;
                    }
                    if is_alike {
                        shared.push(Shared {
                            index: computed.len(),
                            place: group * grid.len() + place,
                        });
                    }
                    computed.push(tile);
                }
            }
        }
    }

    /// The chunk of those that are computed that begins with `first`: fewer at the end, and none
    /// behind it.
    pub(super) fn chunk(&self, first: usize, len: usize) -> &[Tile] {
        &self.computed[first.min(self.computed.len())..(first + len).min(self.computed.len())]
    }

    /// Those of a chunk that stand for others too.
    pub(super) fn shared(&self, first: usize, len: usize) -> &[Shared] {
        let before = |index| self.shared.partition_point(|shared| shared.index < index);
        &self.shared[before(first)..before(first + len)]
    }

    /// Has the copies that come with a chunk be their originals in `images`, all of which must be
    /// among these.
    pub(super) fn copy(&self, first: usize, len: usize, images: &mut [f32], grid: Grid) {
        for &Copy { tile, original, .. } in self.copies(first, len) {
            let original = Tile { image: original as u32, ..tile };
            for (from, to) in rows(grid, original, grid.step).zip(rows(grid, tile, grid.step)) {
                images.copy_within(from, to.start);
            }
        }
    }

    /// Makes the copies that come with a chunk zero in `images`.
    pub(super) fn clear_copies(&self, first: usize, len: usize, images: &mut [f32], grid: Grid) {
        for copy in self.copies(first, len) {
            rows(grid, copy.tile, grid.step).for_each(|row| images[row].fill(0.0));
        }
    }

    /// Those before the last tile of a chunk, or behind it where there is no other chunk.
    fn copies(&self, first: usize, len: usize) -> &[Copy] {
        let before = |index| match index < self.computed.len() {
            true => self.copies.partition_point(|copy| copy.index < index),
            false => self.copies.len(),
        };
        &self.copies[before(first)..before(first + len)]
    }
}

/// For each window of an image the sum of those that are alike there: `[size, size, channels]`,
/// zero outside of the image.
#[derive(Default)]
pub(super) struct Sums {
    values: Vec<f32>,
    sets: Vec<u64>,
    /// Values of a window.
    len: usize,
}

impl Sums {
    /// With room for `windows` windows of `len` values of each of `images` images.
    pub(super) fn new(images: usize, windows: usize, len: usize) -> Self {
        let values = vec![0.0; images.div_ceil(GROUP) * windows * len];
        Sums { values, sets: Vec::with_capacity(windows), len }
    }

    /// Sums the windows of `images`, the whole batch, that `alike`'s are alike for: one and the
    /// same tiles, whose windows of `images` are those of `of`, `size` × `size` values.
    pub(super) fn compute(
        &mut self,
        team: &Team,
        alike: Windows,
        images: &[f32],
        (of, size): (Grid, usize),
    ) {
        let Sums { values, sets, len } = self;
        *len = size * size * of.channels;
        if alike.repeats.is_none() {
            return;
        }
        let batch = images.len() / of.image_len();
        for group in 0..batch.div_ceil(GROUP) {
            alike.sets(group, &(0..batch), sets);
            let (sums, sets, len) =
                (&mut values[group * of.len() * *len..][..of.len() * *len], &*sets, *len);
            // Image by image, as they lie.
            team.rows(sums, len, 1, len * GROUP / 4 * VALUE_COST, |first, sums| {
                sums.fill(0.0);
                let any = sets[first..][..sums.len() / len].iter().fold(0, |any, set| any | set);
                for image in (0..GROUP).filter(|image| any >> image & 1 == 1) {
                    for (place, sum) in (first..).zip(sums.chunks_exact_mut(len)) {
                        let (down, across) =
                            ((place / of.across) as u16, (place % of.across) as u16);
                        let tile = |image: usize| Tile {
                            image: (group * GROUP + image) as u32,
                            down,
                            across,
                        };
                        let left = sets[place] >> image;
                        if left & 1 == 1 {
                            // The next one lies too far away for the processor to foresee.
                            let next = tile(image + 1 + (left >> 1).trailing_zeros() as usize);
                            rows(of, next, size)
                                .filter_map(|row| images.get(row))
                                .for_each(prefetch_values);
                            add_window(images, of, tile(image), size, sum);
                        }
                    }
                }
            });
        }
    }

    pub(super) fn of(&self, shared: Shared) -> &[f32] {
        &self.values[shared.place * self.len..][..self.len]
    }
}

/// Adds a window to a sum `[size, size, channels]`.
fn add_window(images: &[f32], grid: Grid, tile: Tile, size: usize, sum: &mut [f32]) {
    let (inside, left) =
        (grid.rows(tile.down.into(), size), grid.columns(tile.across.into(), size).start);
    vectorized(|| {
        for (row, values) in inside.zip(rows(grid, tile, size)) {
            let sum = &mut sum[(row * size + left) * grid.channels..][..values.len()];
            sum.iter_mut().zip(&images[values]).for_each(|(sum, value)| *sum += value);
        }
    });
}

/// Where the rows of a tile's window of `size` × `size` pixels lie in all images, as far as they
/// lie in its own.
fn rows(grid: Grid, tile: Tile, size: usize) -> impl Iterator<Item = Range<usize>> {
    let (down, across) = (usize::from(tile.down), usize::from(tile.across));
    let columns = grid.columns(across, size);
    let first = tile.image as usize * grid.image_len()
        + (across * grid.step + columns.start - grid.pad) * grid.channels;
    grid.rows(down, size).map(move |row| {
        let start = first + (down * grid.step + row - grid.pad) * grid.width * grid.channels;
        start..start + columns.len() * grid.channels
    })
}
