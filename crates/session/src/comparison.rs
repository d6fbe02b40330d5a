//! Compares two networks of stored studies seed by seed.

use std::path::PathBuf;

use fitroom_report::{ComparedNetwork, Comparison};
use fitroom_results::{DatasetFacts, Results};
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
    /// The data set that both were trained on.
    pub dataset: DatasetFacts,
    /// The program, with its version, that trained the network, and the one that trained the
    /// baseline.
    pub programs: [String; 2],
}

/// Compares two networks of one stored study, or of two.
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
    let comparison = Comparison::new(network, baseline, request.margin)?;
    let programs = [&study, baseline_study].map(|study| study.host.program.clone());
    Ok(ComparedStudies { comparison, dataset: results.dataset.clone(), programs })
}
