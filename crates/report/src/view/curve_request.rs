//! What a reader picked of the curves.

use super::error::{ViewError, check_network, check_range};
use super::measure::CurveMeasure;
use crate::plot::SERIES;

/// What a reader picked of the curves.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveRequest {
    /// Indices of networks; empty: all. A figure shows at most as many as have colours of their own,
    /// and says which it leaves out.
    pub networks: Vec<usize>,
    /// What the curves are of.
    pub measure: CurveMeasure,
    /// Which lines stand for a network.
    pub lines: Lines,
    /// The weight of what came before, from 0, which smooths nothing, to below 1, as TensorBoard's.
    pub smoothing: f64,
    /// Whether the axis of values is logarithmic.
    pub logarithmic: bool,
    /// The part of the epochs or steps to show; `None`: all.
    pub x: Option<(f64, f64)>,
    /// The part of the values to show, as they are drawn: accuracies in percent. `None`: those that are
    /// there, without far outliers.
    pub y: Option<(f64, f64)>,
}

/// Which lines stand for a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// The mean over runs, in a band of one standard deviation above and below.
    Bands,
    /// Each run faint, and their mean bold.
    EverySeed,
}

/// The networks to show, and those that were asked for and are too many.
pub struct Picked {
    /// Indices of those to show, in their order.
    pub shown: Vec<usize>,
    /// Indices of the others.
    pub left_out: Vec<usize>,
}

impl CurveRequest {
    /// The curves of all networks in a measure, as they are first shown.
    pub fn new(measure: CurveMeasure) -> Self {
        CurveRequest {
            networks: Vec::new(),
            measure,
            lines: Lines::Bands,
            smoothing: 0.0,
            logarithmic: false,
            x: None,
            y: None,
        }
    }

    /// Checks what was picked, and finds which networks to show.
    pub(super) fn check(&self, networks: usize) -> Result<Picked, ViewError> {
        if !(0.0..1.0).contains(&self.smoothing) {
            return Err(ViewError::Smoothing { given: self.smoothing });
        }
        self.x.map_or(Ok(()), |range| check_range("x", range, false))?;
        self.y.map_or(Ok(()), |range| check_range("y", range, self.logarithmic))?;
        let mut shown: Vec<usize> = match self.networks.is_empty() {
            true => (0..networks).collect(),
            false => self.networks.clone(),
        };
        for &network in &shown {
            check_network("networks", network, networks)?;
        }
        shown.sort_unstable();
        shown.dedup();
        let left_out = shown.split_off(shown.len().min(SERIES));
        Ok(Picked { shown, left_out })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fitroom_results::{Metric, Subset};

    fn request() -> CurveRequest {
        CurveRequest::new(CurveMeasure::Score(Metric::Loss, Subset::Train))
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let refused = |request: CurveRequest| request.check(3).err().unwrap().to_string();
        for smoothing in [1.0, -0.1, f64::NAN] {
            let words = refused(CurveRequest { smoothing, ..request() });
            assert!(words.starts_with("`smoothing` is ") && words.contains("below 1"), "{words}");
        }
        let networks = refused(CurveRequest { networks: vec![1, 3], ..request() });
        assert_eq!(networks, "`networks` is 3: networks are numbered from 0 to 2");
        let x = refused(CurveRequest { x: Some((5.0, 1.0)), ..request() });
        assert!(x.starts_with("`x` is 5 to 1"), "{x}");
        let y = CurveRequest { y: Some((0.0, 1.0)), ..request() };
        assert!(y.check(3).is_ok());
        let y = refused(CurveRequest { logarithmic: true, ..y });
        assert!(y.starts_with("`y` is 0 to 1") && y.contains("logarithmic"), "{y}");
    }

    #[test]
    fn as_many_networks_are_shown_as_have_colours_and_each_once() {
        let all = request().check(10).unwrap();
        assert_eq!((all.shown.len(), all.left_out), (SERIES, vec![8, 9]));
        let some = CurveRequest { networks: vec![9, 2, 9], ..request() }.check(10).unwrap();
        assert_eq!((some.shown, some.left_out), (vec![2, 9], vec![]));
        assert!(request().check(0).unwrap().shown.is_empty());
    }
}
