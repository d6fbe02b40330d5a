use super::*;

/// Small whole numbers, so that sums are exact in any order.
fn numbers(len: usize, seed: u32) -> Vec<f32> {
    (0..len as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(seed * 97) >> 13) % 7)
        .map(|x| x as f32 - 3.0)
        .collect()
}

fn naive(product: &Product, c: &mut [f32], row_stride: usize) {
    for row in 0..product.rows {
        for column in 0..product.columns {
            let to = &mut c[row * row_stride + column];
            let mut sum = match product.start {
                Start::Zero => 0.0,
                Start::Accumulate => *to,
                Start::Row(start) => start[column],
            };
            for outer in 0..product.outer {
                for inner in 0..product.inner {
                    let at = |m: &Matrix, along| {
                        m.data[along * m.stride + outer * m.outer + inner * m.inner]
                    };
                    sum += at(&product.a, row) * at(&product.b, column);
                }
            }
            *to = sum;
        }
    }
}

fn check(product: &Product, row_stride: usize) {
    let mut c = numbers(product.rows * row_stride, 9);
    let mut expected = c.clone();
    product.compute(&mut c, row_stride);
    naive(product, &mut expected, row_stride);
    let shape = (product.rows, product.columns, product.outer, product.inner);
    assert_eq!(c, expected, "rows, columns, outer, inner = {shape:?}");
}

#[test]
fn agrees_with_a_naive_loop_on_odd_sizes() {
    for rows in [1, 2, 3, 5, 8, 13, 14, 15, 29, 31] {
        for columns in [1, 3, 10, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 65, 100] {
            for inner in [1, 7, 18] {
                let (a, b, start) =
                    (numbers(rows * inner, 1), numbers(columns * inner, 2), numbers(columns, 3));
                let row_major = |data, stride| Matrix { data, stride, outer: 0, inner: 1 };
                let column_major = |data, inner| Matrix { data, stride: 1, outer: 0, inner };
                for a in [row_major(&a, inner), column_major(&a, rows)] {
                    let b = column_major(&b, columns);
                    for start in [Start::Zero, Start::Accumulate, Start::Row(&start)] {
                        check(
                            &Product { a, b, rows, columns, outer: 1, inner, start },
                            columns + 3,
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn sums_of_several_blocks_agree_with_a_naive_loop() {
    let (rows, columns, inner) = (9, 50, 2 * BLOCK + 77);
    let (a, b) = (numbers(rows * inner, 1), numbers(columns * inner, 2));
    let b = Matrix { data: &b, stride: 1, outer: 0, inner: columns };
    let a = Matrix { data: &a, stride: inner, outer: 0, inner: 1 };
    check(&Product { a, b, rows, columns, outer: 1, inner, start: Start::Zero }, columns);
}

#[test]
fn two_indices_read_the_windows_of_a_convolution() {
    // A 3×2 window moves with stride 2 over a 6×9 image of 5 channels, so rows of A overlap.
    let (width, channels, filters, stride) = (9, 5, 33, 2);
    let (image, weights) =
        (numbers(6 * width * channels, 1), numbers(3 * 2 * channels * filters, 2));
    let product = Product {
        a: Matrix { data: &image, stride: stride * channels, outer: width * channels, inner: 1 },
        b: Matrix { data: &weights, stride: 1, outer: 2 * channels * filters, inner: filters },
        rows: (width - 2) / stride + 1,
        columns: filters,
        outer: 3,
        inner: 2 * channels,
        start: Start::Zero,
    };
    check(&product, filters);
}

#[test]
#[should_panic(expected = "B is too small")]
fn a_matrix_that_is_too_small_is_refused() {
    let matrix = |data| Matrix { data, stride: 1, outer: 0, inner: 4 };
    let (a, b) = ([0.0; 16], [0.0; 15]);
    let product = Product {
        a: matrix(&a),
        b: matrix(&b),
        rows: 4,
        columns: 4,
        outer: 1,
        inner: 4,
        start: Start::Zero,
    };
    product.compute(&mut [0.0; 16], 4);
}
