//! Numbers of seeds and powers against those of statsmodels.

use fitroom_stats::{SIGNIFICANCE_LEVEL, SeedsNeeded, seeds_needed, t_test_power};

/// tests/fixtures/power.py made the numbers.
#[test]
fn a_grid_of_seeds_and_powers_agrees_with_statsmodels() {
    let rows = include_str!("fixtures/power.csv").lines().skip(1);
    let mut seen = 0;
    for row in rows {
        let numbers: Vec<f64> = row.split(',').map(|number| number.parse().unwrap()).collect();
        let [effect, comparisons, seeds, power_before, power] = numbers[..] else {
            panic!("{row}")
        };
        let level = SIGNIFICANCE_LEVEL / comparisons;
        for (n, expected) in [(seeds - 1.0, power_before), (seeds, power)] {
            let found = t_test_power(n, effect, level);
            assert!((found - expected).abs() < 1e-7, "{row}: power {found} with {n} seeds");
        }
        // Where few signs pass, the sign-flip test needs a seed more than the t test.
        if level * 2.0_f64.powf(seeds - 1.0) >= 64.0 {
            let found = seeds_needed(effect * 0.004, 0.004, level);
            assert_eq!(found, SeedsNeeded::About(seeds as usize), "{row}");
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}

/// statrs' density of χ² overflows from 233 seeds on, so that these were "about 232".
#[test]
fn several_hundred_seeds_are_counted_right() {
    let seeds = |effect, comparisons: f64| seeds_needed(effect, 1.0, 0.05 / comparisons);
    assert_eq!(seeds(0.15, 1.0), SeedsNeeded::About(351));
    assert_eq!(seeds(0.2, 7.0), SeedsNeeded::About(316));
    assert_eq!(seeds(0.2, 22.0), SeedsNeeded::About(384));
}

#[test]
fn two_and_three_pairs_have_a_power_too() {
    // SciPy 1.17: `nct.sf(t.ppf(0.975, 1), 1, 10 * sqrt(2)) + nct.cdf(-t.ppf(0.975, 1), 1, ...)`.
    assert!((t_test_power(2.0, 10.0, 0.05) - 0.7328195898057123).abs() < 1e-6);
    // statsmodels 0.15: `TTestPower().power(3, 3, 0.05)`.
    assert!((t_test_power(3.0, 3.0, 0.05) - 0.7452680070062834).abs() < 1e-6);
}
