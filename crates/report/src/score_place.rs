//! Which epoch stands for a run, in words.

use fitroom_results::{Choose, NetworkFacts, Subset};

/// Where the scores of these networks' runs are from: `at each run's best epoch`.
pub fn score_place<'a>(
    networks: impl IntoIterator<Item = &'a NetworkFacts>,
    subset: Subset,
) -> &'static str {
    let choices: Vec<Choose> = networks.into_iter().map(|network| network.choose).collect();
    let all = |choose| choices.iter().all(|one| *one == choose);
    match (all(Choose::Best), all(Choose::LastQuarter), subset) {
        (true, _, _) => "at each run's best epoch",
        (false, true, Subset::Validation) => "over each run's last quarter of epochs",
        (false, true, Subset::Train | Subset::Fit | Subset::Test) => "after each run's last epoch",
        (false, false, Subset::Validation) => "at each run's best epoch or over its last quarter",
        (false, false, Subset::Train | Subset::Fit | Subset::Test) => {
            "at each run's best or last epoch"
        }
    }
}
