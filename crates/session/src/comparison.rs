//! Compares two networks of stored studies seed by seed.

use std::path::{Path, PathBuf};

use fitroom_report::{ComparedNetwork, Comparison, read_right_answers, score_place};
use fitroom_results::{DatasetFacts, Results, Subset};
use fitroom_study::StoredStudy;

use crate::SessionError;

/// Which two networks are to be compared.
#[derive(Clone, Debug)]
pub struct ComparisonRequest {
    /// The directory of the study that has the network.
    pub dir: PathBuf,
    /// A network, by name or by number from 1.
    pub network: String,
    /// The network that it is compared with, by name or by number from 1.
    pub baseline: String,
    /// The directory of the study that has the baseline, if it is another study.
    pub baseline_dir: Option<PathBuf>,
    /// Networks whose accuracies differ by no more than this fraction are equivalent.
    pub margin: f64,
}

/// A comparison, with the data set and the programs of the studies that it was made from.
#[derive(Clone, Debug)]
pub struct ComparedStudies {
    /// The network against its baseline.
    pub comparison: Comparison,
    /// How many comparisons the verdict is adjusted for.
    pub comparisons: usize,
    /// How many pairs of networks there were to choose this one from; `None` if the study compares
    /// the two itself. A pair that was chosen for its difference looks more certain than it is.
    pub chosen_from: Option<usize>,
    /// Where the validation accuracies are from, and where the test accuracies are from:
    /// `at each run's best epoch`.
    pub places: [&'static str; 2],
    /// The data set that both were trained on.
    pub dataset: DatasetFacts,
    /// The program, with its version, that trained the network, and the one that trained the
    /// baseline.
    pub programs: [String; 2],
}

/// Compares two networks of one stored study, or of two. If the study compares the two itself, the
/// verdict is the one in its report, whichever of them is named first.
///
/// # Errors
/// A study or a network does not exist, or the two were not trained on the same images.
pub fn compare(request: &ComparisonRequest) -> Result<ComparedStudies, SessionError> {
    let study = StoredStudy::open(&request.dir)?;
    let other = request.baseline_dir.as_ref().map(|dir| StoredStudy::open(dir)).transpose()?;
    let baseline_study = other.as_ref().unwrap_or(&study);
    let network = study.study.network(&request.network)?;
    let baseline = baseline_study.study.network(&request.baseline)?;
    let results = Results::try_from(&study)?;
    let other_results = other.as_ref().map(Results::try_from).transpose()?;
    let baseline_results = other_results.as_ref().unwrap_or(&results);
    let mut network = ComparedNetwork::new(&results, network);
    let mut baseline = ComparedNetwork::new(baseline_results, baseline);
    let directories = request
        .baseline_dir
        .as_ref()
        .map(|other| [&request.dir, other].map(|dir| dir.display().to_string()));
    if let Some([here, there]) = &directories {
        (network, baseline) = (network.at(here), baseline.at(there));
    }
    let mut comparison = Comparison::new(network, baseline, request.margin)?;
    let mut declared = Comparison::pairs_of(&results);
    let asked = [network.network, baseline.network];
    let own = declared.iter().position(|(one, other)| {
        let declared = [one.network, other.network];
        other_results.is_none() && (declared == asked || asked == [declared[1], declared[0]])
    });
    let (comparisons, chosen_from) = match own {
        Some(own) => {
            declared[own] = (network, baseline);
            comparison = Comparison::family(&declared, request.margin).swap_remove(own);
            (declared.len(), None)
        }
        None => {
            let here = results.networks.len();
            let there = other_results.as_ref().map(|other| other.networks.len());
            (1, Some(there.map_or(here * (here - 1) / 2, |there| here * there)))
        }
    };
    comparison.set_test_images(&read_right_answers(network)?, &read_right_answers(baseline)?);
    let programs = [&study, baseline_study].map(|study| study.host.program.clone());
    let facts = [network.facts(), baseline.facts()];
    let places = [Subset::Validation, Subset::Test].map(|subset| score_place(facts, subset));
    let dataset = results.dataset.clone();
    Ok(ComparedStudies { comparison, comparisons, chosen_from, places, dataset, programs })
}

/// Compares every two networks of a stored study; each verdict is adjusted for all of them. The
/// later one of two networks in the study is compared with the earlier one.
///
/// # Errors
/// The study does not exist or is damaged.
pub fn compare_all(dir: &Path, margin: f64) -> Result<Vec<Comparison>, SessionError> {
    let results = Results::try_from(&StoredStudy::open(dir)?)?;
    let networks = 0..results.networks.len();
    let of = |network| ComparedNetwork::new(&results, network);
    let pairs = networks
        .flat_map(|baseline| (baseline + 1..results.networks.len()).map(move |one| (one, baseline)))
        .map(|(network, baseline)| (of(network), of(baseline)));
    let pairs: Vec<_> = pairs.collect();
    let right = (0..results.networks.len()).map(|network| read_right_answers(of(network)));
    let right: Vec<_> = right.collect::<Result<_, _>>()?;
    let mut comparisons = Comparison::family(&pairs, margin);
    for (comparison, (network, baseline)) in comparisons.iter_mut().zip(&pairs) {
        comparison.set_test_images(&right[network.network], &right[baseline.network]);
    }
    Ok(comparisons)
}
