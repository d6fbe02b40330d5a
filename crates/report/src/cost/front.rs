//! The Pareto front of points with a cost and a score.

/// The points that no other point dominates, the cheapest first: no other has at least its score
/// for at most its cost, and one of both better. A point is a name, a cost and a score. Costs count as
/// the same up to the factor `same`, at least 1: then the higher score decides.
///
/// Each point is compared with each: there are at most [`MOST_SHOWN`](crate::MOST_SHOWN).
pub fn pareto_front(points: &[(usize, f64, f64)], same: f64) -> Vec<usize> {
    let dominates = |one: &(usize, f64, f64), other: &(usize, f64, f64)| {
        one.1 <= same * other.1 && one.2 >= other.2 && (same * one.1 < other.1 || one.2 > other.2)
    };
    let is_free = |point: &&(usize, f64, f64)| !points.iter().any(|one| dominates(one, point));
    let mut front: Vec<_> = points.iter().filter(is_free).collect();
    front.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    front.into_iter().map(|point| point.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kung, Luccio, Preparata: On finding the maxima of a set of vectors, 1975: in two dimensions,
    /// sort by cost and keep each new highest score.
    fn by_sorting(points: &[(usize, f64, f64)]) -> Vec<usize> {
        let mut sorted = points.to_vec();
        sorted.sort_by(|a, b| a.1.total_cmp(&b.1).then(b.2.total_cmp(&a.2)).then(a.0.cmp(&b.0)));
        let mut front: Vec<(usize, f64, f64)> = Vec::new();
        for point in sorted {
            let is_on_front = front.last().is_none_or(|&(_, cost, score)| {
                point.2 > score || (point.2 == score && point.1 == cost)
            });
            if is_on_front {
                front.push(point);
            }
        }
        front.into_iter().map(|(name, ..)| name).collect()
    }

    #[test]
    fn a_front_is_what_nothing_dominates() {
        assert_eq!(pareto_front(&[], 1.0), [0; 0]);
        assert_eq!(pareto_front(&[(7, 1.0, 0.5)], 1.0), [7]);
        // Equal points stay both; of equal costs the higher stays, of equal scores the cheaper.
        let points = [(0, 1.0, 0.5), (1, 1.0, 0.5), (2, 1.0, 0.4), (3, 2.0, 0.5), (4, 3.0, 0.6)];
        assert_eq!(pareto_front(&points, 1.0), [0, 1, 4]);
    }

    #[test]
    fn costs_that_count_as_the_same_are_won_by_the_score() {
        let points =
            [(0, 1.00, 0.5), (1, 1.05, 0.6), (2, 1.5, 0.6), (3, 1.55, 0.7), (4, 9.0, 0.65)];
        assert_eq!(pareto_front(&points, 1.0), [0, 1, 3]);
        assert_eq!(pareto_front(&points, 1.1), [1, 3]);
    }

    #[test]
    fn it_agrees_with_an_algorithm_on_many_points() {
        for seed in 0..200_usize {
            let number = |at: usize, of: usize| {
                ((seed * 31 + at * 17 + of * 101).wrapping_mul(2_654_435_761) >> 7) % 9
            };
            let points: Vec<(usize, f64, f64)> =
                (0..12).map(|at| (at, number(at, 1) as f64, number(at, 2) as f64)).collect();
            assert_eq!(pareto_front(&points, 1.0), by_sorting(&points), "{points:?}");
        }
    }
}
