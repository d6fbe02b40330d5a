//! The input gradient of a direct convolution, one image after the other. The shape alone chooses
//! one of two ways to compute it:
//!
//! - *Gathered*: dy is padded with zeros and convolved with W turned by 180°. Each pixel of dx is
//!   written once.
//! - *Scattered*: the product dy·Wᵀ of an output pixel is added to the pixels of its window. The
//!   values of a window's row are neighbours, so they fill vectors even where the channels of one
//!   pixel do not. A stride adds no zeros that would be multiplied.

use pulp::{Simd, WithSimd};

use super::geometry::Geometry;
use super::padding::{pad, slide};
use crate::buffer::LINE;
use crate::kernel::{ARCH, Matrix, Product, Start};
use crate::layer::extent::Extent;
use crate::layer::per_axis::PerAxis;
use crate::layer::relu::mask;
use crate::layer::window::{Padding, Window};
use crate::thread_team::ThreadTeam;

/// Computes dx of a direct convolution.
pub(super) struct DirectInputGradient {
    geometry: Geometry,
    way: Way,
    /// W turned by 180°, or transposed with each window row padded to whole cache lines.
    weights: Vec<f32>,
    /// One for each thread.
    scratches: Vec<Scratch>,
}

#[derive(Clone, Copy)]
enum Way {
    Gathered {
        /// dy with its border of zeros.
        padded: Extent,
    },
    Scattered {
        /// dx with the padding around it.
        padded: Extent,
        /// Values of a window's row, in whole cache lines.
        window_row: usize,
        /// Rows of outputs whose windows are computed at once.
        rows: usize,
    },
}

struct Scratch {
    /// dy with a border that stays zero, or dx with its padding and one cache line more.
    image: Vec<f32>,
    /// The products that some output pixels add to their windows.
    windows: Vec<f32>,
}

/// The cost of adding a vector to memory, in multiply-adds.
const ADDITION: usize = 4;

/// Values of the windows that are computed at once: 64 KiB of f32.
const WINDOW_VALUES: usize = 16384;

impl DirectInputGradient {
    pub(super) fn new(geometry: Geometry, threads: usize) -> Self {
        let way = Way::of(geometry);
        let mut gradient = DirectInputGradient {
            geometry,
            way,
            weights: vec![0.0; way.weights(geometry)],
            scratches: Vec::new(),
        };
        gradient.set_threads(threads);
        gradient
    }

    /// Values of the memory with room for `threads` threads.
    pub(super) fn values(geometry: Geometry, threads: usize) -> usize {
        let way = Way::of(geometry);
        let (image, windows) = way.scratch(geometry);
        way.weights(geometry) + threads * (image + windows)
    }

    /// Makes room for the scratch memory of `threads` threads.
    pub(super) fn set_threads(&mut self, threads: usize) {
        let (image, windows) = self.way.scratch(self.geometry);
        let scratch = || Scratch { image: vec![0.0; image], windows: vec![0.0; windows] };
        self.scratches = (0..threads).map(|_| scratch()).collect();
    }

    /// Computes dx. If the input is the output of a ReLU, `rectified`, dx goes through that ReLU
    /// too.
    pub(super) fn compute(
        &mut self,
        team: &ThreadTeam,
        weights: &[f32],
        dy: &[f32],
        dx: &mut [f32],
        rectified: Option<&[f32]>,
    ) {
        let DirectInputGradient { geometry, way, weights: ordered, scratches } = self;
        let Geometry { input, output, window } = *geometry;
        match *way {
            Way::Gathered { .. } => geometry.turn(weights, ordered),
            Way::Scattered { window_row, .. } => geometry.transpose(weights, ordered, window_row),
        }
        let ordered = &*ordered;
        team.rows_with(dx, input.len(), 1, geometry.cost(), scratches, |first, dx, scratch| {
            let images = dy[first * output.len()..].chunks_exact(output.len());
            for (image, (dy, dx)) in (first..).zip(images.zip(dx.chunks_exact_mut(input.len()))) {
                match *way {
                    Way::Gathered { padded } => {
                        let before = border(window).before;
                        let dy = pad(dy, output, padded, before, &mut scratch.image);
                        slide(dy, padded, window, ordered, dx, input, Start::Zero);
                    }
                    Way::Scattered { padded, window_row, rows } => {
                        scratch.image.fill(0.0);
                        for first in (0..output.height).step_by(rows) {
                            let rows = rows.min(output.height - first);
                            let dy = &dy[first * output.row()..][..rows * output.row()];
                            scratch.scatter(dy, ordered, *geometry, padded, window_row, first);
                        }
                        for (row, dx) in dx.chunks_exact_mut(input.row()).enumerate() {
                            let before = window.pad.before;
                            let at = (row + before.rows) * padded.row()
                                + before.columns * padded.channels;
                            dx.copy_from_slice(&scratch.image[at..][..input.row()]);
                        }
                    }
                }
                if let Some(rectified) = rectified {
                    mask(dx, &rectified[image * input.len()..][..input.len()]);
                }
            }
        });
    }
}

/// The border of zeros around dy from which the turned window gathers dx.
fn border(Window { height, width, pad, .. }: Window) -> Padding {
    let rest =
        |pad: PerAxis| PerAxis { rows: height - 1 - pad.rows, columns: width - 1 - pad.columns };
    Padding { before: rest(pad.before), after: rest(pad.after) }
}

impl Way {
    fn of(geometry: Geometry) -> Self {
        let Geometry { input, output, window } = geometry;
        let Window { height, width, stride, pad } = window;
        let vectors = |values: usize| values.div_ceil(LINE);
        let window_row = vectors(width * input.channels) * LINE;
        // Multiply-adds for each output pixel, counted in vectors.
        let gathered = height * width * vectors(input.channels) * output.channels;
        let scattered = height * vectors(width * input.channels) * (output.channels + ADDITION);
        let every_output_sees_pixels =
            [pad.before, pad.after].into_iter().all(|pad| pad.rows < height && pad.columns < width);
        if stride == PerAxis::ONE && every_output_sees_pixels && gathered <= scattered {
            return Way::Gathered { padded: output.padded(border(window)) };
        }
        let rows = (WINDOW_VALUES / (output.width * height * window_row)).clamp(1, output.height);
        Way::Scattered { padded: input.padded(pad), window_row, rows }
    }

    /// How many values the weights have in this way's order.
    fn weights(self, geometry: Geometry) -> usize {
        match self {
            Way::Gathered { .. } => geometry.weights(),
            Way::Scattered { window_row, .. } => {
                geometry.output.channels * geometry.window.height * window_row
            }
        }
    }

    /// How many values a thread's scratch memory has: of the image, and of windows.
    fn scratch(self, Geometry { output, window, .. }: Geometry) -> (usize, usize) {
        match self {
            Way::Gathered { padded } => (padded.len(), 0),
            Way::Scattered { padded, window_row, rows } => {
                (padded.len() + LINE, rows * output.width * window.height * window_row)
            }
        }
    }
}

impl Scratch {
    /// Adds the products of the output pixels of `dy` to their windows. `dy` begins at row `first`
    /// of the outputs.
    fn scatter(
        &mut self,
        dy: &[f32],
        weights: &[f32],
        geometry: Geometry,
        padded: Extent,
        window_row: usize,
        first: usize,
    ) {
        let Geometry { output, window, .. } = geometry;
        let columns = window.height * window_row;
        let product = Product {
            a: Matrix { data: dy, stride: output.channels, outer: 0, inner: 1 },
            b: Matrix { data: weights, stride: 1, outer: 0, inner: columns },
            rows: dy.len() / output.channels,
            columns,
            outer: 1,
            inner: output.channels,
            start: Start::Zero,
        };
        product.compute(&mut self.windows, columns);
        for (row, windows) in
            self.windows[..product.rows * columns].chunks_exact(output.width * columns).enumerate()
        {
            let image = &mut self.image[(first + row) * window.stride.rows * padded.row()..];
            let step = window.stride.columns * padded.channels;
            ARCH.dispatch(AddWindows {
                windows,
                height: window.height,
                window_row,
                image,
                row: padded.row(),
                step,
            });
        }
    }
}

/// Adds the windows of a row of outputs to an image.
struct AddWindows<'a> {
    windows: &'a [f32],
    /// Rows of a window.
    height: usize,
    /// Values of each row, in whole cache lines.
    window_row: usize,
    image: &'a mut [f32],
    /// Values from one row of the image to the next.
    row: usize,
    /// Values from one window to the next.
    step: usize,
}

impl WithSimd for AddWindows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let AddWindows { windows, height, window_row, image, row, step } = self;
        let count = windows.len() / (height * window_row);
        // Neighbouring windows overlap, and an addition to values that were just written would wait
        // for them. So the loop takes windows that do not overlap, one phase after the other.
        let apart = window_row.div_ceil(step);
        for phase in 0..apart {
            for u in 0..height {
                for index in (phase..count).step_by(apart) {
                    let from = &windows[(index * height + u) * window_row..][..window_row];
                    let to = &mut image[u * row + index * step..][..window_row];
                    for (to, from) in
                        to.as_chunks_mut::<LINE>().0.iter_mut().zip(from.as_chunks::<LINE>().0)
                    {
                        *to = std::array::from_fn(|lane| to[lane] + from[lane]);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_and_few_channels_are_scattered() {
        let gathers = |(taps, stride, pad), channels, filters| {
            let window = Window::square(taps, stride, pad);
            let (height, width) = window.slide(12, 12).unwrap();
            let input = Extent { height: 12, width: 12, channels };
            let geometry =
                Geometry { window, input, output: Extent { height, width, channels: filters } };
            matches!(Way::of(geometry), Way::Gathered { .. })
        };
        assert!(gathers((7, 1, 3), 32, 32));
        assert!(
            gathers((3, 1, 1), 4, 1),
            "as many multiply-adds as it saves are not worth adding windows"
        );
        assert!(!gathers((3, 2, 1), 32, 64));
        assert!(!gathers((5, 1, 0), 6, 16));
        assert!(!gathers((2, 1, 2), 32, 32), "some outputs see padding alone");
    }
}
