//! A 3×3 or 5×5 convolution with stride 1 by Winograd's F(4×4, 3×3) or F(2×2, 5×5): a quarter of
//! the multiplications, or 0.36 (formulas and errors are in [`crate::kernel::winograd`]).
//!
//! Tiles are done in chunks whose planes stay in L2, and in multiples of 14, the tallest tile of
//! the matrix product: for each chunk the windows are transformed, multiplied plane by plane and
//! transformed back. The products bring what comes after them into the caches: the next chunk of
//! what is read, and this chunk of what is written. The weight gradient's planes are summed over
//! the tiles of each of some parts of the batch in order, each in one chain of multiply-adds; the
//! parts are added in order and transformed back once. How many parts there are depends on the
//! layer, not on the threads.

use super::Geometry;
use crate::buffer::Buffer;
use crate::buffer::LINE;
use crate::kernel::winograd::{
    End, Form, Grid, PLANES, PlaneProducts, Planes, TALLEST, TileRange, add_weight_gradient,
    transform_input, transform_output, transform_output_gradient, transform_weights,
};
use crate::layer::bias::add_rows;
use crate::layer::extent::Extent;
use crate::thread_team::ThreadTeam;

pub(crate) struct Winograd {
    form: Form,
    geometry: Geometry,
    /// Tiles of a chunk.
    chunk: usize,
    /// Planes of the weights.
    weights: Buffer,
    /// W turned by 180°.
    turned: Vec<f32>,
    /// Sums of the weight gradient's planes and of the bias's gradient, for each part of the
    /// tiles.
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
    pub(crate) fn new(form: Form, geometry: Geometry) -> Self {
        let Geometry { input, output, .. } = geometry;
        let chunk = CHUNK_VALUES / (PLANES * (input.channels + output.channels));
        let weights = PLANES * input.channels * output.channels;
        let mut winograd = Winograd {
            form,
            geometry,
            chunk: (chunk / TALLEST * TALLEST).max(TALLEST),
            weights: Buffer::zeros(weights),
            turned: vec![0.0; geometry.weights()],
            gradient: Buffer::zeros(0),
            scratches: Vec::new(),
        };
        winograd.gradient = Buffer::zeros(parts(winograd.sums()) * winograd.sums());
        winograd.set_threads(1);
        winograd
    }

    /// Plans memory for so many threads.
    pub(crate) fn set_threads(&mut self, threads: usize) {
        let Geometry { input, output, .. } = self.geometry;
        // The input gradient goes through them in the other direction.
        let planes = || Buffer::zeros(PLANES * self.stride(input.channels.max(output.channels)));
        self.scratches = (0..threads).map(|_| Scratch { x: planes(), y: planes() }).collect();
    }

    /// From plane to plane of a chunk: an odd number of lines, so that no two planes fall on the
    /// same set of L1.
    fn stride(&self, channels: usize) -> usize {
        ((self.chunk * channels).div_ceil(LINE) | 1) * LINE
    }

    pub(crate) fn forward(
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
        let pass = Pass {
            from: self.windows(input, output, window.pad),
            to: self.windows(output, output, 0),
            end,
        };
        transform_weights(self.form, weights, input.channels * output.channels, &mut self.weights);
        self.correlate(team, pass, x, y);
    }

    /// dx, through a ReLU whose output is `rectified`, if there is one.
    pub(crate) fn input_gradient(
        &mut self,
        team: &ThreadTeam,
        weights: &[f32],
        dy: &[f32],
        dx: &mut [f32],
        rectified: Option<&[f32]>,
    ) {
        let Geometry { input, output, window } = self.geometry;
        let end = rectified.map_or(End::Plain, End::Masked);
        let pad = window.height - 1 - window.pad;
        let pass =
            Pass { from: self.windows(output, input, pad), to: self.windows(input, input, 0), end };
        self.geometry.turn(weights, &mut self.turned);
        transform_weights(
            self.form,
            &self.turned,
            input.channels * output.channels,
            &mut self.weights,
        );
        self.correlate(team, pass, dy, dx);
    }

    /// The convolution of `x` with the weights whose planes are in `weights`.
    fn correlate(&mut self, team: &ThreadTeam, pass: Pass, x: &[f32], y: &mut [f32]) {
        let Pass { from, to, end } = pass;
        let (x_image, y_image) = (from.image_len(), to.image_len());
        let (form, chunk, weights) = (self.form, self.chunk, &self.weights);
        let (x_stride, y_stride) = (self.stride(from.channels), self.stride(to.channels));
        let cost = PLANES * from.len() * from.channels * to.channels;
        team.rows_with(y, y_image, 1, cost, &mut self.scratches, |image, y, scratch| {
            let Scratch { x: x_planes, y: y_planes } = scratch;
            let images = y.len() / y_image;
            let x = &x[image * x_image..][..images * x_image];
            let end = match end {
                End::Masked(rectified) => {
                    End::Masked(&rectified[image * y_image..][..images * y_image])
                }
                others => others,
            };
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

    /// dW and db, from all images of the batch.
    pub(crate) fn weight_gradient(
        &mut self,
        team: &ThreadTeam,
        x: &[f32],
        dy: &[f32],
        d_weights: &mut [f32],
        d_bias: &mut [f32],
    ) {
        let Geometry { input, output, window } = self.geometry;
        let (form, from, to) =
            (self.form, self.windows(input, output, window.pad), self.windows(output, output, 0));
        let (channels, filters) = (input.channels, output.channels);
        let (x_stride, y_stride, row) = (self.stride(channels), self.stride(filters), self.sums());
        let tiles = dy.len() / output.len() * to.len();
        let chunks = tiles.div_ceil(self.chunk);
        let parts = parts(row).min(chunks);
        let Winograd { gradient, scratches, chunk, .. } = self;
        let gradient = &mut gradient[..parts * row];
        let cost = tiles / parts * PLANES * (channels * filters + channels + filters);
        team.rows_with(gradient, row, 1, cost, scratches, |part, gradient, scratch| {
            for (part, sums) in (part..).zip(gradient.chunks_exact_mut(row)) {
                sums.fill(0.0);
                let (planes, bias) = sums.split_at_mut(PLANES * channels * filters);
                for first in
                    (chunks * part / parts..chunks * (part + 1) / parts).map(|index| index * *chunk)
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

    /// Values of the sums of a part of the tiles: the weight gradient's planes and the bias's
    /// gradient, in whole lines.
    fn sums(&self) -> usize {
        let (channels, filters) = (self.geometry.input.channels, self.geometry.output.channels);
        (PLANES * channels * filters + filters).next_multiple_of(LINE)
    }
}

/// Parts of the tiles whose weight gradients are summed by themselves, then added in order: as many
/// threads need not wait for each other, and however many they are, no bit changes. `sums` values
/// each.
fn parts(sums: usize) -> usize {
    (PART_VALUES / sums).clamp(4, 8)
}

/// Values of all parts' sums: 4 MiB.
const PART_VALUES: usize = 1 << 20;

/// The plane of A·dY·Aᵀ that holds the sum of a tile: A's second row is all ones.
const TILE_SUM: usize = 7;

/// What is read and what is written, by the same tiles.
struct Pass<'a> {
    from: Grid,
    to: Grid,
    end: End<'a>,
}

/// About what `count` of `tiles` tiles take of their images, from the tile `first` on: as if a tile
/// were values in a row.
fn span(images: &[f32], tiles: usize, first: usize, count: usize) -> &[f32] {
    let at = |tile: usize| images.len() * tile.min(tiles) / tiles;
    &images[at(first)..at(first + count)]
}
