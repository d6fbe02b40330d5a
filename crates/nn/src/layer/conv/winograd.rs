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
//!
//! Where images are alike ([`Repeats`]) a tile is computed for one of them. Forward, the others
//! copy it: the same bits. Backward, what would be summed over their tiles is summed before it is
//! transformed, which takes a twentieth of the time.

use super::Geometry;
use super::tiles::{Sums, Tiles, Windows};
use crate::buffer::Buffer;
use crate::kernel::winograd::{
    End, Form, Grid, PLANES, Part, PlaneProducts, Planes, TALLEST, Tile, WINDOW,
    add_weight_gradient, transform_input, transform_output, transform_output_gradient,
    transform_weights,
};
use crate::layer::bias::add_rows;
use crate::layer::extent::Extent;
use crate::repeats::Repeats;
use crate::team::{LINE, Team};

pub(crate) struct Winograd {
    form: Form,
    geometry: Geometry,
    /// The most that it gets at once.
    images: usize,
    /// Tiles of a chunk.
    chunk: usize,
    /// Planes of the weights.
    weights: Buffer,
    /// W turned by 180°.
    turned: Vec<f32>,
    /// Sums of the weight gradient's planes and of the bias's gradient, for each part of the tiles.
    gradient: Buffer,
    /// Of the whole batch, for the weight gradient.
    tiles: Tiles,
    /// Of windows of dy whose tiles are alike.
    sums: Sums,
    /// One for each thread.
    scratches: Vec<Scratch>,
}

struct Scratch {
    /// Planes of a chunk.
    x: Buffer,
    y: Buffer,
    tiles: Tiles,
}

/// Values of a chunk's planes: 288 KiB, which leave room in L2 for the weights and the images.
const CHUNK_VALUES: usize = 72 << 10;

impl Winograd {
    pub(crate) fn new(form: Form, geometry: Geometry, images: usize) -> Self {
        let Geometry { input, output, .. } = geometry;
        let chunk = CHUNK_VALUES / (PLANES * (input.channels + output.channels));
        let weights = PLANES * input.channels * output.channels;
        let mut winograd = Winograd {
            form,
            geometry,
            images,
            chunk: (chunk / TALLEST * TALLEST).max(TALLEST),
            weights: Buffer::zeros(weights),
            turned: vec![0.0; geometry.weights()],
            gradient: Buffer::zeros(0),
            tiles: Tiles::new(0, 0),
            sums: Sums::new(0, 0, 0),
            scratches: Vec::new(),
        };
        winograd.gradient = Buffer::zeros(parts(winograd.sums()) * winograd.sums());
        winograd.tiles = winograd.no_tiles();
        winograd.set_threads(1);
        winograd
    }

    /// Outputs of a tile along each axis.
    pub(crate) fn tile(&self) -> usize {
        self.form.tile()
    }

    /// Plans memory for knowing where the images of its input are alike.
    pub(crate) fn expect_repeats(&mut self, batch: usize) {
        self.sums =
            Sums::new(batch, self.most_tiles(), WINDOW * WINDOW * self.geometry.output.channels);
    }

    /// Plans memory for so many threads.
    pub(crate) fn set_threads(&mut self, threads: usize) {
        let Geometry { input, output, .. } = self.geometry;
        // The input gradient goes through them in the other direction.
        let planes = || Buffer::zeros(PLANES * self.stride(input.channels.max(output.channels)));
        self.scratches = (0..threads)
            .map(|_| Scratch { x: planes(), y: planes(), tiles: self.no_tiles() })
            .collect();
    }

    /// From plane to plane of a chunk: an odd number of lines, so that no two planes fall on the
    /// same set of L1.
    fn stride(&self, channels: usize) -> usize {
        ((self.chunk * channels).div_ceil(LINE) | 1) * LINE
    }

    pub(crate) fn forward(
        &mut self,
        team: &Team,
        parameters: Parameters,
        x: &[f32],
        y: &mut [f32],
        rectifies: bool,
    ) {
        let Geometry { input, output, window } = self.geometry;
        let Parameters { weights, bias, repeats } = parameters;
        let end = if rectifies { End::RectifiedSum(bias) } else { End::Sum(bias) };
        let (from, to) = (self.windows(input, output, window.pad), self.windows(output, output, 0));
        transform_weights(self.form, weights, input.channels * output.channels, &mut self.weights);
        let windows = Windows { grid: from, size: WINDOW, repeats };
        self.correlate(team, Pass { from, to, end, windows, of: Of::Output }, x, y);
    }

    /// dx, through a ReLU whose output is `rectified`, if there is one. Where images are alike it
    /// is one's alone.
    pub(crate) fn input_gradient(
        &mut self,
        team: &Team,
        weights: &[f32],
        dy: &[f32],
        dx: &mut [f32],
        rectified: Option<&[f32]>,
        repeats: Option<&Repeats>,
    ) {
        let Geometry { input, output, window } = self.geometry;
        let end = rectified.map_or(End::Plain, End::Masked);
        let pad = window.height - 1 - window.pad;
        let (from, to) = (self.windows(output, input, pad), self.windows(input, input, 0));
        self.geometry.turn(weights, &mut self.turned);
        transform_weights(
            self.form,
            &self.turned,
            input.channels * output.channels,
            &mut self.weights,
        );
        let windows = Windows { grid: to, size: self.form.tile(), repeats };
        self.sums.compute(team, windows, dy, (from, WINDOW));
        self.correlate(team, Pass { from, to, end, windows, of: Of::Gradient }, dy, dx);
    }

    /// The convolution of `x` with the weights whose planes are in `weights`.
    fn correlate(&mut self, team: &Team, pass: Pass, x: &[f32], y: &mut [f32]) {
        let Pass { from, to, end, windows, of } = pass;
        let (x_image, y_image, batch) =
            (from.image_len(), to.image_len(), x.len() / from.image_len());
        let (form, chunk, weights, sums) = (self.form, self.chunk, &self.weights, &self.sums);
        let (x_stride, y_stride) = (self.stride(from.channels), self.stride(to.channels));
        let cost = PLANES * from.len() * from.channels * to.channels;
        team.rows_with(y, y_image, 1, cost, &mut self.scratches, |first_image, y, scratch| {
            let Scratch { x: x_planes, y: y_planes, tiles } = scratch;
            let images = first_image..first_image + y.len() / y_image;
            // What another thread writes can't be copied.
            let among = if of == Of::Output { images.clone() } else { 0..batch };
            tiles.list(windows, images.clone(), among);
            let own_x = &x[images.start * x_image..images.end * x_image];
            let end = match end {
                End::Masked(rectified) => {
                    End::Masked(&rectified[images.start * y_image..images.end * y_image])
                }
                others => others,
            };
            for first in (0..tiles.computed.len()).step_by(chunk) {
                let part = tiles.chunk(first, chunk);
                transform_input(own_x, from, Part { tiles: part, stride: x_stride }, x_planes);
                if of == Of::Gradient {
                    for &shared in tiles.shared(first, chunk) {
                        let (alone, part) =
                            (Grid::of_window(WINDOW, from.channels), Part::of_one(x_stride));
                        let planes = &mut x_planes[(shared.index - first) * from.channels..];
                        transform_input(sums.of(shared), alone, part, planes);
                    }
                }
                let products = PlaneProducts {
                    a: Planes { data: x_planes, stride: x_stride, term: 1 },
                    a_row: from.channels,
                    b: Planes {
                        data: weights,
                        stride: from.channels * to.channels,
                        term: to.channels,
                    },
                    rows: part.len(),
                    columns: to.channels,
                    terms: from.channels,
                    next: [
                        // Windows reach into the row of tiles below.
                        span(own_x, from, tiles.chunk(first + chunk, chunk), from.across),
                        span(y, to, part, 0),
                        match end {
                            End::Masked(rectified) => span(rectified, to, part, 0),
                            _ => &[],
                        },
                    ],
                };
                products.write(0..PLANES, y_planes, y_stride);
                transform_output(
                    form,
                    y_planes,
                    Part { tiles: part, stride: y_stride },
                    y,
                    to,
                    end,
                );
                match of {
                    Of::Output => tiles.copy(first, chunk, y, to),
                    Of::Gradient => tiles.clear_copies(first, chunk, y, to),
                }
            }
        });
    }

    /// dW and db, from all images of the batch.
    pub(crate) fn weight_gradient(
        &mut self,
        team: &Team,
        x: &[f32],
        dy: &[f32],
        (d_weights, d_bias): (&mut [f32], &mut [f32]),
        repeats: Option<&Repeats>,
    ) {
        let Geometry { input, output, window } = self.geometry;
        let (form, from, to) =
            (self.form, self.windows(input, output, window.pad), self.windows(output, output, 0));
        let (channels, filters) = (input.channels, output.channels);
        let (x_stride, y_stride, row) = (self.stride(channels), self.stride(filters), self.sums());
        let batch = 0..dy.len() / output.len();
        let windows = Windows { grid: from, size: WINDOW, repeats };
        self.tiles.list(windows, batch.clone(), batch);
        self.sums.compute(team, windows, dy, (to, form.tile()));
        let Winograd { gradient, scratches, tiles, sums: alike, .. } = self;
        let chunk = self.chunk;
        let chunks = tiles.computed.len().div_ceil(chunk);
        let parts = parts(row).min(chunks);
        let gradient = &mut gradient[..parts * row];
        let cost =
            tiles.computed.len() / parts * PLANES * (channels * filters + channels + filters);
        team.rows_with(gradient, row, 1, cost, scratches, |part, gradient, scratch| {
            let Scratch { x: x_planes, y: y_planes, .. } = scratch;
            for (part, sums) in (part..).zip(gradient.chunks_exact_mut(row)) {
                sums.fill(0.0);
                let (planes, bias) = sums.split_at_mut(PLANES * channels * filters);
                for first in
                    (chunks * part / parts..chunks * (part + 1) / parts).map(|index| index * chunk)
                {
                    let part = tiles.chunk(first, chunk);
                    transform_input(x, from, Part { tiles: part, stride: x_stride }, x_planes);
                    transform_output_gradient(
                        form,
                        dy,
                        to,
                        Part { tiles: part, stride: y_stride },
                        y_planes,
                    );
                    for &shared in tiles.shared(first, chunk) {
                        let (alone, part) =
                            (Grid::of_window(form.tile(), filters), Part::of_one(y_stride));
                        let planes = &mut y_planes[(shared.index - first) * filters..];
                        transform_output_gradient(form, alike.of(shared), alone, part, planes);
                    }
                    let next = tiles.chunk(first + chunk, chunk);
                    let products = PlaneProducts {
                        a: Planes { data: x_planes, stride: x_stride, term: channels },
                        a_row: 1,
                        b: Planes { data: y_planes, stride: y_stride, term: filters },
                        rows: channels,
                        columns: filters,
                        terms: part.len(),
                        next: [span(x, from, next, from.across), span(dy, to, next, 0), &[]],
                    };
                    products.add(0..PLANES, planes, channels * filters);
                    add_rows(
                        &y_planes[TILE_SUM * y_stride..][..part.len() * filters],
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

    /// Room for a list of tiles.
    fn no_tiles(&self) -> Tiles {
        Tiles::new(self.images, self.most_tiles())
    }

    /// Tiles of an image's input or output, whichever has more.
    fn most_tiles(&self) -> usize {
        let Geometry { input, output, .. } = self.geometry;
        self.windows(input, input, 0).len().max(self.windows(output, output, 0).len())
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

/// What the forward pass reads besides x.
#[derive(Clone, Copy)]
pub(crate) struct Parameters<'a> {
    pub(crate) weights: &'a [f32],
    pub(crate) bias: &'a [f32],
    pub(crate) repeats: Option<&'a Repeats>,
}

/// What is read and what is written, by the same tiles, and which of them are alike.
struct Pass<'a> {
    from: Grid,
    to: Grid,
    end: End<'a>,
    windows: Windows<'a>,
    of: Of,
}

/// What a pass computes.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Output,
    /// Of the input.
    Gradient,
}

/// About what tiles take of their images, and `more` tiles behind them: as if a tile were values in
/// a row.
fn span<'a>(images: &'a [f32], grid: Grid, tiles: &[Tile], more: usize) -> &'a [f32] {
    let (Some(first), Some(last)) = (tiles.first(), tiles.last()) else { return &[] };
    let at = |tile: usize| images.len().min(grid.image_len() * tile / grid.len());
    &images[at(first.index(grid) + more)..at(last.index(grid) + 1 + more)]
}
