//! The sums of batch normalisation: two sums over all rows for each channel. The rows are read from
//! memory once.
//!
//! Rows are `[rows, channels]`. The rows of a block are summed in f32, and the blocks in f64, in
//! order.

use pulp::{Simd, WithSimd};

use crate::kernel::ARCH;
use crate::thread_team::{ThreadTeam, VALUE_COST};

/// Two sums over all rows for each channel: first one sum of every channel, then the other.
pub(super) struct ChannelSums {
    pub(super) totals: Vec<f64>,
    /// The same two sums of each block of rows.
    pub(super) blocks: Vec<f32>,
}

/// Rows of a block, whose sums are f32 before they are added in f64: enough rows for speed, and few
/// enough for seven digits. Blocks are divided over threads and added in order, whichever thread
/// summed them.
pub(super) const BLOCK: usize = 32;

impl ChannelSums {
    /// Room for the sums of up to `rows` rows.
    pub(super) fn new(channels: usize, rows: usize) -> Self {
        let len = 2 * channels;
        ChannelSums { totals: vec![0.0; len], blocks: vec![0.0; rows.div_ceil(BLOCK) * len] }
    }

    /// Bytes of the memory of [`new`](Self::new).
    pub(super) fn bytes(channels: usize, rows: usize) -> usize {
        2 * channels * (size_of::<f64>() + rows.div_ceil(BLOCK) * size_of::<f32>())
    }

    /// Calls `work(first row, blocks)` to sum each block, and adds up the blocks.
    pub(super) fn make(
        &mut self,
        team: &ThreadTeam,
        rows: usize,
        work: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        let ChannelSums { totals, blocks } = self;
        let len = totals.len();
        let blocks = &mut blocks[..rows.div_ceil(BLOCK) * len];
        team.rows(blocks, len, 1, BLOCK * len * VALUE_COST, |first, blocks| {
            work(first * BLOCK, blocks)
        });
        ARCH.dispatch(Total { blocks, totals });
    }
}

/// For each block of `x` and each channel: Σ(x − pivot), and Σ(x − k)² with k the block's mean.
pub(super) struct Moments<'a> {
    pub(super) x: &'a [f32],
    pub(super) pivot: &'a [f32],
    pub(super) blocks: &'a mut [f32],
}

impl WithSimd for Moments<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let channels = self.pivot.len();
        for (x, block) in
            self.x.chunks(BLOCK * channels).zip(self.blocks.chunks_exact_mut(2 * channels))
        {
            let share = simd.splat_f32s(1.0 / (x.len() / channels) as f32);
            let (sums, squares) = block.split_at_mut(channels);
            let columns = sums.chunks_mut(S::F32_LANES).zip(squares.chunks_mut(S::F32_LANES));
            for ((at, (sums, squares)), pivot) in
                columns.enumerate().zip(self.pivot.chunks(S::F32_LANES))
            {
                let columns =
                    Columns { row_len: channels, first: at * S::F32_LANES, len: sums.len() };
                let pivot = simd.partial_load_f32s(pivot);
                let [sum, _] = columns.sum(simd, [x, x], Shifted { pivot });
                let mean = simd.mul_add_e_f32s(sum, share, pivot);
                let [square, _] = columns.sum(simd, [x, x], Squared { mean });
                simd.partial_store_f32s(sums, sum);
                simd.partial_store_f32s(squares, square);
            }
        }
    }
}

/// For each block and each channel: Σdy, and Σdy·(x − mean).
pub(super) struct Gradients<'a> {
    pub(super) dy: &'a [f32],
    pub(super) x: &'a [f32],
    pub(super) mean: &'a [f32],
    pub(super) blocks: &'a mut [f32],
}

impl WithSimd for Gradients<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let channels = self.mean.len();
        let inputs = self.dy.chunks(BLOCK * channels).zip(self.x.chunks(BLOCK * channels));
        for ((dy, x), block) in inputs.zip(self.blocks.chunks_exact_mut(2 * channels)) {
            let (sums, products) = block.split_at_mut(channels);
            let columns = sums.chunks_mut(S::F32_LANES).zip(products.chunks_mut(S::F32_LANES));
            for ((at, (sums, products)), mean) in
                columns.enumerate().zip(self.mean.chunks(S::F32_LANES))
            {
                let columns =
                    Columns { row_len: channels, first: at * S::F32_LANES, len: sums.len() };
                let mean = simd.partial_load_f32s(mean);
                let [sum, product] = columns.sum(simd, [dy, x], Weighted { mean });
                simd.partial_store_f32s(sums, sum);
                simd.partial_store_f32s(products, product);
            }
        }
    }
}

/// The term that each pair of values a and b adds to two sums.
trait Term<V> {
    fn add<S: Simd<f32s = V>>(&self, simd: S, sums: [V; 2], a: V, b: V) -> [V; 2];
}

/// a − pivot.
struct Shifted<V> {
    pivot: V,
}

/// (a − mean)².
struct Squared<V> {
    mean: V,
}

/// a, and a·(b − mean).
struct Weighted<V> {
    mean: V,
}

impl<V: Copy> Term<V> for Shifted<V> {
    #[inline(always)]
    fn add<S: Simd<f32s = V>>(&self, simd: S, [sum, none]: [V; 2], a: V, _: V) -> [V; 2] {
        [simd.add_f32s(sum, simd.sub_f32s(a, self.pivot)), none]
    }
}

impl<V: Copy> Term<V> for Squared<V> {
    #[inline(always)]
    fn add<S: Simd<f32s = V>>(&self, simd: S, [sum, none]: [V; 2], a: V, _: V) -> [V; 2] {
        let a = simd.sub_f32s(a, self.mean);
        [simd.mul_add_e_f32s(a, a, sum), none]
    }
}

impl<V: Copy> Term<V> for Weighted<V> {
    #[inline(always)]
    fn add<S: Simd<f32s = V>>(&self, simd: S, [sum, product]: [V; 2], a: V, b: V) -> [V; 2] {
        [simd.add_f32s(sum, a), simd.mul_add_e_f32s(a, simd.sub_f32s(b, self.mean), product)]
    }
}

/// The channels of one vector, `len` from `first` on, in rows of `row_len`.
struct Columns {
    row_len: usize,
    first: usize,
    len: usize,
}

/// Rows that are summed side by side, so that no addition waits for the one before.
const CHAINS: usize = 4;

impl Columns {
    /// The sums over the rows of `a` and `b`.
    #[inline(always)]
    fn sum<S: Simd>(&self, simd: S, [a, b]: [&[f32]; 2], term: impl Term<S::f32s>) -> [S::f32s; 2] {
        if self.len == S::F32_LANES {
            self.sum_vectors::<S, true>(simd, [a, b], term)
        } else {
            self.sum_vectors::<S, false>(simd, [a, b], term)
        }
    }

    #[inline(always)]
    fn sum_vectors<S: Simd, const WHOLE: bool>(
        &self,
        simd: S,
        [a, b]: [&[f32]; 2],
        term: impl Term<S::f32s>,
    ) -> [S::f32s; 2] {
        let mut chains = [[simd.splat_f32s(0.0); 2]; CHAINS];
        let (a_rows, b_rows) =
            (a.chunks_exact(CHAINS * self.row_len), b.chunks_exact(CHAINS * self.row_len));
        let last = a_rows
            .remainder()
            .chunks_exact(self.row_len)
            .zip(b_rows.remainder().chunks_exact(self.row_len));
        for (a, b) in a_rows.zip(b_rows) {
            for (row, sums) in chains.iter_mut().enumerate() {
                let (a, b) = (&a[row * self.row_len..], &b[row * self.row_len..]);
                *sums = term.add(
                    simd,
                    *sums,
                    self.load::<S, WHOLE>(simd, a),
                    self.load::<S, WHOLE>(simd, b),
                );
            }
        }
        for ((a, b), sums) in last.zip(&mut chains) {
            *sums = term.add(
                simd,
                *sums,
                self.load::<S, WHOLE>(simd, a),
                self.load::<S, WHOLE>(simd, b),
            );
        }
        let [[a, e], [b, f], [c, g], [d, h]] = chains;
        [pairwise(simd, [a, b, c, d]), pairwise(simd, [e, f, g, h])]
    }

    /// These channels of a row.
    #[inline(always)]
    fn load<S: Simd, const WHOLE: bool>(&self, simd: S, row: &[f32]) -> S::f32s {
        if WHOLE {
            S::as_simd_f32s(&row[self.first..][..S::F32_LANES]).0[0]
        } else {
            simd.partial_load_f32s(&row[self.first..][..self.len])
        }
    }
}

/// (a + b) + (c + d).
#[inline(always)]
fn pairwise<S: Simd>(simd: S, [a, b, c, d]: [S::f32s; CHAINS]) -> S::f32s {
    simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d))
}

/// Adds up all blocks, each as long as `totals`.
struct Total<'a> {
    blocks: &'a [f32],
    totals: &'a mut [f64],
}

impl WithSimd for Total<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.totals.fill(0.0);
        for block in self.blocks.chunks_exact(self.totals.len()) {
            for (total, &value) in self.totals.iter_mut().zip(block) {
                *total += f64::from(value);
            }
        }
    }
}

/// Adds nᵦ(kᵦ − mean)² of every block to `squares`. `sums` are the sums over all `rows`.
pub(super) struct SpreadOfMeans<'a> {
    pub(super) rows: usize,
    pub(super) blocks: &'a [f32],
    pub(super) sums: &'a [f64],
    pub(super) squares: &'a mut [f64],
}

impl WithSimd for SpreadOfMeans<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let channels = self.sums.len();
        let share_of_all = 1.0 / self.rows as f64;
        for (at, block) in
            self.blocks.chunks_exact(2 * channels).take(self.rows.div_ceil(BLOCK)).enumerate()
        {
            let rows = f64::from((self.rows - at * BLOCK).min(BLOCK) as u32);
            let share = 1.0 / rows;
            for ((square, &sum), all) in self.squares.iter_mut().zip(block).zip(self.sums) {
                let away = f64::from(sum) * share - all * share_of_all;
                *square += rows * away * away;
            }
        }
    }
}
