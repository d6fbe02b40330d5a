//! A depthwise convolution is its formula, on any number of threads.

use super::*;
use crate::Shape;
use crate::layer::LayerSpec;
use crate::layer::execution::Mode;
use crate::trained::Trained;
use crate::update::Update;

/// Small whole numbers, so that sums are exact in any order.
fn numbers(len: usize, seed: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7919 + seed * 31) % 11) as f32 - 5.0).collect()
}

/// y, the gradients of the parameters, and dx, term by term.
fn naive(geometry: Geometry, parameters: &[f32], x: &[f32], dy: &[f32]) -> [Vec<f32>; 3] {
    let Geometry { input, output, window } = geometry;
    let (channels, bias) = (input.channels, &parameters[weights(geometry)..]);
    let mut y = vec![0.0; dy.len()];
    let mut gradients = vec![0.0; parameters.len()];
    let mut dx = vec![0.0; x.len()];
    for (at, y) in y.iter_mut().enumerate() {
        let (c, pixel) = (at % channels, at / channels);
        let (j, rest) = (pixel % output.width, pixel / output.width);
        let (i, image) = (rest % output.height, rest / output.height);
        *y = bias[c];
        gradients[weights(geometry) + c] += dy[at];
        for u in 0..window.height {
            for v in 0..window.width {
                let row = (i * window.stride.rows + u).wrapping_sub(window.pad.before.rows);
                let column =
                    (j * window.stride.columns + v).wrapping_sub(window.pad.before.columns);
                if row >= input.height || column >= input.width {
                    continue;
                }
                let from = ((image * input.height + row) * input.width + column) * channels + c;
                let w = (u * window.width + v) * channels + c;
                *y += x[from] * parameters[w];
                gradients[w] += x[from] * dy[at];
                dx[from] += dy[at] * parameters[w];
            }
        }
    }
    [y, gradients, dx]
}

fn geometry(layer: &str, input: Shape) -> Geometry {
    let Ok(LayerSpec::Depthwise(layer)) = layer.parse() else { panic!("{layer}") };
    let output = layer.window.output_shape(input, None).unwrap();
    Geometry { window: layer.window, input: Extent::of(input), output: Extent::of(output) }
}

#[test]
fn passes_are_the_formula_on_any_number_of_threads() {
    for (layer, [channels, height, width], batch) in [
        ("depthwise 3x3 pad same", [16, 7, 19], 33),
        ("depthwise 3x3 pad 1 stride 2", [19, 8, 9], 17),
        ("depthwise 3x3", [1, 3, 3], 1),
        ("depthwise 1x1", [40, 3, 5], 3),
        ("depthwise 1x1 stride 2 pad 1", [3, 4, 5], 2),
        ("depthwise 5x5 pad same", [8, 6, 11], 5),
        ("depthwise 2x4 pad same", [33, 5, 18], 4),
        ("depthwise 7x7 stride 3x2 pad 2x5", [5, 11, 9], 2),
        ("depthwise 3x3 pad 4", [17, 2, 3], 2),
        ("depthwise 2x3 stride 4x5 pad 3x2", [4, 9, 12], 2),
        ("depthwise 1x3 pad 0x1", [2, 1, 1], 16),
    ] {
        let geometry = geometry(layer, Shape::Image { channels, height, width });
        let x = numbers(batch * geometry.input.len(), 1);
        let given = numbers(batch * geometry.output.len(), 2);
        let mut parameters = numbers(weights(geometry) + channels, 3);
        let expected = naive(geometry, &parameters, &x, &given);
        for threads in [1, 3] {
            let team = &ThreadTeam::new(threads);
            let mut layer_as_built = DepthwiseConvolution::new(geometry);
            layer_as_built.set_threads(threads);
            // Twice, for what the first pass leaves behind must not change the second.
            for _ in 0..2 {
                let (mut y, mut dx) = (vec![9.0; given.len()], vec![9.0; x.len()]);
                let (mut dy, mut gradients) = (given.clone(), vec![9.0; parameters.len()]);
                let (mode, x) = (Mode::Inference, &x);
                let forward = Forward { team, parameters: &parameters, x, y: &mut y, mode };
                layer_as_built.forward(forward);
                layer_as_built.backward(Backward {
                    team,
                    trained: Trained::without_moments(&mut parameters, &mut gradients),
                    update: Update::NONE,
                    x,
                    y: &y,
                    dy: &mut dy,
                    dx: Some(&mut dx),
                });
                assert!([y, gradients, dx] == expected, "{layer} on {threads} threads");
            }
        }
    }
}

#[test]
fn relus_before_and_behind_are_part_of_the_passes() {
    let geometry =
        geometry("depthwise 3x3 pad 1", Shape::Image { channels: 5, height: 4, width: 6 });
    let rectified =
        |values: Vec<f32>| -> Vec<f32> { values.into_iter().map(|value| value.max(0.0)).collect() };
    let x = rectified(numbers(geometry.input.len(), 1));
    let mut dy = numbers(geometry.output.len(), 2);
    let mut parameters = numbers(weights(geometry) + 5, 3);
    let [y, gradients, dx] = naive(geometry, &parameters, &x, &dy);
    let masked: Vec<f32> =
        dx.iter().zip(&x).map(|(&dx, &x)| if x > 0.0 { dx } else { 0.0 }).collect();
    let mut layer = DepthwiseConvolution::new(geometry);
    assert!(layer.fuse_next_relu() && layer.fuse_previous_relu());
    let (team, mode) = (&ThreadTeam::new(1), Mode::Inference);
    let mut found = [vec![9.0; y.len()], vec![9.0; gradients.len()], vec![9.0; dx.len()]];
    let [found_y, found_gradients, found_dx] = &mut found;
    layer.forward(Forward { team, parameters: &parameters, x: &x, y: found_y, mode });
    layer.backward(Backward {
        team,
        trained: Trained::without_moments(&mut parameters, found_gradients),
        update: Update::NONE,
        x: &x,
        y: &y,
        dy: &mut dy,
        dx: Some(found_dx),
    });
    assert!(found == [rectified(y), gradients, masked]);
}

/// Fractions, so that sums in another order would differ.
#[test]
#[cfg(target_arch = "x86_64")]
fn vectors_of_any_width_give_the_same_bits() {
    use pulp::Simd;

    let (Some(wide), Some(narrow)) = (pulp::x86::V4::try_new(), pulp::x86::V3::try_new()) else {
        return;
    };
    let geometry = geometry("depthwise 3x3", Shape::Image { channels: 21, height: 9, width: 14 });
    let Geometry { input, output, .. } = geometry;
    let fractions = |len: usize| -> Vec<f32> {
        (0..len).map(|i| (i % 23) as f32 / (1 + i % 7) as f32).collect()
    };
    let (x, w, dy) = (fractions(input.len()), fractions(9 * 21), fractions(output.len()));
    let taps = DepthwiseConvolution::new(geometry).taps();
    let mut found = [(); 2].map(|()| (vec![0.0; dy.len()], vec![0.0; w.len()]));
    let [of_wide, of_narrow] = &mut found;
    let slide = |y| Slide { taps, x: &x, input, weights: &w, bias: Some(&w[..21]), y, output };
    let add = |sums| AddWeightGradient { taps, x: &x, input, dy: &dy, output, sums };
    Simd::vectorize(wide, slide(&mut of_wide.0));
    Simd::vectorize(narrow, slide(&mut of_narrow.0));
    Simd::vectorize(wide, add(&mut of_wide.1));
    Simd::vectorize(narrow, add(&mut of_narrow.1));
    assert!(found[0] == found[1]);
}
