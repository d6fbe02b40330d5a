//! What the section on costs says.

use super::{Cost, Costs};
use crate::number::{capitalised, count, listed, listed_first};
use crate::summary::{MOST_SHOWN, NetworkSummary, Summary};

/// How the fronts are defined, and what their marks mean.
pub fn definition(summary: &Summary, costs: &Costs) -> String {
    let pairs = costs.pairs();
    let mut dearer = costs.fronts.iter().flat_map(|front| front.members.iter().skip(1));
    let few = summary.fewest_seeds() < 5 && !dearer.any(|member| member.is_clear);
    let compared = match (few, pairs) {
        (true, _) => "So few seeds show no difference: every network but the cheapest has a ring. From five seeds on, a network that \
                     is shown to be better than every cheaper one of the front gets a full dot"
            .to_owned(),
        (false, 1) => "A ring: the network is not shown to be better than the cheaper one, compared seed by seed".to_owned(),
        (false, pairs) => format!(
            "A ring: the network is not shown to be better than every cheaper one of the front, compared seed by seed and adjusted \
             for all {} pairs of networks",
            count(pairs as u64)
        ),
    };
    format!(
        "A network is on the front of a cost if no other has at least its mean accuracy for at most its cost. The line is the highest \
         mean accuracy for a cost; upright bars are 95% intervals of the mean over seeds. {compared}."
    )
}

/// How the times were measured; `None` if no time is drawn.
pub fn times(summary: &Summary, costs: &Costs) -> Option<String> {
    let drawn = |cost| costs.fronts.iter().any(|front| front.cost == cost);
    let networks = || costs.networks.iter().map(|network| &summary.networks[network.index]);
    let mut words = Vec::new();
    if drawn(Cost::TrainingSeconds) {
        words.push(format!(
            "Training time is the wall clock of a run, with the scoring after each epoch{}: the median over a network's runs.",
            threads(networks())
        ));
    }
    if drawn(Cost::InferenceMicroseconds) {
        words.push(
            "Inference time is what one thread took for a test image, in the fastest batch of up to 1,000: seconds times threads, divided \
             by images."
                .to_owned(),
        );
    }
    (!words.is_empty()).then(|| {
        words.push(
            "Times are those of the machine that trained, and differ each time: within a quarter they count as the same."
                .to_owned(),
        );
        words.join(" ")
    })
}

/// `, on two threads`; nothing if the numbers of threads are not known.
fn threads<'n, 'r: 'n>(networks: impl Iterator<Item = &'n NetworkSummary<'r>>) -> String {
    let mut numbers: Vec<usize> = networks.flat_map(|network| network.threads()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let names: Vec<String> = numbers.iter().map(usize::to_string).collect();
    match &numbers[..] {
        [] => String::new(),
        [1] => ", on one thread".to_owned(),
        [threads] => format!(", on {threads} threads"),
        [.., last] => {
            let first = listed(&names[..names.len() - 1]);
            format!(", on {first} or {last} threads")
        }
    }
}

/// What is left out, and why: a sentence each.
pub fn left_out(summary: &Summary, costs: &Costs) -> Vec<String> {
    let mut words = Vec::new();
    for cost in Cost::ALL {
        let name = cost.name();
        let without = costs.networks.iter().filter(|it| it.costs[cost as usize].is_none());
        let without: Vec<String> =
            without.map(|it| summary.networks[it.index].facts.name.clone()).collect();
        let is_drawn = costs.fronts.iter().any(|front| front.cost == cost);
        match (without.len(), is_drawn) {
            (0, true) => {}
            (0, false) => words.push(match cost {
                Cost::Parameters | Cost::MultiplyAdds => {
                    format!("All networks have the same number of {name}.")
                }
                Cost::TrainingSeconds | Cost::InferenceMicroseconds => {
                    format!("{} is the same for all networks, within a quarter.", capitalised(name))
                }
            }),
            (all, _) if all == costs.networks.len() => {
                words.push(format!(
                    "{} is not known: an earlier version measured none.",
                    capitalised(name)
                ));
            }
            (_, _) => words.push(format!(
                "{} is not known of {}.",
                capitalised(name),
                listed_first(&without, MOST_SHOWN)
            )),
        }
    }
    let diverged = costs.networks.iter().filter(|network| network.diverged);
    let diverged: Vec<String> =
        diverged.map(|it| summary.networks[it.index].facts.name.clone()).collect();
    if !diverged.is_empty() {
        words.push(format!(
            "A run diverged of {}: on no front, since the mean leaves such runs out.",
            listed_first(&diverged, MOST_SHOWN)
        ));
    }
    words
}
