//! Both methods of a convolution compute its formula, and its derivatives, on any number of
//! threads.

use super::convolution::{Convolution, method};
use super::geometry::Geometry;
use super::{Conv, LayerDescription};
use crate::layer::LayerSpec;
use crate::layer::description::{ConvMethod, LayerPlace};
use crate::layer::execution::{Backward, Forward, Layer, Mode};
use crate::layer::extent::Extent;
use crate::layer::per_axis::PerAxis;
use crate::layer::window::{Padding, Window};
use crate::layout::Layout;
use crate::thread_team::ThreadTeam;
use crate::trained::Trained;
use crate::update::Update;
use crate::{Architecture, Shape};

/// Small whole numbers, so that sums are exact in any order.
fn numbers(len: usize, seed: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7919 + seed * 31) % 11) as f32 - 5.0).collect()
}

/// The formula of the module, and its derivatives, term by term.
fn naive(
    conv: &Convolution,
    parameters: &[f32],
    x: &[f32],
    dy: &[f32],
    batch: usize,
) -> [Vec<f32>; 3] {
    let Geometry { input, output, window } = conv.geometry();
    let bias = &parameters[conv.geometry().weights()..];
    let mut y = vec![0.0; batch * output.len()];
    let mut gradients = vec![0.0; parameters.len()];
    let mut dx = vec![0.0; x.len()];
    for (at, y) in y.iter_mut().enumerate() {
        let (f, rest) = (at % output.channels, at / output.channels);
        let (j, rest) = (rest % output.width, rest / output.width);
        let (i, image) = (rest % output.height, rest / output.height);
        *y = bias[f];
        gradients[conv.geometry().weights() + f] += dy[at];
        for u in 0..window.height {
            for v in 0..window.width {
                let row = (i * window.stride.rows + u).wrapping_sub(window.pad.before.rows);
                let column =
                    (j * window.stride.columns + v).wrapping_sub(window.pad.before.columns);
                if row >= input.height || column >= input.width {
                    continue;
                }
                for c in 0..input.channels {
                    let from =
                        ((image * input.height + row) * input.width + column) * input.channels + c;
                    let w = ((u * window.width + v) * input.channels + c) * output.channels + f;
                    *y += x[from] * parameters[w];
                    gradients[w] += x[from] * dy[at];
                    dx[from] += dy[at] * parameters[w];
                }
            }
        }
    }
    [y, gradients, dx]
}

/// Forward and backward of some images, on `threads` threads.
fn passes(
    conv: &mut Convolution,
    parameters: &[f32],
    x: &[f32],
    dy: &[f32],
    threads: usize,
) -> [Vec<f32>; 3] {
    let team = ThreadTeam::new(threads);
    conv.set_threads(threads);
    let (mut gradients, mut dx) = (vec![f32::NAN; parameters.len()], vec![f32::NAN; x.len()]);
    let mut y = vec![f32::NAN; dy.len()];
    conv.forward(Forward { team: &team, parameters, x, y: &mut y, mode: Mode::Inference });
    let mut dy = dy.to_vec();
    let mut parameters = parameters.to_vec();
    let backward = Backward {
        team: &team,
        trained: Trained::without_moments(&mut parameters, &mut gradients),
        update: Update::NONE,
        x,
        y: &y,
        dy: &mut dy,
        dx: Some(&mut dx),
    };
    conv.backward(backward);
    [y, gradients, dx]
}

fn conv(window: Window, channels: usize, filters: usize, size: (usize, usize)) -> Convolution {
    let (height, width) = window.slide(size.0, size.1).unwrap();
    let input = Shape::Image { channels, height: size.0, width: size.1 };
    let output = Shape::Image { channels: filters, height, width };
    Convolution::new(Geometry { window, input: Extent::of(input), output: Extent::of(output) })
}

fn arguments(conv: &Convolution) -> [Vec<f32>; 3] {
    let Geometry { input, output, .. } = conv.geometry();
    [
        numbers(conv.geometry().weights() + output.channels, 1),
        numbers(2 * input.len(), 2),
        numbers(2 * output.len(), 3),
    ]
}

#[test]
fn direct_agrees_with_the_formula_for_many_windows() {
    for (height, width, stride, pad) in [
        (3, 3, 1, 1),
        (1, 1, 1, 0),
        (5, 5, 2, 2),
        (3, 2, 1, 0),
        (2, 3, 3, 1),
        (7, 7, 3, 3),
        (1, 1, 1, 2),
        (2, 2, 2, 3),
    ] {
        for (channels, filters) in [(1, 5), (3, 33), (4, 1)] {
            let window = Window {
                height,
                width,
                stride: PerAxis::both(stride),
                pad: Padding::both(PerAxis::both(pad)),
            };
            let mut conv = conv(window, channels, filters, (9, 8));
            assert_eq!(method(window, channels, filters), ConvMethod::Direct);
            let [parameters, x, dy] = arguments(&conv);
            let found = passes(&mut conv, &parameters, &x, &dy, 1);
            assert_eq!(
                found,
                naive(&conv, &parameters, &x, &dy, 2),
                "{window:?}, {channels} to {filters}"
            );
        }
    }
}

#[test]
fn direct_agrees_with_the_formula_where_rows_of_outputs_are_done_in_blocks() {
    for (window, channels) in [(Window::square(3, 2, 1), 32), (Window::square(5, 1, 0), 6)] {
        let mut conv = conv(window, channels, 16, (28, 28));
        assert_eq!(method(window, channels, 16), ConvMethod::Direct);
        let [parameters, x, dy] = arguments(&conv);
        let found = passes(&mut conv, &parameters, &x, &dy, 2);
        assert!(found == naive(&conv, &parameters, &x, &dy, 2), "{window:?}");
    }
}

#[test]
fn direct_agrees_with_the_formula_where_axes_and_sides_differ() {
    for window in [
        "3x3 stride 2x1 pad 1",
        "3x3 stride 1x2 pad 1",
        "3x3 pad 1x0",
        "5x5 pad 0x4",
        "3x5 stride 1x3 pad 2x0",
        "1x7 stride 3x1 pad 1x3",
        "2x2 pad same",
        "4x3 pad same",
        "6x1 pad same",
        "3x8 pad same",
    ] {
        for (channels, filters) in [(1, 5), (3, 33), (8, 8), (17, 2)] {
            let layer: LayerSpec = format!("conv {filters} {window}").parse().unwrap();
            let LayerSpec::Conv(Conv { window, .. }) = layer else { panic!("{layer}") };
            let mut conv = conv(window, channels, filters, (9, 8));
            assert_eq!(method(window, channels, filters), ConvMethod::Direct, "{layer}");
            let [parameters, x, dy] = arguments(&conv);
            let found = passes(&mut conv, &parameters, &x, &dy, 2);
            assert!(found == naive(&conv, &parameters, &x, &dy, 2), "{layer} on {channels}");
        }
    }
}

#[test]
fn winograd_takes_windows_of_the_same_stride_and_padding_on_both_axes_alone() {
    for (layer, expected) in [
        ("conv 8 3x3", ConvMethod::Winograd),
        ("conv 8 3x3 pad 1x1", ConvMethod::Winograd),
        ("conv 8 5x5 stride 1x1 pad same", ConvMethod::Winograd),
        ("conv 8 3x3 pad 1x0", ConvMethod::Direct),
        ("conv 8 3x3 stride 1x2", ConvMethod::Direct),
        ("conv 8 3x3 pad 3", ConvMethod::Direct),
    ] {
        let Ok(LayerSpec::Conv(Conv { window, .. })) = layer.parse() else { panic!("{layer}") };
        assert_eq!(method(window, 8, 8), expected, "{layer}");
    }
}

/// Largest error relative to the largest value.
const WINOGRAD_ERROR: f32 = 2e-5;

#[test]
fn winograd_agrees_with_the_formula_within_its_errors() {
    let sizes = [(28, 28), (9, 8), (3, 5), (13, 30)];
    let windows = [(3, 0), (3, 1), (3, 2), (5, 0), (5, 2), (5, 4)]
        .map(|(taps, pad)| Window::square(taps, 1, pad));
    let fits = |&(window, (height, width)): &(Window, (usize, usize))| {
        window.slide(height, width).is_some()
    };
    let cases = windows.iter().flat_map(|&window| sizes.map(|size| (window, size))).filter(fits);
    for (window, size) in cases {
        for (channels, filters) in [(8, 8), (9, 33), (32, 16), (17, 40)] {
            let mut conv = conv(window, channels, filters, size);
            assert_eq!(method(window, channels, filters), ConvMethod::Winograd);
            let [parameters, x, dy] = arguments(&conv);
            let found = passes(&mut conv, &parameters, &x, &dy, 1);
            let expected = naive(&conv, &parameters, &x, &dy, 2);
            for (found, expected) in found.iter().zip(&expected) {
                let largest = expected.iter().fold(0f32, |most, x| most.max(x.abs()));
                for (found, expected) in found.iter().zip(expected) {
                    let error = (found - expected).abs() / largest;
                    assert!(
                        error <= WINOGRAD_ERROR,
                        "{error:e}: {window:?}, {channels} to {filters}, {size:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn numbers_do_not_depend_on_threads() {
    let bits = |values: [Vec<f32>; 3]| {
        values.map(|values| values.into_iter().map(f32::to_bits).collect::<Vec<_>>())
    };
    for (taps, stride, channels) in [(3, 1, 32), (5, 1, 32), (3, 2, 32), (3, 1, 3)] {
        let mut conv = conv(Window::square(taps, stride, 1), channels, 32, (28, 28));
        let [parameters, x, dy] = arguments(&conv);
        let expected = bits(passes(&mut conv, &parameters, &x, &dy, 1));
        for threads in [2, 3] {
            assert!(
                bits(passes(&mut conv, &parameters, &x, &dy, threads)) == expected,
                "{threads} threads"
            );
        }
    }
}

/// A convolution of groups is one whose weights between the groups are zero.
#[test]
fn groups_are_convolutions_of_their_own() {
    for (layer, [channels, height, width]) in [
        ("conv 6 3x3 pad 1 groups 2", [4, 5, 6]),
        ("conv 32 3x3 pad 1 groups 2", [16, 9, 7]),
        ("conv 6 3x3 stride 2 groups 3", [3, 5, 6]),
        ("conv 5 2x3 pad same groups 5", [5, 4, 3]),
    ] {
        let Ok(LayerSpec::Conv(grouped)) = layer.parse() else { panic!("{layer}") };
        let input = Shape::Image { channels, height, width };
        let output = grouped.output_shape(input).unwrap();
        let place = LayerPlace { index: 0, input, output, flattened_from: input };
        let whole = Conv { groups: 1, ..grouped };
        let [of_groups, of_whole] = [grouped, whole].map(|conv| {
            let [weight, _] = &conv.parameters(&place)[..] else { panic!("{layer}") };
            weight.layout
        });
        // PyTorch's weights, and the same with zeros between the groups.
        let torch = numbers(of_groups.len(), 3);
        let of_filter = torch.len() / grouped.filters;
        let per_channel = of_filter / (channels / grouped.groups);
        let mut wide = vec![0.0; of_whole.len()];
        for filter in 0..grouped.filters {
            let group = filter / (grouped.filters / grouped.groups);
            let at = filter * channels * per_channel + group * of_filter;
            wide[at..at + of_filter].copy_from_slice(&torch[filter * of_filter..][..of_filter]);
        }
        let (batch, scored) = (3, 7);
        let x = numbers(scored * input.len(), 1);
        let given = numbers(batch * output.len(), 2);
        let run = |conv: Conv, layout: Layout, torch: &[f32], threads| {
            let mut layer = conv.build(&place, batch);
            layer.set_threads(threads);
            let mut parameters = vec![0.0; layout.len()];
            layout.import(torch, &mut parameters);
            parameters.extend(numbers(conv.filters, 4));
            let team = &ThreadTeam::new(threads);
            let (mut y, mode) = (vec![9.0; scored * output.len()], Mode::Inference);
            layer.forward(Forward { team, parameters: &parameters, x: &x, y: &mut y, mode });
            let x = &x[..batch * input.len()];
            let (mut dx, mut dy) = (vec![9.0; x.len()], given.clone());
            let mut gradients = vec![9.0; parameters.len()];
            layer.backward(Backward {
                team,
                trained: Trained::without_moments(&mut parameters, &mut gradients),
                update: Update::NONE,
                x,
                y: &y,
                dy: &mut dy,
                dx: Some(&mut dx),
            });
            let (d_weights, d_bias) = gradients.split_at(layout.len());
            [y, dx, layout.export(d_weights), d_bias.to_vec()]
        };
        let expected = run(whole, of_whole, &wide, 1);
        for threads in [1, 3] {
            let found = run(grouped, of_groups, &torch, threads);
            for part in [0, 1, 3] {
                close(&found[part], &expected[part], layer);
            }
            let of_filters = expected[2].chunks_exact(channels * per_channel).enumerate();
            let inside = of_filters.flat_map(|(filter, all)| {
                let group = filter / (grouped.filters / grouped.groups);
                all[group * of_filter..][..of_filter].to_vec()
            });
            close(&found[2], &inside.collect::<Vec<f32>>(), layer);
        }
    }
}

/// Winograd's method rounds.
fn close(found: &[f32], expected: &[f32], layer: &str) {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(1f32, |largest, x| largest.max(x.abs()));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-4 * largest, "{layer}: {found} {expected}");
    }
}

#[test]
fn groups_must_divide_channels_and_filters() {
    let image = Shape::Image { channels: 6, height: 5, width: 4 };
    for (layer, message) in [
        ("conv 8 3x3 groups 4", "has 4 groups, but 6 channels come in"),
        ("conv 8 3x3 groups 3", "has 3 groups, but 8 filters"),
    ] {
        let error = Architecture::parse(image, &format!("{layer}, flatten"), 3).unwrap_err();
        let hint = "hint: the number must be a multiple of the number of groups";
        assert_eq!(error.to_string(), format!("layer 1 `{layer}` {message}\n{hint}"));
    }
}
