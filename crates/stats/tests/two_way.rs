//! The interval over seeds and images, against NumPy and in simulated studies.

mod common;

use common::{Random, share};
use fitroom_stats::{SeedsByImages, Spread, t_interval};

/// tests/fixtures/two_way.py made the numbers.
#[test]
fn means_and_intervals_agree_with_numpy() {
    for line in include_str!("fixtures/two_way.txt").lines() {
        let (numbers, rows) = line.split_once(':').unwrap();
        let expected: Vec<f64> = numbers.split(' ').map(|number| number.parse().unwrap()).collect();
        let cell = |byte| f64::from(i8::from(byte == b'+') - i8::from(byte == b'-'));
        let rows: Vec<Vec<f64>> =
            rows.split(' ').map(|row| row.bytes().map(cell).collect()).collect();
        let mut table = SeedsByImages::new(rows[0].len());
        rows.iter().for_each(|row| table.add(row));
        let found = table.mean().unwrap();
        let (low, high) = found.interval;
        for (found, expected) in
            [found.mean, found.error, found.freedom, low, high].into_iter().zip(expected)
        {
            assert!((found - expected).abs() < 1e-8 * expected.abs().max(1.0), "{found} {numbers}");
        }
    }
}

const SEEDS: usize = 10;
const IMAGES: usize = 2000;

/// Which images are hard for one network: 15% are.
fn hard(random: &mut Random) -> Vec<bool> {
    (0..IMAGES).map(|_| random.uniform() < 0.15).collect()
}

/// Whether each image is classified rightly: with a chance of a half where it is hard, and of 0.95
/// where it is not, and with what the seed adds.
fn correct(random: &mut Random, hard: &[bool]) -> Vec<bool> {
    let of_seed = 0.003 * random.normal();
    let chance = |hard: bool| of_seed + if hard { 0.5 } else { 0.95 };
    hard.iter().map(|&hard| random.uniform() < chance(hard)).collect()
}

/// Both networks are alike over all seeds and images, but each finds other images hard.
#[test]
fn the_interval_holds_the_true_difference_as_often_as_it_says() {
    const STUDIES: usize = 1000;
    let mut random = Random(6);
    let mut seeds_alone = 0;
    let both = share(STUDIES, || {
        let (candidate, baseline) = (hard(&mut random), hard(&mut random));
        let mut table = SeedsByImages::new(IMAGES);
        let mut differences = Vec::new();
        for _ in 0..SEEDS {
            let rights = correct(&mut random, &candidate);
            let others = correct(&mut random, &baseline);
            let cell = |(&a, &b)| f64::from(i8::from(a) - i8::from(b));
            let row: Vec<f64> = rights.iter().zip(&others).map(cell).collect();
            table.add(&row);
            differences.push(row.iter().sum::<f64>() / IMAGES as f64);
        }
        let holds_zero = |(low, high): (f64, f64)| low <= 0.0 && high >= 0.0;
        let of_seeds = t_interval(&Spread::of(differences).unwrap(), 0.0).unwrap();
        seeds_alone += usize::from(holds_zero(of_seeds));
        holds_zero(table.mean().unwrap().interval)
    });
    let seeds_alone = seeds_alone as f64 / STUDIES as f64;
    println!("coverage: {both}; of the seeds' t interval: {seeds_alone}");
    assert!((0.93..=0.97).contains(&both), "{both}");
    assert!(seeds_alone < 0.8, "{seeds_alone}");
}
