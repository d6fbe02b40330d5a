//! The networks of a study that reproduces the article.

use fitroom_report::number::capitalised;
use fitroom_report::{ComparedNetwork, Comparison, NetworkInspection, NetworkSummary, Summary};
use fitroom_stats::Verdict;

use crate::article::network_of;

/// The networks of a study that reproduces all eight of the article.
pub struct ArticleNetworks<'a, 'b> {
    summary: &'b Summary<'a>,
    /// Each network's index in the study, by its number in the article less one.
    positions: [usize; 8],
}

/// The article's conclusions are drawn after so many epochs.
const ARTICLE_EPOCHS: u32 = 20;

impl<'a, 'b> ArticleNetworks<'a, 'b> {
    /// Finds the eight networks: those whose reference curves are the article's. `None` where the
    /// study lacks one, one has fewer than two finished runs or too few epochs, no images are held
    /// out, or not all of the others are trained on.
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

    /// The inspection of the network of this number, where runs were inspected.
    pub fn inspection(&self, number: usize) -> Option<&'b NetworkInspection> {
        self.summary.inspection.networks.get(self.positions[number - 1])
    }

    /// Compares two networks, given by number. Where the study makes this comparison itself, that
    /// one counts, after Holm over all of the study's comparisons, the number of which comes with
    /// it.
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

    /// The verdict on two networks, with its sentence. No verdict where more than one thing differs.
    pub fn verdict(&self, network: usize, baseline: usize) -> (Option<Verdict>, String) {
        let Some((comparison, comparisons)) = self.comparison(network, baseline) else {
            return (None, String::new());
        };
        let (subset, effect) = comparison.primary();
        let mut words = capitalised(&comparison.sentence(subset, effect, comparisons).text());
        match comparison.confounded_words() {
            Some(warning) => {
                words += &format!(" {warning}");
                (None, words)
            }
            None => (effect.verdict, words),
        }
    }

    /// Compares networks with a baseline, all given by number: one family of comparisons.
    pub fn verdicts(&self, networks: &[usize], baseline: usize) -> Vec<Option<Verdict>> {
        let pairs: Vec<_> = networks
            .iter()
            .map(|&number| (self.compared(number), self.compared(baseline)))
            .collect();
        let comparisons = Comparison::family(&pairs, self.margin());
        comparisons.iter().map(|comparison| comparison.primary().1.verdict).collect()
    }

    /// Differences in accuracy up to this fraction are not worth having.
    pub fn margin(&self) -> f64 {
        self.summary.margin
    }

    fn compared(&self, number: usize) -> ComparedNetwork<'a> {
        ComparedNetwork::new(self.summary.results, self.positions[number - 1])
    }
}
