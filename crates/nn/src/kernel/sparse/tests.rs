use super::*;
use crate::kernel::{InstructionSet, instruction_set};

/// Small whole numbers, so that sums are exact in any order. About half of them are zero.
fn numbers(len: usize, seed: u32) -> Vec<f32> {
    let hash = |i: u32| i.wrapping_mul(2_654_435_761).wrapping_add(seed.wrapping_mul(40_503)) >> 13;
    (0..len as u32)
        .map(|i| (hash(i) % 7) as f32 - 3.0)
        .map(|x| if x < 0.0 { 0.0 } else { x })
        .collect()
}

#[test]
fn agrees_with_the_dense_product_on_odd_sizes() {
    for rows in [1, 5, 63, 64, 65, 130] {
        for columns in [1, 10, 16, 40, 64, 65, 128, 129, 300] {
            for inner in [1, 63, 64, 200] {
                let (a, b, start) =
                    (numbers(rows * inner, 1), numbers(columns * inner, 2), numbers(columns, 3));
                let b = Matrix { data: &b, stride: 1, outer: 0, inner: columns };
                for a in [
                    Matrix { data: &a, stride: inner, outer: 0, inner: 1 },
                    Matrix { data: &a, stride: 1, outer: 0, inner: rows },
                ] {
                    for start in [Start::Zero, Start::Accumulate, Start::Row(&start)] {
                        let product = Product { a, b, rows, columns, outer: 1, inner, start };
                        let row_stride = columns + 3;
                        let mut sparse = numbers(rows * row_stride, 9);
                        let mut dense = sparse.clone();
                        product.compute_sparse(
                            &mut sparse,
                            row_stride,
                            &mut [0.0; SPARSE_SCRATCH],
                            None,
                        );
                        product.compute(&mut dense, row_stride);
                        assert_eq!(
                            sparse,
                            dense,
                            "rows, columns, inner = {:?}",
                            (rows, columns, inner)
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn terms_are_added_in_the_stated_order() {
    let (rows, columns, inner) = (69, 40, 200);
    let uneven = |values: Vec<f32>| {
        values.iter().enumerate().map(|(i, x)| x / (1 + i % 13) as f32).collect()
    };
    let (a, b): (Vec<f32>, Vec<f32>) =
        (uneven(numbers(rows * inner, 1)), uneven(numbers(columns * inner, 2)));
    let product = Product {
        a: Matrix { data: &a, stride: inner, outer: 0, inner: 1 },
        b: Matrix { data: &b, stride: 1, outer: 0, inner: columns },
        rows,
        columns,
        outer: 1,
        inner,
        start: Start::Zero,
    };
    let mut c = vec![0.0; rows * columns];
    product.compute_sparse(&mut c, columns, &mut [0.0; SPARSE_SCRATCH], None);
    let at = |row: usize, term: usize| a[row * inner + term];
    for row in 0..rows {
        // The last row has no partner.
        let other = row ^ 1;
        let is_shared = |&term: &usize| other < rows && at(other, term) != 0.0;
        for column in 0..columns {
            let mut sum = 0.0_f32;
            let mut add = |term: usize| sum = fused(at(row, term), b[term * columns + column], sum);
            for block in (0..inner).step_by(64) {
                let terms = || (block..inner.min(block + 64)).filter(|&term| at(row, term) != 0.0);
                terms().filter(is_shared).for_each(&mut add);
                terms().filter(|term| !is_shared(term)).for_each(&mut add);
            }
            assert_eq!(
                c[row * columns + column].to_bits(),
                sum.to_bits(),
                "row {row}, column {column}"
            );
        }
    }
}

/// a·b + c as the kernels compute it: rounded once, or twice on the portable instruction set.
fn fused(a: f32, b: f32, c: f32) -> f32 {
    match instruction_set() {
        Ok(InstructionSet::Portable) => a * b + c,
        _ => a.mul_add(b, c),
    }
}

#[test]
fn zeros_are_left_out_and_nothing_else() {
    // 0 · NaN would be NaN.
    let product = |a: &[f32]| {
        let product = Product {
            a: Matrix { data: a, stride: 2, outer: 0, inner: 1 },
            b: Matrix { data: &[f32::NAN, 3.0], stride: 1, outer: 0, inner: 1 },
            rows: 1,
            columns: 1,
            outer: 1,
            inner: 2,
            start: Start::Zero,
        };
        let mut c = [9.0];
        product.compute_sparse(&mut c, 1, &mut [0.0; SPARSE_SCRATCH], None);
        c[0]
    };
    assert_eq!(product(&[0.0, 2.0]), 6.0);
    assert_eq!(product(&[-0.0, 2.0]), 6.0);
    assert!(product(&[1e-40, 2.0]).is_nan());
    assert!(product(&[f32::NAN, 0.0]).is_nan());
}

#[test]
fn images_and_what_a_relu_leaves_are_sparse() {
    let every =
        |n: usize| (0..20_000).map(|i| if i % n == 0 { 0.0 } else { 1.0 }).collect::<Vec<f32>>();
    assert!(is_sparse(&numbers(20_000, 1)));
    assert!(is_sparse(&every(2)) && !is_sparse(&every(4)));
    assert!(!is_sparse(&[]) && is_sparse(&[0.0; 16]) && !is_sparse(&[1.0; 100]));
}
