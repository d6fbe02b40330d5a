//! Accuracy against cost: what each network costs, and which are on the Pareto front.
//!
//! A front by means alone flatters: of two networks that differ by chance, one is always above the
//! other. So each network of a front is also compared, seed by seed, with those that cost less.

mod figure;
mod front;
mod label;
mod section;
mod table;
mod words;

pub(crate) use section::cost_section;
pub(crate) use table::costs_csv;

use fitroom_results::{Metric, RunStatus};
use fitroom_stats::{Spread, Verdict};

use crate::comparison::verdicts_of_pairs;
use crate::summary::{NetworkSummary, Summary};

/// What a network costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Trained values.
    Parameters,
    /// Multiply-adds of one image's forward pass.
    MultiplyAdds,
    /// Wall-clock seconds of a run: the median over the network's finished runs.
    TrainingSeconds,
    /// Microseconds that one thread takes for a test image: the median over finished runs.
    InferenceMicroseconds,
}

/// Times that differ by less than this factor are the same. Seven networks of the same layers, each the
/// median of ten runs, differed by up to 1.21 on a machine that had other work too.
const SAME_TIME: f64 = 1.25;

impl Cost {
    pub const ALL: [Cost; 4] =
        [Cost::Parameters, Cost::MultiplyAdds, Cost::TrainingSeconds, Cost::InferenceMicroseconds];

    /// The cost in the middle of a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Cost::Parameters => "parameters",
            Cost::MultiplyAdds => "multiply-adds",
            Cost::TrainingSeconds => "training time",
            Cost::InferenceMicroseconds => "inference time",
        }
    }

    /// The cost in `costs.csv`.
    pub fn column(self) -> &'static str {
        match self {
            Cost::Parameters => "parameters",
            Cost::MultiplyAdds => "multiply_adds",
            Cost::TrainingSeconds => "training_seconds",
            Cost::InferenceMicroseconds => "inference_microseconds",
        }
    }

    fn of(self, network: &NetworkSummary) -> Option<f64> {
        let cost = match self {
            Cost::Parameters => network.facts.parameters.map(|n| n as f64),
            Cost::MultiplyAdds => network.facts.multiply_adds.map(|n| n as f64),
            Cost::TrainingSeconds => network.seconds,
            Cost::InferenceMicroseconds => network.inference_seconds.map(|seconds| 1e6 * seconds),
        };
        // A logarithmic axis has no place for anything else.
        cost.filter(|cost| cost.is_finite() && *cost > 0.0)
    }

    /// Whether costs from `low` to `high` are all the same.
    fn is_same(self, low: f64, high: f64) -> bool {
        low == high || high < self.same() * low
    }

    /// Costs count as the same up to this factor.
    fn same(self) -> f64 {
        match self {
            Cost::Parameters | Cost::MultiplyAdds => 1.0,
            Cost::TrainingSeconds | Cost::InferenceMicroseconds => SAME_TIME,
        }
    }
}

/// A network with its accuracy and its costs.
pub(crate) struct CostedNetwork {
    /// Its position among the summary's networks.
    pub index: usize,
    /// The accuracy that networks are compared by, over finished runs, as a fraction.
    pub accuracy: Spread,
    /// Its costs in the order of [`Cost::ALL`], as far as they are known.
    pub costs: [Option<f64>; 4],
    /// Whether a run diverged. The mean leaves such a run out and so flatters: the network is on no
    /// front.
    pub diverged: bool,
}

/// The Pareto front of one cost.
pub(crate) struct Front {
    pub cost: Cost,
    /// The networks of the front, the cheapest first.
    pub members: Vec<Member>,
}

/// A network on a front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its position in [`Costs::networks`].
    pub network: usize,
    /// Whether it is shown to be better than every cheaper network of the front.
    pub is_clear: bool,
}

/// The costs of a study's networks, and the fronts of those costs that differ.
pub(crate) struct Costs {
    /// The networks that have a finished run and are shown, in the summary's order.
    pub networks: Vec<CostedNetwork>,
    /// A front for each cost that is not the same for all networks, in the order of [`Cost::ALL`].
    pub fronts: Vec<Front>,
}

impl Costs {
    /// The costs of a study's networks. `None` where nothing can be drawn: fewer than two networks
    /// have a finished run, or all cost the same, or the runs are from elsewhere.
    pub fn of(summary: &Summary) -> Option<Self> {
        if !summary.results.measures.is_empty() {
            return None;
        }
        let subset = summary.results.judged_by();
        let costed = |(index, network): (usize, &NetworkSummary)| {
            let accuracy = network.score(Metric::Accuracy, subset).best?;
            let costs = Cost::ALL.map(|cost| cost.of(network));
            let diverged = !network.seeds(RunStatus::Diverged).is_empty();
            Some(CostedNetwork { index, accuracy, costs, diverged })
        };
        let mut costs =
            Costs { networks: summary.shown().filter_map(costed).collect(), fronts: Vec::new() };
        costs.fronts = Cost::ALL.into_iter().filter_map(|cost| costs.front(cost)).collect();
        costs.judge(summary);
        (!costs.fronts.is_empty()).then_some(costs)
    }

    /// The lowest and the highest cost; `None` if it is known of no network.
    pub fn range(&self, cost: Cost) -> Option<(f64, f64)> {
        let known = || self.networks.iter().filter_map(|network| network.costs[cost as usize]);
        let low = known().min_by(f64::total_cmp)?;
        Some((low, known().max_by(f64::total_cmp)?))
    }

    /// The front of a cost by means alone; `None` if fewer than two networks have this cost, or all
    /// that have it cost the same.
    fn front(&self, cost: Cost) -> Option<Front> {
        let (low, high) = self.range(cost)?;
        if cost.is_same(low, high) {
            return None;
        }
        let whole = self.networks.iter().enumerate().filter(|(_, network)| !network.diverged);
        let points: Vec<(usize, f64, f64)> = whole
            .filter_map(|(at, network)| {
                Some((at, network.costs[cost as usize]?, network.accuracy.mean))
            })
            .collect();
        let members = front::pareto_front(&points, cost.same());
        let member = |network| Member { network, is_clear: true };
        Some(Front { cost, members: members.into_iter().map(member).collect() })
    }

    /// Number of pairs of networks: what verdicts are adjusted for. Which pairs are compared depends
    /// on the scores, so all that could have been count.
    pub fn pairs(&self) -> usize {
        self.networks.len() * self.networks.len().saturating_sub(1) / 2
    }

    /// Decides which members of the fronts are better than every cheaper one.
    fn judge(&mut self, summary: &Summary) {
        let cheaper = |front: &Front| -> Vec<(usize, usize)> {
            let members = front.members.iter().enumerate();
            let pairs = members.flat_map(|(at, member)| {
                front.members[..at].iter().map(|cheaper| (member.network, cheaper.network))
            });
            pairs.collect()
        };
        let mut pairs: Vec<(usize, usize)> = self.fronts.iter().flat_map(cheaper).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let index = |at: usize| self.networks[at].index;
        let compared: Vec<(usize, usize)> =
            pairs.iter().map(|&(one, other)| (index(one), index(other))).collect();
        let verdicts = verdicts_of_pairs(summary.results, &compared, self.pairs(), summary.margin);
        let is_better = |pair: (usize, usize)| {
            let at = pairs.binary_search(&pair).expect("every pair of a front is compared");
            verdicts[at] == Some(Verdict::Better)
        };
        for front in &mut self.fronts {
            for at in 0..front.members.len() {
                let (before, from) = front.members.split_at_mut(at);
                let member = &mut from[0];
                member.is_clear =
                    before.iter().all(|cheaper| is_better((member.network, cheaper.network)));
            }
        }
    }

    /// The membership of a network in a front.
    pub fn member(&self, cost: Cost, network: usize) -> Option<Member> {
        let front = self.fronts.iter().find(|front| front.cost == cost)?;
        front.members.iter().find(|member| member.network == network).copied()
    }
}

#[cfg(test)]
mod tests;
