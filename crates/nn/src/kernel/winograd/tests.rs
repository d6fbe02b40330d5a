//! The transforms against their matrices, term by term.

use super::*;

const A: [[f32; 4]; 6] = [
    [1.0, 0.0, 0.0, 0.0],
    [1.0, 1.0, 1.0, 1.0],
    [1.0, -1.0, 1.0, -1.0],
    [1.0, 2.0, 4.0, 8.0],
    [1.0, -2.0, 4.0, -8.0],
    [0.0, 0.0, 0.0, 1.0],
];
const B_T: [[f32; 6]; 6] = [
    [4.0, 0.0, -5.0, 0.0, 1.0, 0.0],
    [0.0, -4.0, -4.0, 1.0, 1.0, 0.0],
    [0.0, 4.0, -4.0, -1.0, 1.0, 0.0],
    [0.0, -2.0, -1.0, 2.0, 1.0, 0.0],
    [0.0, 2.0, -1.0, -2.0, 1.0, 0.0],
    [0.0, 4.0, 0.0, -5.0, 0.0, 1.0],
];
const G: [[f32; 3]; 6] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

/// A for 2 outputs.
const A_2: [[f32; 2]; 6] =
    [[1.0, 0.0], [1.0, 1.0], [1.0, -1.0], [1.0, 2.0], [1.0, -2.0], [0.0, 1.0]];
/// G for 5 weights.
const G_5: [[f32; 5]; 6] = [
    [1.0 / 4.0, 0.0, 0.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0, 1.0 / 3.0, 2.0 / 3.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0, -1.0 / 3.0, 2.0 / 3.0],
    [0.0, 0.0, 0.0, 0.0, 1.0],
];

/// M·x·Mᵀ, term by term.
fn naive(m: &[&[f32]], x: &dyn Fn(usize, usize) -> f32) -> Vec<Vec<f32>> {
    let inner = m[0].len();
    let term = |row: &[f32], column: &[f32]| {
        (0..inner)
            .flat_map(|u| (0..inner).map(move |v| (u, v)))
            .map(|(u, v)| row[u] * x(u, v) * column[v])
            .sum()
    };
    m.iter().map(|row| m.iter().map(|column| term(row, column)).collect()).collect()
}

fn rows<const R: usize, const C: usize>(m: &[[f32; C]; R]) -> Vec<&[f32]> {
    m.iter().map(|row| &row[..]).collect()
}

fn transposed<const R: usize, const C: usize>(m: &[[f32; C]; R]) -> Vec<Vec<f32>> {
    (0..C).map(|c| m.iter().map(|row| row[c]).collect()).collect()
}

fn numbers(len: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7919) % 23) as f32 - 11.0).collect()
}

fn near(found: f32, expected: f32, what: &str) {
    assert!(
        (found - expected).abs() <= 1e-5 * (1.0 + expected.abs()),
        "{what}: {found}, by the formula {expected}"
    );
}

/// Grids of odd extents, so that windows cross every edge, with channels that don't fill a vector.
fn grids(form: Form, pad: usize) -> impl Iterator<Item = Grid> {
    let (height, width, step) = (9, 7, form.tile());
    let (down, across) = (9_usize.div_ceil(step), 7_usize.div_ceil(step));
    [1, 3, 16, 21, 37].into_iter().map(move |channels| Grid {
        height,
        width,
        channels,
        down,
        across,
        step,
        pad,
    })
}

/// A value of an image, zero outside of it.
fn value(images: &[f32], grid: Grid, window: usize, u: usize, v: usize, channel: usize) -> f32 {
    let (image, window) = (window / grid.len(), window % grid.len());
    let row = (window / grid.across * grid.step + u).wrapping_sub(grid.pad);
    let column = (window % grid.across * grid.step + v).wrapping_sub(grid.pad);
    if row >= grid.height || column >= grid.width {
        return 0.0;
    }
    images[((image * grid.height + row) * grid.width + column) * grid.channels + channel]
}

#[test]
fn planes_are_the_formula_of_their_windows() {
    for (form, grid) in [Form::Of3x3, Form::Of5x5]
        .into_iter()
        .flat_map(|form| grids(form, 1).map(move |g| (form, g)))
    {
        let images = numbers(3 * grid.image_len());
        let part = TileRange { first: 2, count: 15, stride: 15 * grid.channels + 5 };
        let mut planes = vec![f32::NAN; PLANES * part.stride];
        let a = if form == Form::Of3x3 { rows(&A) } else { rows(&A_2) };
        for (m, gradient) in [(rows(&B_T), false), (a, true)] {
            match gradient {
                false => transform_input(&images, grid, part, &mut planes),
                true => transform_output_gradient(form, &images, grid, part, &mut planes),
            }
            for window in 0..part.count {
                for c in 0..grid.channels {
                    let expected =
                        naive(&m, &|u, v| value(&images, grid, part.first + window, u, v, c));
                    for (plane, &expected) in expected.iter().flatten().enumerate() {
                        near(
                            planes[plane * part.stride + window * grid.channels + c],
                            expected,
                            "plane",
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn tiles_are_the_formula_of_their_planes_and_nothing_else_is_written() {
    let (a_t_4, a_t_2) = (transposed(&A), transposed(&A_2));
    for (form, grid) in [Form::Of3x3, Form::Of5x5]
        .into_iter()
        .flat_map(|form| grids(form, 0).map(move |g| (form, g)))
    {
        let (a_t, tile) = (if form == Form::Of3x3 { &a_t_4 } else { &a_t_2 }, form.tile());
        let a_t: Vec<&[f32]> = a_t.iter().map(|row| &row[..]).collect();
        let part = TileRange { first: 1, count: 10, stride: 10 * grid.channels + 3 };
        let planes = numbers(PLANES * part.stride);
        let bias: Vec<f32> = (0..grid.channels).map(|c| c as f32).collect();
        let rectified = numbers(2 * grid.image_len());
        for end in [End::Plain, End::Sum(&bias), End::RectifiedSum(&bias), End::Masked(&rectified)]
        {
            let mut images = vec![f32::NAN; 2 * grid.image_len()];
            transform_output(form, &planes, part, &mut images, grid, end);
            let mut written = 0;
            for window in 0..part.count {
                for c in 0..grid.channels {
                    let plane =
                        |u, v| planes[(u * WINDOW + v) * part.stride + window * grid.channels + c];
                    let expected = naive(&a_t, &plane);
                    for (u, v) in (0..tile).flat_map(|u| (0..tile).map(move |v| (u, v))) {
                        let found = value(&images, grid, part.first + window, u, v, c);
                        let (down, across) = {
                            let window = (part.first + window) % grid.len();
                            (window / grid.across, window % grid.across)
                        };
                        if down * tile + u < grid.height && across * tile + v < grid.width {
                            let y = expected[u][v];
                            let expected = match end {
                                End::Sum(bias) => y + bias[c],
                                End::RectifiedSum(bias) => (y + bias[c]).max(0.0),
                                End::Masked(by)
                                    if value(by, grid, part.first + window, u, v, c) <= 0.0 =>
                                {
                                    0.0
                                }
                                End::Masked(_) | End::Plain => y,
                            };
                            near(found, expected, "output");
                            written += 1;
                        }
                    }
                }
            }
            assert_eq!(images.iter().filter(|x| !x.is_nan()).count(), written);
        }
    }
}

#[test]
fn transforms_of_weights_and_of_their_gradient_are_the_formula() {
    let forms =
        [(Form::Of3x3, rows(&G), transposed(&G)), (Form::Of5x5, rows(&G_5), transposed(&G_5))];
    for ((form, g, g_t), channels) in
        forms.iter().flat_map(|form| [1, 15, 16, 35].map(|channels| (form, channels)))
    {
        let g_t: Vec<&[f32]> = g_t.iter().map(|row| &row[..]).collect();
        let taps = form.taps();
        let weights = numbers(taps * taps * channels);
        let mut planes = vec![f32::NAN; PLANES * channels];
        transform_weights(*form, &weights, channels, &mut planes);
        let mut gradient = weights.clone();
        add_weight_gradient(*form, &planes, channels, &mut gradient);
        for c in 0..channels {
            let expected = naive(g, &|u, v| weights[(u * taps + v) * channels + c]);
            for (plane, &expected) in expected.iter().flatten().enumerate() {
                near(planes[plane * channels + c], expected, "weights");
            }
            let expected = naive(&g_t, &|u, v| planes[(u * WINDOW + v) * channels + c]);
            for (place, &expected) in expected.iter().flatten().enumerate() {
                let at = place * channels + c;
                near(gradient[at], weights[at] + expected, "gradient");
            }
        }
    }
}

#[test]
#[should_panic(expected = "an image is missing")]
fn a_window_outside_of_the_images_is_refused() {
    let grid = grids(Form::Of3x3, 1).next().unwrap();
    let part = TileRange { first: 0, count: 7, stride: 7 };
    transform_input(&numbers(grid.image_len()), grid, part, &mut [0.0; 7 * PLANES]);
}

#[test]
fn products_of_planes_agree_with_a_naive_loop_on_odd_sizes() {
    for (rows, columns, terms) in
        [(1, 1, 1), (13, 40, 9), (31, 17, 5), (16, 33, 28), (29, 64, 3), (14, 7, 16)]
    {
        let (a, b) = (numbers(4 * (rows * terms + 3)), numbers(4 * columns * terms));
        let by_rows = (Planes { data: &a, stride: rows * terms + 3, term: 1 }, terms);
        let by_terms = (Planes { data: &a, stride: rows * terms + 3, term: rows }, 1);
        for (a, a_row) in [by_rows, by_terms] {
            let b = Planes { data: &b, stride: columns * terms, term: columns };
            let next = [&a.data[..a.data.len() / 2], b.data, a.data];
            let products = PlaneProducts { a, a_row, b, rows, columns, terms, next };
            let stride = rows * columns + 5;
            let before = numbers(3 * stride);
            for add in [false, true] {
                let mut c = before.clone();
                match add {
                    false => products.write(1..4, &mut c, stride),
                    true => products.add(1..4, &mut c, stride),
                }
                for (at, (&found, &before)) in c.iter().zip(&before).enumerate() {
                    let (plane, row, column) =
                        (1 + at / stride, at % stride / columns, at % stride % columns);
                    let a = |term| a.data[plane * a.stride + row * a_row + term * a.term];
                    let b = |term| b.data[plane * b.stride + term * b.term + column];
                    let expected = match row < rows {
                        true => {
                            (0..terms).map(|term| a(term) * b(term)).sum::<f32>()
                                + if add { before } else { 0.0 }
                        }
                        false => before,
                    };
                    assert_eq!(
                        found, expected,
                        "{rows} rows, {columns} columns, {terms} terms, plane {plane}"
                    );
                }
            }
        }
    }
}

#[test]
fn planes_prefetch_every_slice_once_together() {
    let values = numbers(1000);
    let factor = Planes { data: &values, stride: 1, term: 1 };
    for next in
        [[&values[..700], &values[700..], &[]], [&values[..300], &values[300..800], &values[800..]]]
    {
        let products =
            PlaneProducts { a: factor, a_row: 1, b: factor, rows: 1, columns: 1, terms: 1, next };
        let slices = next.iter().filter(|slice| !slice.is_empty()).count();
        for planes in [3, 18, 35, 36] {
            let shares = |slice: usize| {
                (slice..planes).step_by(slices).flat_map(|plane| products.share(plane, planes))
            };
            assert!((0..slices).flat_map(shares).eq(&values), "{planes} planes, {slices} slices");
        }
    }
}

#[test]
#[should_panic(expected = "C is too small")]
fn a_product_outside_of_its_planes_is_refused() {
    let values = numbers(4 * PLANES);
    let factor = Planes { data: &values, stride: 4, term: 2 };
    let products = PlaneProducts {
        a: factor,
        a_row: 1,
        b: factor,
        rows: 2,
        columns: 2,
        terms: 2,
        next: [&values, &values, &[]],
    };
    products.write(0..PLANES, &mut [0.0; 4 * PLANES - 1], 4);
}
