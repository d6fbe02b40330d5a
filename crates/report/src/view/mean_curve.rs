//! The mean over runs at each epoch or step.

use fitroom_stats::Spread;

/// A run's curve: epoch or step, ascending and each once, and value. NaN: not measured.
pub type RunCurve = Vec<(f64, f64)>;

/// The mean over runs at each place that enough of them have.
pub struct MeanCurve {
    /// Epoch or step, ascending, and the spread over the runs that measured something there.
    pub points: Vec<(f64, Option<Spread>)>,
    /// How many places were left out, since fewer than half of the runs that go on there have them.
    pub rare: usize,
}

/// The mean over runs at each place. A place counts if at least half of the runs have it whose first
/// and last place it lies between: runs that log at steps of their own have no mean.
pub fn mean_curve<'a>(curves: impl Iterator<Item = &'a RunCurve> + Clone) -> MeanCurve {
    let mut values: Vec<(f64, f64)> = curves.clone().flatten().copied().collect();
    // Each run is in order, and so the sort only merges.
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ends = |end: fn(&RunCurve) -> Option<&(f64, f64)>| {
        let mut ends: Vec<f64> = curves.clone().filter_map(end).map(|&(at, _)| at).collect();
        ends.sort_by(f64::total_cmp);
        ends
    };
    let (firsts, lasts) = (ends(|curve| curve.first()), ends(|curve| curve.last()));
    let (mut begun, mut ended, mut rare) = (0, 0, 0);
    let mut points = Vec::new();
    for here in values.chunk_by(|a, b| a.0 == b.0) {
        let at = here[0].0;
        begun += firsts[begun..].iter().take_while(|first| **first <= at).count();
        ended += lasts[ended..].iter().take_while(|last| **last < at).count();
        if 2 * here.len() < begun - ended {
            rare += 1;
            continue;
        }
        let measured = here.iter().map(|&(_, value)| value).filter(|value| value.is_finite());
        points.push((at, Spread::of(measured)));
    }
    MeanCurve { points, rare }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_the_mean_of_the_runs_that_have_it() {
        let nan = f64::NAN;
        let curves: [RunCurve; 3] = [
            vec![(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)],
            vec![(1.0, 3.0), (2.0, nan), (3.0, 5.0)],
            vec![(1.0, 5.0)],
        ];
        let found = mean_curve(curves.iter());
        let short = |(at, spread): &(f64, Option<Spread>)| {
            (*at, spread.map(|spread| (spread.mean, spread.count)))
        };
        let points: Vec<_> = found.points.iter().map(short).collect();
        assert_eq!(points, [(1.0, Some((3.0, 3))), (2.0, Some((2.0, 1))), (3.0, Some((4.0, 2)))]);
        assert_eq!(found.rare, 0);
        let nothing: [RunCurve; 1] = [vec![(1.0, nan)]];
        assert_eq!(mean_curve(nothing.iter()).points, [(1.0, None)]);
        assert!(mean_curve([].iter()).points.is_empty());
    }

    #[test]
    fn runs_that_log_at_steps_of_their_own_have_no_mean_there() {
        let curve = |steps: [f64; 3]| steps.map(|at| (at, at)).to_vec();
        let curves =
            [curve([0.0, 10.0, 100.0]), curve([0.0, 11.0, 100.0]), curve([0.0, 12.0, 100.0])];
        let found = mean_curve(curves.iter());
        assert!(found.points.iter().map(|point| point.0).eq([0.0, 100.0]));
        assert_eq!(found.rare, 3);
    }
}
