//! A 3×3 convolution with stride 1 by Winograd's F(4×4, 3×3): a quarter of the multiplications (formulas and errors are
//! in [`crate::kernel::winograd`]).
//!
//! Tiles are done in chunks whose planes stay in L2, and in multiples of 14, the tallest tile of the matrix product: for
//! each chunk the windows are transformed, multiplied plane by plane and transformed back. The products bring what comes
//! after them into the caches: the next chunk of what is read, and this chunk of what is written. The weight gradient's
//! planes are summed over all tiles in order, each in one chain of multiply-adds, and transformed back once.

use super::Geometry;
use crate::buffer::Buffer;
use crate::kernel::winograd::{
    End, Grid, PLANES, Part, PlaneProducts, Planes, TALLEST, TILE, add_weight_gradient, transform_input,
    transform_output, transform_output_gradient, transform_weights,
};
use crate::layer::dense::add_rows;
use crate::layer::extent::Extent;
use crate::team::{LINE, Team};

pub(crate) struct Winograd {
    geometry: Geometry,
    /// Tiles of a chunk.
    chunk: usize,
    /// Planes of the weights.
    weights: Buffer,
    /// Sums of the weight gradient's planes.
    gradient: Buffer,
    /// One for each thread.
    scratches: Vec<Scratch>,
}

/// Planes of a chunk.
struct Scratch {
    x: Buffer,
    y: Buffer,
}

/// Values of a chunk's planes: 288 KiB, which leave room in L2 for the weights and the images.
const CHUNK_VALUES: usize = 72 << 10;

impl Winograd {
    pub(crate) fn new(geometry: Geometry, threads: usize) -> Self {
        let Geometry { input, output, .. } = geometry;
        let chunk = CHUNK_VALUES / (PLANES * (input.channels + output.channels));
        let weights = PLANES * input.channels * output.channels;
        let mut winograd = Winograd {
            geometry,
            chunk: (chunk / TALLEST * TALLEST).max(TALLEST),
            weights: Buffer::zeros(weights),
            gradient: Buffer::zeros(weights),
            scratches: Vec::new(),
        };
        winograd.set_threads(threads);
        winograd
    }

    /// Plans memory for so many threads.
    pub(crate) fn set_threads(&mut self, threads: usize) {
        let Geometry { input, output, .. } = self.geometry;
        // The input gradient goes through them in the other direction.
        let planes = || Buffer::zeros(PLANES * self.stride(input.channels.max(output.channels)));
        self.scratches = (0..threads).map(|_| Scratch { x: planes(), y: planes() }).collect();
    }

    /// From plane to plane of a chunk: an odd number of lines, so that no two planes fall on the same set of L1.
    fn stride(&self, channels: usize) -> usize {
        ((self.chunk * channels).div_ceil(LINE) | 1) * LINE
    }

    pub(crate) fn forward(
        &mut self,
        team: &Team,
        weights: &[f32],
        bias: &[f32],
        x: &[f32],
        y: &mut [f32],
        rectifies: bool,
    ) {
        let Geometry { input, output, window } = self.geometry;
        let end = if rectifies { End::RectifiedSum(bias) } else { End::Sum(bias) };
        let pass = Pass { from: windows(input, output, window.pad), to: windows(output, output, 0), end };
        transform_weights(weights, input.channels * output.channels, &mut self.weights);
        self.correlate(team, pass, x, y);
    }

    /// dx; `turned` are W turned by 180°, `[3, 3, filters, channels]`. Through a ReLU whose output is `rectified`, if there
    /// is one.
    pub(crate) fn input_gradient(
        &mut self,
        team: &Team,
        turned: &[f32],
        dy: &[f32],
        dx: &mut [f32],
        rectified: Option<&[f32]>,
    ) {
        let Geometry { input, output, window } = self.geometry;
        let end = rectified.map_or(End::Plain, End::Masked);
        let pass = Pass { from: windows(output, input, 2 - window.pad), to: windows(input, input, 0), end };
        transform_weights(turned, input.channels * output.channels, &mut self.weights);
        self.correlate(team, pass, dy, dx);
    }

    /// The convolution of `x` with the weights whose planes are in `weights`.
    fn correlate(&mut self, team: &Team, pass: Pass, x: &[f32], y: &mut [f32]) {
        let Pass { from, to, end } = pass;
        let (x_image, y_image) = (from.height * from.width * from.channels, to.height * to.width * to.channels);
        let (chunk, weights) = (self.chunk, &self.weights);
        let (x_stride, y_stride) = (self.stride(from.channels), self.stride(to.channels));
        let cost = PLANES * from.len() * from.channels * to.channels;
        team.rows_with(y, y_image, 1, cost, &mut self.scratches, |image, y, scratch| {
            let Scratch { x: x_planes, y: y_planes } = scratch;
            let images = y.len() / y_image;
            let x = &x[image * x_image..][..images * x_image];
            let end = match end {
                End::Masked(rectified) => End::Masked(&rectified[image * y_image..][..images * y_image]),
                others => others,
            };
            let tiles = images * from.len();
            for first in (0..tiles).step_by(chunk) {
                let count = chunk.min(tiles - first);
                transform_input(x, from, Part { first, count, stride: x_stride }, x_planes);
                let products = PlaneProducts {
                    a: Planes { data: x_planes, stride: x_stride, term: 1 },
                    a_row: from.channels,
                    b: Planes { data: weights, stride: from.channels * to.channels, term: to.channels },
                    rows: count,
                    columns: to.channels,
                    terms: from.channels,
                    next: [
                        // Windows reach into the row of tiles below.
                        span(x, tiles, first + count + from.across, chunk),
                        span(y, tiles, first, count),
                        match end {
                            End::Masked(rectified) => span(rectified, tiles, first, count),
                            _ => &[],
                        },
                    ],
                };
                products.write(0..PLANES, y_planes, y_stride);
                transform_output(y_planes, Part { first, count, stride: y_stride }, y, to, end);
            }
        });
    }

    /// dW and db, from all images of the batch.
    pub(crate) fn weight_gradient(
        &mut self,
        team: &Team,
        x: &[f32],
        dy: &[f32],
        d_weights: &mut [f32],
        d_bias: &mut [f32],
    ) {
        let Geometry { input, output, window } = self.geometry;
        let (from, to) = (windows(input, output, window.pad), windows(output, output, 0));
        let (channels, filters) = (input.channels, output.channels);
        let (x_stride, y_stride) = (self.stride(channels), self.stride(filters));
        let tiles = dy.len() / output.len() * to.len();
        let Winograd { gradient, scratches, chunk, .. } = self;
        gradient.fill(0.0);
        d_bias.fill(0.0);
        let mut first = 0;
        while first < tiles {
            // A chunk for each thread, then each thread some planes of all these chunks: so that every sum is in order.
            let parts: usize = (tiles - first).div_ceil(*chunk).min(scratches.len());
            let part = |at: usize, stride: usize| {
                let first = first + at * *chunk;
                Part { first, count: (*chunk).min(tiles - first), stride }
            };
            let transform_cost = *chunk * PLANES * (channels + filters);
            team.rows(&mut scratches[..parts], 1, 1, transform_cost, |at, scratches| {
                for (at, scratch) in (at..).zip(scratches) {
                    transform_input(x, from, part(at, x_stride), &mut scratch.x);
                    transform_output_gradient(dy, to, part(at, y_stride), &mut scratch.y);
                }
            });
            let product_cost = parts * *chunk * channels * filters;
            team.rows(gradient, channels * filters, 1, product_cost, |plane, sums| {
                let planes = plane..plane + sums.len() / (channels * filters);
                // Of the next chunks, the one that this thread will most likely transform.
                let next = first + (parts + plane * parts / PLANES) * *chunk;
                for (at, scratch) in scratches[..parts].iter().enumerate() {
                    let next = next + *chunk * at / parts;
                    let products = PlaneProducts {
                        a: Planes { data: &scratch.x, stride: x_stride, term: channels },
                        a_row: 1,
                        b: Planes { data: &scratch.y, stride: y_stride, term: filters },
                        rows: channels,
                        columns: filters,
                        terms: part(at, 0).count,
                        next: [
                            span(x, tiles, next + from.across, chunk.div_ceil(parts)),
                            span(dy, tiles, next, chunk.div_ceil(parts)),
                            &[],
                        ],
                    };
                    products.add(planes.clone(), sums, channels * filters);
                }
            });
            for (at, scratch) in scratches[..parts].iter().enumerate() {
                add_rows(&scratch.y[TILE_SUM * y_stride..][..part(at, 0).count * filters], d_bias);
            }
            first += parts * *chunk;
        }
        d_weights.fill(0.0);
        add_weight_gradient(gradient, channels * filters, d_weights);
    }
}

/// The plane of A·dY·Aᵀ that holds the sum of a tile: A's second row is all ones.
const TILE_SUM: usize = 7;

/// What is read and what is written, by the same tiles.
struct Pass<'a> {
    from: Grid,
    to: Grid,
    end: End<'a>,
}

/// The windows or tiles of `extent` that belong to the tiles of `output`.
fn windows(extent: Extent, output: Extent, pad: usize) -> Grid {
    Grid {
        height: extent.height,
        width: extent.width,
        channels: extent.channels,
        down: output.height.div_ceil(TILE),
        across: output.width.div_ceil(TILE),
        step: TILE,
        pad,
    }
}

/// About what `count` of `tiles` tiles take of their images, from the tile `first` on: as if a tile were values in a row.
fn span(images: &[f32], tiles: usize, first: usize, count: usize) -> &[f32] {
    let at = |tile: usize| images.len() * tile.min(tiles) / tiles;
    &images[at(first)..at(first + count)]
}
