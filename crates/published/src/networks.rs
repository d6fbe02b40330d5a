//! The networks of a study that reproduces the article.

use fitroom_report::number::capitalised;
use fitroom_report::{ComparedNetwork, Comparison, NetworkInspection, NetworkSummary, Summary};
use fitroom_stats::Verdict;

use crate::article::network_of;

/// The networks of a study that reproduces all eight networks of the article.
pub struct ArticleNetworks<'a, 'b> {
    summary: &'b Summary<'a>,
    /// Each network's index in the study. The position is the number in the article minus one.
    positions: [usize; 8],
}

/// Number of epochs after which the article draws its conclusions.
const ARTICLE_EPOCHS: u32 = 20;

impl<'a, 'b> ArticleNetworks<'a, 'b> {
    /// Finds the eight networks: those whose reference curves are the article's. `None` if the
    /// study lacks one of them, if one has fewer than two finished runs or too few epochs, if no
    /// images are held out, or if not all other images are trained on.
    pub fn of(summary: &'b Summary<'a>) -> Option<Self> {
        if summary.results.validation == Some(0) || !summary.trains_on_all() {
            return None;
        }
        let mut positions = [0; 8];
        for (number, position) in (1..).zip(&mut positions) {
            *position = summary
                .networks
                .iter()
                .position(|network| network.reference.and_then(network_of) == Some(number))?;
            let network = &summary.networks[*position];
            let epochs = network.facts.epochs.unwrap_or(0);
            if network.finished().count() < 2 || epochs < ARTICLE_EPOCHS {
                return None;
            }
        }
        Some(ArticleNetworks { summary, positions })
    }

    /// The network of this number in the article, from 1.
    pub fn network(&self, number: usize) -> &'b NetworkSummary<'a> {
        &self.summary.networks[self.positions[number - 1]]
    }

    /// The inspection of the network of this number; `None` if runs were not inspected.
    pub fn inspection(&self, number: usize) -> Option<&'b NetworkInspection> {
        self.summary.inspection.networks.get(self.positions[number - 1])
    }

    /// Compares two networks, given by number. Also returns the number of comparisons that Holm's
    /// correction is over. If the study makes this comparison itself, its own one is returned,
    /// which is corrected over all of the study's comparisons.
    pub fn comparison(&self, network: usize, baseline: usize) -> Option<(Comparison, usize)> {
        let names = [network, baseline].map(|number| &self.network(number).facts.name);
        let own = &self.summary.comparisons;
        if let Some(comparison) =
            own.iter().find(|comparison| [&comparison.network, &comparison.baseline] == names)
        {
            return Some((comparison.clone(), own.len()));
        }
        let [network, baseline] = [network, baseline].map(|number| self.compared(number));
        Some((Comparison::new(network, baseline, self.summary.margin).ok()?, 1))
    }

    /// The verdict on two networks, and a sentence about it. There is no verdict if the networks
    /// differ in more than one thing.
    pub fn verdict(&self, network: usize, baseline: usize) -> (Option<Verdict>, String) {
        let Some((comparison, comparisons)) = self.comparison(network, baseline) else {
            return (None, String::new());
        };
        let mut words = capitalised(&comparison.sentence(comparisons).text());
        match comparison.confounded_words() {
            Some(warning) => {
                words += &format!(" {warning}");
                (None, words)
            }
            None => (comparison.judged.verdict, words),
        }
    }

    /// Compares networks with a baseline, all given by number: one family of comparisons.
    pub fn verdicts(&self, networks: &[usize], baseline: usize) -> Vec<Option<Verdict>> {
        let pairs: Vec<_> = networks
            .iter()
            .map(|&number| (self.compared(number), self.compared(baseline)))
            .collect();
        let comparisons = Comparison::family(&pairs, self.margin());
        comparisons.iter().map(|comparison| comparison.judged.verdict).collect()
    }

    /// Networks whose accuracies differ by no more than this fraction are equivalent.
    pub fn margin(&self) -> f64 {
        self.summary.margin
    }

    fn compared(&self, number: usize) -> ComparedNetwork<'a> {
        ComparedNetwork::new(self.summary.results, self.positions[number - 1])
    }
}
