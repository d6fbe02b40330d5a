//! The part of curves that is drawn: inside a range, and with few enough points.

use super::curve_network::CurveNetwork;

/// Most points of a mean.
const MOST_MEAN_POINTS: usize = 1000;
/// Most points of all runs together.
const MOST_SEED_POINTS: usize = 120_000;
/// Most runs that are drawn, of all networks together.
pub const MOST_RUNS: usize = 1000;

/// Cuts curves to a range of epochs or steps with a neighbour on either side, and leaves out runs and
/// points that are too many. Returns how many runs there were and how many are left.
pub fn cut(networks: &mut [CurveNetwork], x: Option<(f64, f64)>) -> (usize, usize) {
    let count = |networks: &[CurveNetwork]| networks.iter().map(|it| it.seeds.len()).sum();
    let all: usize = count(networks);
    let most = fair_share(networks.iter().map(|it| it.seeds.len()).collect(), MOST_RUNS);
    for network in networks.iter_mut() {
        network.seeds.truncate(most);
    }
    let left: usize = count(networks);
    let most_points = (MOST_SEED_POINTS / left.max(1)).clamp(50, MOST_MEAN_POINTS);
    for network in networks {
        network.points = thinned(within(&network.points, x, |it| it.epoch), MOST_MEAN_POINTS);
        for seed in &mut network.seeds {
            seed.points = thinned(within(&seed.points, x, |it| it.0), most_points);
        }
    }
    (all, left)
}

/// The largest number of which each count may take so many without all of them taking more than `most`.
fn fair_share(mut counts: Vec<usize>, most: usize) -> usize {
    counts.sort_unstable();
    let (mut left, mut share) = (most, most);
    for (done, &count) in counts.iter().enumerate() {
        share = left / (counts.len() - done);
        if count > share {
            break;
        }
        left -= count;
        share = most;
    }
    share
}

/// The points of a range, and one more on either side, to which lines go on.
fn within<T>(points: &[T], x: Option<(f64, f64)>, at: fn(&T) -> f64) -> &[T] {
    let Some((low, high)) = x else { return points };
    let first = points.partition_point(|point| at(point) < low).saturating_sub(1);
    let last = points.partition_point(|point| at(point) <= high).saturating_add(1);
    &points[first..last.min(points.len())]
}

/// Every so many points and the last one, so that few enough are left.
pub fn thinned<T: Clone>(points: &[T], most: usize) -> Vec<T> {
    let every = points.len().div_ceil(most).max(1);
    let mut kept: Vec<T> = points.iter().step_by(every).cloned().collect();
    if let Some(last) = points.last()
        && !(points.len() - 1).is_multiple_of(every)
    {
        kept.push(last.clone());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_keeps_a_neighbour_on_either_side() {
        let points = [1.0, 2.0, 3.0, 4.0, 5.0];
        let of = |x| within(&points, x, |at| *at);
        assert_eq!(of(Some((2.5, 3.5))), [2.0, 3.0, 4.0]);
        assert_eq!(of(Some((2.4, 2.6))), [2.0, 3.0]);
        assert_eq!(of(Some((7.0, 9.0))), [5.0]);
        assert_eq!(of(None), points);
        assert!(within(&[], Some((0.0, 1.0)), |at: &f64| *at).is_empty());
    }

    #[test]
    fn the_first_and_the_last_point_always_stay() {
        let points: Vec<usize> = (0..1001).collect();
        let kept = thinned(&points, 100);
        assert!(kept.len() <= 101 && kept[0] == 0 && kept[kept.len() - 1] == 1000);
        assert_eq!(thinned(&points[..10], 10), points[..10]);
        assert!(thinned(&points[..0], 10).is_empty());
    }

    #[test]
    fn networks_with_few_runs_leave_their_share_to_others() {
        assert_eq!(fair_share(vec![5, 5], 1000), 1000);
        assert_eq!(fair_share(vec![2000], 1000), 1000);
        assert_eq!(fair_share(vec![2000, 100], 1000), 900);
        assert_eq!(fair_share(vec![600, 600], 1000), 500);
        assert_eq!(fair_share(vec![], 1000), 1000);
    }
}
