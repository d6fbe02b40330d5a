//! How much the choice of the best epoch flatters a network.

use fitroom_results::{Choose, Outcome};
use fitroom_stats::Spread;

/// How much the choice of the best epoch flatters a network, in fractions, over its finished runs.
///
/// Validation chooses the epoch, so its score there is high by luck too, and test images do not
/// share that luck. At the last epoch nothing was chosen: what validation and test images differ by
/// there is their own difficulty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChoiceBias {
    /// Validation minus test accuracy at each run's best epoch.
    pub at_best: Spread,
    /// Validation minus test accuracy at the last epoch.
    pub at_last: Spread,
    /// The first minus the second, run by run.
    pub bias: Spread,
}

impl ChoiceBias {
    /// The bias of a network whose finished runs have these outcomes. `None` if nothing is chosen, nothing is held out, test images were not
    /// scored, or no run is finished.
    pub fn of<'a>(
        choose: Choose,
        outcomes: impl Iterator<Item = &'a Outcome> + Clone,
    ) -> Option<Self> {
        match choose {
            Choose::Best => {}
            Choose::LastQuarter => return None,
        }
        let excess = |(best, last): (f64, f64)| best - last;
        let runs = || {
            outcomes.clone().map(|outcome| {
                let [best, last] =
                    [outcome.best, outcome.last].map(|at| at.val.accuracy - at.test.accuracy);
                (best, last)
            })
        };
        Some(ChoiceBias {
            at_best: Spread::of(runs().map(|run| run.0))?,
            at_last: Spread::of(runs().map(|run| run.1))?,
            bias: Spread::of(runs().map(excess))?,
        })
    }
}
