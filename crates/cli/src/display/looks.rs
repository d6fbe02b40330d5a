//! The line after each look of a study that runs until clear: what is decided, and what waits.

use std::collections::HashSet;

use fitroom_session::report::counted_seeds;
use fitroom_session::{Decided, Waiting};

/// Most open comparisons that a line names one by one.
const MOST_NAMED: usize = 3;

/// Remembers which verdicts were shown, so that each is shown once.
#[derive(Default)]
pub struct Looks {
    shown: HashSet<(String, String)>,
}

impl Looks {
    /// `after 7 seeds: batch norm is better than plain; dropout against plain waits for about 4 seeds
    /// more`. `runs` is the number of runs that are added. `None` if there is nothing new to show.
    pub fn line(
        &mut self,
        seeds: usize,
        runs: usize,
        waiting: &[Waiting],
        decided: &[Decided],
    ) -> Option<String> {
        let mut parts: Vec<String> = decided
            .iter()
            .filter(|of| self.shown.insert((of.network.clone(), of.baseline.clone())))
            .map(|of| verdict(of, seeds))
            .collect();
        if waiting.len() <= MOST_NAMED {
            parts.extend(waiting.iter().map(|of| {
                format!("{} against {} {}", of.network, of.baseline, one_waits(of, runs))
            }));
        } else {
            parts.push(format!("{} comparisons {}", waiting.len(), several_wait(waiting, runs)));
        }
        (!parts.is_empty()).then(|| format!("after {}: {}", counted_seeds(seeds), parts.join("; ")))
    }
}

fn verdict(of: &Decided, seeds: usize) -> String {
    let Decided { network, baseline, verdict, .. } = of;
    let than = if verdict == "equivalent" { "to" } else { "than" };
    let at = match of.seeds == seeds {
        true => String::new(),
        false => format!(" (decided at {})", counted_seeds(of.seeds)),
    };
    format!("{network} is {verdict} {than} {baseline}{at}")
}

fn one_waits(of: &Waiting, runs: usize) -> String {
    match of.seeds_to_go {
        _ if runs == 0 => "stays undecided".to_owned(),
        Some(more) => format!("waits for about {} more", counted_seeds(more)),
        None => "gets no clearer so far".to_owned(),
    }
}

fn several_wait(waiting: &[Waiting], runs: usize) -> String {
    let to_go = || waiting.iter().filter_map(|of| of.seeds_to_go);
    match (to_go().min(), to_go().max()) {
        _ if runs == 0 => "stay undecided".to_owned(),
        (Some(least), Some(most)) if least < most => {
            format!("wait for about {least} to {most} seeds more")
        }
        (_, Some(more)) => format!("wait for about {} more", counted_seeds(more)),
        (_, None) => "get no clearer so far".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(network: &str, seeds_to_go: Option<usize>) -> Waiting {
        Waiting { network: network.into(), baseline: "plain".into(), seeds: 7, seeds_to_go }
    }

    fn decided(network: &str, verdict: &str, seeds: usize) -> Decided {
        let (network, baseline) = (network.into(), "plain".into());
        Decided { network, baseline, verdict: verdict.into(), seeds }
    }

    #[test]
    fn each_look_is_a_line_and_each_verdict_is_shown_once() {
        let mut looks = Looks::default();
        let better = decided("batch norm", "better", 7);
        let same = decided("L2", "equivalent", 11);
        let waiting = [waits("dropout", Some(4)), waits("L1", None), waits("L2", Some(1))];
        let lines = [
            looks.line(7, 4, &waiting, std::slice::from_ref(&better)),
            looks.line(8, 4, &waiting[..1], std::slice::from_ref(&better)),
            looks.line(12, 0, &waiting[..1], &[better.clone(), same]),
            looks.line(12, 0, &[], &[better]),
        ];
        let lines: Vec<String> = lines.into_iter().map(Option::unwrap_or_default).collect();
        snapbox::assert_data_eq!(
            lines.join("\n"),
            snapbox::str![[r#"
after 7 seeds: batch norm is better than plain; dropout against plain waits for about 4 seeds more; L1 against plain gets no clearer so far; L2 against plain waits for about 1 seed more
after 8 seeds: dropout against plain waits for about 4 seeds more
after 12 seeds: L2 is equivalent to plain (decided at 11 seeds); dropout against plain stays undecided

"#]]
        );
    }

    #[test]
    fn many_open_comparisons_are_counted() {
        let line = |runs, to_go: [Option<usize>; 4]| {
            Looks::default().line(5, runs, &to_go.map(|more| waits("a", more)), &[]).unwrap()
        };
        let some = [Some(4), None, Some(31), Some(9)];
        assert_eq!(line(8, some), "after 5 seeds: 4 comparisons wait for about 4 to 31 seeds more");
        let equal = "after 5 seeds: 4 comparisons wait for about 2 seeds more";
        assert_eq!(line(8, [Some(2); 4]), equal);
        assert_eq!(line(8, [None; 4]), "after 5 seeds: 4 comparisons get no clearer so far");
        assert_eq!(line(0, some), "after 5 seeds: 4 comparisons stay undecided");
    }
}
