use super::*;
use crate::kernel::{InstructionSet, instruction_set};

/// Small whole numbers, so that sums are exact in any order; about half of them are zero.
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
                            Known::default(),
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
    product.compute_sparse(&mut c, columns, &mut [0.0; SPARSE_SCRATCH], Known::default());
    let at = |row: usize, term: usize| a[row * inner + term];
    for row in 0..rows {
        // The last row has no other.
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

#[test]
fn rows_that_are_alike_share_a_sum_and_no_row_depends_on_where_a_begins() {
    for (run, runs) in [(8, 30), (20, 7), (32, 9), (100, 2)] {
        let (rows, inner, columns) = (140, run * runs, 133);
        // Row r is like the others in run k if that bit of its number is set; in the last run only
        // one row is marked.
        let is_marked = |row: usize, k: usize| {
            if k + 1 == runs { row == 70 } else { (row * 2654435761) >> (k % 20) & 3 == 0 }
        };
        let is_alike = |row: usize, k: usize| is_marked(row, k) && k + 1 < runs;
        let (mut a, b, start) =
            (numbers(rows * inner, 1), numbers(columns * inner, 2), numbers(columns, 3));
        let common = numbers(inner, 4);
        for at in (0..rows * inner).filter(|at| is_alike(at / inner, at % inner / run)) {
            a[at] = common[at % inner];
        }
        let mut sets = vec![0; rows.div_ceil(64) * runs];
        for (row, k) in (0..rows)
            .flat_map(|row| (0..runs).map(move |k| (row, k)))
            .filter(|&(row, k)| is_marked(row, k))
        {
            sets[row / 64 * runs + k] |= 1u64 << (row % 64);
        }
        let uneven: Vec<f32> = b.iter().enumerate().map(|(i, x)| x / (1 + i % 13) as f32).collect();
        let product = |b: &[f32], first: usize, knows: bool| {
            let product = Product {
                a: Matrix { data: &a[first * inner..], stride: inner, outer: 0, inner: 1 },
                b: Matrix { data: b, stride: 1, outer: 0, inner: columns },
                rows: rows - first,
                columns,
                outer: 1,
                inner,
                start: Start::Row(&start),
            };
            let mut c = vec![f32::NAN; (rows - first) * columns];
            let alike = knows.then_some(AlikeRows { sets: &sets, runs, run, before: first });
            product.compute_sparse(
                &mut c,
                columns,
                &mut [0.0; SPARSE_SCRATCH],
                Known { alike, ..Known::default() },
            );
            c
        };
        assert_eq!(product(&b, 0, true), product(&b, 0, false), "runs of {run}");
        // Sums in another order are others.
        let all = product(&uneven, 0, true);
        assert!(all != product(&uneven, 0, false), "what is alike is added by itself");
        for first in [8, 64, 100, 130] {
            assert!(
                product(&uneven, first, true) == all[first * columns..],
                "runs of {run}, from row {first} on"
            );
        }
    }
}

#[test]
#[should_panic(expected = "long runs of terms")]
fn rows_that_are_alike_in_short_runs_are_refused() {
    let a = Matrix { data: &[1.0; 8], stride: 8, outer: 0, inner: 1 };
    let b = Matrix { stride: 1, inner: 1, ..a };
    let product = Product { a, b, rows: 1, columns: 1, outer: 1, inner: 7, start: Start::Zero };
    let known = Known {
        alike: Some(AlikeRows { sets: &[], runs: 1, run: 7, before: 0 }),
        ..Known::default()
    };
    product.compute_sparse(&mut [0.0], 1, &mut [0.0; SPARSE_SCRATCH], known);
}

/// As the kernels multiply and add: rounding once, and twice on portable hardware.
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
        product.compute_sparse(&mut c, 1, &mut [0.0; SPARSE_SCRATCH], Known::default());
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
