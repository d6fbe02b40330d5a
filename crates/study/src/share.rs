//! Divides a study's runs among processes that train at the same time, on one machine or on many.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A part of a study's runs: share 3 of 50. All shares together have every run once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// From 0.
    index: u32,
    count: u32,
}

/// Most shares of a study: as many as it may have runs.
const MOST_SHARES: u32 = 100_000;

/// Why text is no share.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{text}` is no share\nhint: write it as 3/50, the third of 50 shares; there may be 1 to {MOST_SHARES}"
)]
pub struct ShareError {
    text: String,
}

impl ShareError {
    /// This text is no share.
    pub fn of(text: &str) -> Self {
        ShareError { text: text.chars().take(40).collect() }
    }
}

impl Share {
    /// Share `number` of `count`, counted from 1; `None` if there is no such share.
    pub fn new(number: u32, count: u32) -> Option<Self> {
        ((1..=count).contains(&number) && count <= MOST_SHARES)
            .then(|| Share { index: number - 1, count })
    }

    /// Which share this is, from 1.
    pub fn number(self) -> u32 {
        self.index + 1
    }

    /// How many shares there are.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Which of `runs` belong to this share. Each run is given by its seed, by what it costs, and by
    /// the id of its training: runs that are trained together belong to the same share.
    ///
    /// Seed by seed, from the costly runs to the cheap ones, each run is given to the share that has the
    /// least to do so far (Graham, 1969). So two shares differ by the cost of one run at most, and
    /// further seeds move no run to another share.
    pub(crate) fn of(self, runs: &[(u64, u64, String)]) -> Vec<bool> {
        let mut order: Vec<usize> = (0..runs.len()).collect();
        order.sort_by_key(|&run| (runs[run].0, Reverse(runs[run].1)));
        let mut shares: BinaryHeap<Reverse<(u128, u32)>> =
            (0..self.count).map(|share| Reverse((0, share))).collect();
        let mut share_of: HashMap<&str, u32> = HashMap::new();
        let mut is_mine = vec![false; runs.len()];
        for run in order {
            let (_, cost, training) = &runs[run];
            let share = *share_of.entry(training).or_insert_with(|| {
                let Reverse((load, share)) = shares.pop().expect("there is at least one share");
                shares.push(Reverse((load + u128::from(*cost), share)));
                share
            });
            is_mine[run] = share == self.index;
        }
        is_mine
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number(), self.count)
    }
}

impl FromStr for Share {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Self, ShareError> {
        // A number may not have a sign.
        let number = |text: &str| -> Option<u32> {
            text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
        };
        let share = text
            .split_once('/')
            .and_then(|(share, count)| Share::new(number(share)?, number(count)?));
        share.ok_or_else(|| ShareError::of(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of networks with these costs, network by network.
    fn runs(costs: &[u64], seeds: u64) -> Vec<(u64, u64, String)> {
        let run = |(network, &cost): (usize, &u64)| {
            (1..=seeds).map(move |seed| (seed, cost, format!("{network} {seed}"))).collect()
        };
        costs.iter().enumerate().flat_map(|network| -> Vec<_> { run(network) }).collect()
    }

    /// The share of each run.
    fn shares(runs: &[(u64, u64, String)], count: u32) -> Vec<u32> {
        let mut found = vec![0; runs.len()];
        for number in 1..=count {
            let is_mine = Share::new(number, count).unwrap().of(runs);
            for (found, _) in found.iter_mut().zip(is_mine).filter(|(_, is_mine)| *is_mine) {
                assert_eq!(*found, 0, "two shares have the run");
                *found = number;
            }
        }
        assert!(found.iter().all(|&share| share > 0), "no share has the run");
        found
    }

    #[test]
    fn every_run_is_in_one_share_and_costs_are_balanced() {
        let costs = [100, 1, 30, 30, 55, 2, 7];
        for (seeds, count) in [(1, 1), (10, 3), (13, 7), (3, 40)] {
            let runs = runs(&costs, seeds);
            let shares = shares(&runs, count);
            let load = |share: u32| -> u64 {
                runs.iter().zip(&shares).filter(|(_, of)| **of == share).map(|(run, _)| run.1).sum()
            };
            let loads: Vec<u64> = (1..=count).map(load).collect();
            let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
            assert!(most - least <= 100, "{loads:?}");
        }
    }

    #[test]
    fn further_seeds_move_no_run() {
        let costs = [5, 5, 9, 20, 1];
        let (few, many) = (runs(&costs, 4), runs(&costs, 11));
        let (of_few, of_many) = (shares(&few, 6), shares(&many, 6));
        for (run, share) in few.iter().zip(of_few) {
            let at = many.iter().position(|other| other == run).unwrap();
            assert_eq!(of_many[at], share, "{run:?}");
        }
    }

    #[test]
    fn runs_that_are_trained_together_stay_together() {
        let mut runs = runs(&[5, 5, 5, 5], 3);
        for seed in 0..3 {
            runs[9 + seed].2 = runs[seed].2.clone();
        }
        let shares = shares(&runs, 5);
        assert_eq!(shares[..3], shares[9..]);
    }

    #[test]
    fn costs_that_overflow_are_divided_too() {
        let shares = shares(&runs(&[u64::MAX, u64::MAX], 2), 2);
        assert_eq!(shares, [1, 1, 2, 2]);
    }

    #[test]
    fn shares_are_written_from_one() {
        let share: Share = "3/50".parse().unwrap();
        assert_eq!((share.number(), share.count(), share.to_string()), (3, 50, "3/50".to_owned()));
        for text in [
            "", "3", "0/5", "6/5", "1/0", "-1/5", "1/5/2", "+1/5", "1/+5", "1/100001", "a/b",
            "1 / 5",
        ] {
            let error = text.parse::<Share>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is no share\nhint: ")), "{error}");
        }
    }
}
