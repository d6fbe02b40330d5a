//! A 3×3 or 5×5 convolution with stride 1 by Winograd's F(4×4, 3×3) or F(2×2, 5×5): a quarter of
//! the multiplications, or 0.36 (formulas and errors are in [`crate::kernel::winograd`]).
//!
//! Tiles are computed in chunks: the windows of a chunk are transformed, multiplied plane by plane
//! and transformed back. The planes of a chunk stay in L2, and a chunk is a multiple of 14 tiles,
//! the tallest tile of the matrix product. While the products run, they prefetch what is read and
//! written next.
//!
//! For the weight gradient, the tiles are divided into sections. The planes of each section are
//! summed over its tiles in order, each in one chain of multiply-adds. Then the sections are added
//! in order and transformed back once. The number of sections depends on the layer, not on the
//! threads.

use super::geometry::Geometry;
use crate::buffer::Buffer;
use crate::buffer::LINE;
use crate::kernel::winograd::{
    End, Form, Grid, PLANES, PlaneProducts, Planes, TALLEST, TileRange, add_weight_gradient,
    transform_input, transform_output, transform_output_gradient, transform_weights,
};
use crate::layer::bias::add_rows;
use crate::layer::extent::Extent;
use crate::thread_team::ThreadTeam;

/// Winograd's method of a convolution.
pub(super) struct Winograd {
    form: Form,
    geometry: Geometry,
    /// How many tiles a chunk has.
    chunk: usize,
    /// Planes of the weights.
    weights: Buffer,
    /// W turned by 180°.
    turned: Vec<f32>,
    /// For each section of the tiles: the sums of the weight gradient's planes, and db.
    gradient: Buffer,
    /// One for each thread.
    scratches: Vec<ChunkPlanes>,
}

/// The planes of a chunk.
struct ChunkPlanes {
    x: Buffer,
    y: Buffer,
}

/// Values of a chunk's planes: 288 KiB of f32, which leave room in L2 for weights and images.
const CHUNK_VALUES: usize = 72 << 10;

impl Winograd {
    pub(super) fn new(form: Form, geometry: Geometry) -> Self {
        let sums = sums(geometry);
        let mut winograd = Winograd {
            form,
            geometry,
            chunk: chunk(geometry),
            weights: Buffer::zeros(PLANES * geometry.input.channels * geometry.output.channels),
            turned: vec![0.0; geometry.weights()],
            gradient: Buffer::zeros(sections(sums) * sums),
            scratches: Vec::new(),
        };
        winograd.set_threads(1);
        winograd
    }

    /// Values of the memory with room for `threads` threads.
    pub(super) fn values(geometry: Geometry, threads: usize) -> usize {
        let (channels, filters) = (geometry.input.channels, geometry.output.channels);
        let (weights, sums) = (PLANES * channels * filters, sums(geometry));
        let planes = 2 * PLANES * stride(chunk(geometry), channels.max(filters));
        weights + geometry.weights() + sections(sums) * sums + threads * planes
    }

    /// Makes room for the scratch memory of `threads` threads.
    pub(super) fn set_threads(&mut self, threads: usize) {
        let Geometry { input, output, .. } = self.geometry;
        // The input gradient goes through the planes in the other direction.
        let planes = || Buffer::zeros(PLANES * self.stride(input.channels.max(output.channels)));
        self.scratches = (0..threads).map(|_| ChunkPlanes { x: planes(), y: planes() }).collect();
    }

    /// Values from one plane of a chunk to the next.
    fn stride(&self, channels: usize) -> usize {
        stride(self.chunk, channels)
    }

    pub(super) fn forward(
        &mut self,
        team: &ThreadTeam,
        weights: &[f32],
        bias: &[f32],
        x: &[f32],
        y: &mut [f32],
        rectifies: bool,
    ) {
        let Geometry { input, output, window } = self.geometry;
        let end = if rectifies { End::RectifiedSum(bias) } else { End::Sum(bias) };
        let correlation = Correlation {
            from: self.windows(input, output, window.pad.before.rows),
            to: self.windows(output, output, 0),
            end,
        };
        transform_weights(self.form, weights, input.channels * output.channels, &mut self.weights);
        self.correlate(team, correlation, x, y);
    }

    /// Computes dx. If the input is the output of a ReLU, `rectified`, dx goes through that ReLU
    /// too.
    pub(super) fn input_gradient(
        &mut self,
        team: &ThreadTeam,
        weights: &[f32],
        dy: &[f32],
        dx: &mut [f32],
        rectified: Option<&[f32]>,
    ) {
        let Geometry { input, output, window } = self.geometry;
        let end = rectified.map_or(End::Plain, End::Masked);
        let pad = window.height - 1 - window.pad.before.rows;
        let correlation = Correlation {
            from: self.windows(output, input, pad),
            to: self.windows(input, input, 0),
            end,
        };
        self.geometry.turn(weights, &mut self.turned);
        transform_weights(
            self.form,
            &self.turned,
            input.channels * output.channels,
            &mut self.weights,
        );
        self.correlate(team, correlation, dy, dx);
    }

    /// Convolves `x` with the weights whose planes are in `weights`.
    fn correlate(&mut self, team: &ThreadTeam, correlation: Correlation, x: &[f32], y: &mut [f32]) {
        let Correlation { from, to, end } = correlation;
        let (x_image, y_image) = (from.image_len(), to.image_len());
        let (form, chunk, weights) = (self.form, self.chunk, &self.weights);
        let (x_stride, y_stride) = (self.stride(from.channels), self.stride(to.channels));
        let cost = PLANES * from.len() * from.channels * to.channels;
        team.rows_with(y, y_image, 1, cost, &mut self.scratches, |image, y, scratch| {
            let ChunkPlanes { x: x_planes, y: y_planes } = scratch;
            let images = y.len() / y_image;
            let x = &x[image * x_image..][..images * x_image];
            let mut end = end;
            if let End::Masked(rectified) = &mut end {
                *rectified = &rectified[image * y_image..][..images * y_image];
            }
            let mask: &[f32] = if let End::Masked(rectified) = end { rectified } else { &[] };
            let tiles = images * from.len();
            for first in (0..tiles).step_by(chunk) {
                let count = chunk.min(tiles - first);
                transform_input(x, from, TileRange { first, count, stride: x_stride }, x_planes);
                let products = PlaneProducts {
                    a: Planes { data: x_planes, stride: x_stride, term: 1 },
                    a_row: from.channels,
                    b: Planes {
                        data: weights,
                        stride: from.channels * to.channels,
                        term: to.channels,
                    },
                    rows: count,
                    columns: to.channels,
                    terms: from.channels,
                    next: [
                        // A window reaches into the row of tiles below it.
                        span(x, tiles, first + count + from.across, chunk),
                        span(y, tiles, first, count),
                        span(mask, tiles, first, count),
                    ],
                };
                products.write(0..PLANES, y_planes, y_stride);
                transform_output(
                    form,
                    y_planes,
                    TileRange { first, count, stride: y_stride },
                    y,
                    to,
                    end,
                );
            }
        });
    }

    /// Computes dW and db from all images of the batch.
    pub(super) fn weight_gradient(
        &mut self,
        team: &ThreadTeam,
        x: &[f32],
        dy: &[f32],
        d_weights: &mut [f32],
        d_bias: &mut [f32],
    ) {
        let Geometry { input, output, window } = self.geometry;
        let (form, from, to) = (
            self.form,
            self.windows(input, output, window.pad.before.rows),
            self.windows(output, output, 0),
        );
        let (channels, filters) = (input.channels, output.channels);
        let (x_stride, y_stride, row) =
            (self.stride(channels), self.stride(filters), sums(self.geometry));
        let tiles = dy.len() / output.len() * to.len();
        let chunks = tiles.div_ceil(self.chunk);
        let sections = sections(row).min(chunks);
        let Winograd { gradient, scratches, chunk, .. } = self;
        let gradient = &mut gradient[..sections * row];
        let cost = tiles / sections * PLANES * (channels * filters + channels + filters);
        team.rows_with(gradient, row, 1, cost, scratches, |section, gradient, scratch| {
            for (section, sums) in (section..).zip(gradient.chunks_exact_mut(row)) {
                sums.fill(0.0);
                let (planes, bias) = sums.split_at_mut(PLANES * channels * filters);
                for first in (chunks * section / sections..chunks * (section + 1) / sections)
                    .map(|index| index * *chunk)
                {
                    let count = (*chunk).min(tiles - first);
                    transform_input(
                        x,
                        from,
                        TileRange { first, count, stride: x_stride },
                        &mut scratch.x,
                    );
                    transform_output_gradient(
                        form,
                        dy,
                        to,
                        TileRange { first, count, stride: y_stride },
                        &mut scratch.y,
                    );
                    let products = PlaneProducts {
                        a: Planes { data: &scratch.x, stride: x_stride, term: channels },
                        a_row: 1,
                        b: Planes { data: &scratch.y, stride: y_stride, term: filters },
                        rows: channels,
                        columns: filters,
                        terms: count,
                        next: [
                            span(x, tiles, first + count + from.across, *chunk),
                            span(dy, tiles, first + count, *chunk),
                            &[],
                        ],
                    };
                    products.add(0..PLANES, planes, channels * filters);
                    add_rows(
                        &scratch.y[TILE_SUM * y_stride..][..count * filters],
                        &mut bias[..filters],
                    );
                }
            }
        });
        let (sums, others) = gradient.split_at_mut(row);
        add_rows(others, sums);
        let (planes, bias) = sums.split_at(PLANES * channels * filters);
        d_weights.fill(0.0);
        add_weight_gradient(form, planes, channels * filters, d_weights);
        d_bias.copy_from_slice(&bias[..filters]);
    }

    /// The windows or tiles of `extent` that belong to the tiles of `output`.
    fn windows(&self, extent: Extent, output: Extent, pad: usize) -> Grid {
        let step = self.form.tile();
        Grid {
            height: extent.height,
            width: extent.width,
            channels: extent.channels,
            down: output.height.div_ceil(step),
            across: output.width.div_ceil(step),
            step,
            pad,
        }
    }
}

/// How many tiles a chunk has.
fn chunk(Geometry { input, output, .. }: Geometry) -> usize {
    let tiles = CHUNK_VALUES / (PLANES * (input.channels + output.channels));
    (tiles / TALLEST * TALLEST).max(TALLEST)
}

/// Values from one plane of a chunk to the next: an odd number of cache lines, so that no two
/// planes fall on the same set of L1.
fn stride(chunk: usize, channels: usize) -> usize {
    ((chunk * channels).div_ceil(LINE) | 1) * LINE
}

/// Values that a section sums: the weight gradient's planes and db, in whole cache lines.
fn sums(Geometry { input, output, .. }: Geometry) -> usize {
    (PLANES * input.channels * output.channels + output.channels).next_multiple_of(LINE)
}

/// Sections of the tiles whose weight gradients are summed apart, `sums` values each. So many
/// threads need not wait for each other, and the number of threads changes no bit.
fn sections(sums: usize) -> usize {
    (SECTION_VALUES / sums).clamp(4, 8)
}

/// Values of the sums of all sections: 4 MiB of f32.
const SECTION_VALUES: usize = 1 << 20;

/// The plane of A·dY·Aᵀ that holds the sum of a tile: A's second row is all ones.
const TILE_SUM: usize = 7;

/// The images that a convolution reads and writes, divided into the same tiles.
struct Correlation<'a> {
    from: Grid,
    to: Grid,
    end: End<'a>,
}

/// About the values of `images` that belong to `count` of its `tiles` tiles from the tile `first`
/// on, as if the values of a tile lay in a row. Good enough to prefetch them.
fn span(images: &[f32], tiles: usize, first: usize, count: usize) -> &[f32] {
    let at = |tile: usize| images.len() * tile.min(tiles) / tiles;
    &images[at(first)..at(first + count)]
}
