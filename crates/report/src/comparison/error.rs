//! Why two networks can't be compared seed by seed.

use fitroom_results::Results;
use thiserror::Error;

use super::ComparedNetwork;
use crate::number::count;

/// Why two networks can't be compared seed by seed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ComparisonError {
    /// The two saw different images.
    #[error(
        "`{network}` and `{baseline}` can't be compared seed by seed: {what} {ours} for one and {theirs} for the other\n\
         hint: train both on the same images: in one study, or in two that share data set, `validation` and `train_images`"
    )]
    DifferentImages {
        /// One of the networks.
        network: String,
        /// The other one.
        baseline: String,
        /// What differs, with its verb.
        what: &'static str,
        /// Its value for the first network.
        ours: String,
        /// Its value for the other network.
        theirs: String,
    },
    /// The two are the same network.
    #[error("`{network}` would be compared with itself\nhint: name two networks")]
    Itself {
        /// The network's name.
        network: String,
    },
}

/// Checks that the two are different networks that saw the same images with each seed.
pub fn check(network: ComparedNetwork, baseline: ComparedNetwork) -> Result<(), ComparisonError> {
    let names = (network.name(), baseline.name());
    if std::ptr::eq(network.results, baseline.results) && network.network == baseline.network {
        return Err(ComparisonError::Itself { network: names.0 });
    }
    let (ours, theirs) = (network.results, baseline.results);
    let number = |n: Option<usize>, none: &str| n.map_or(none.into(), |n| count(n as u64));
    let held_out = |results: &Results| number(results.validation, "not known");
    let drawn = |results: &Results| match results.stratified {
        true => "stratified".to_owned(),
        false => "drawn without regard to classes".to_owned(),
    };
    let trained_on = |results: &Results| number(results.train_images, "all");
    let data = |results: &Results| match &results.dataset.fingerprint {
        Some(fingerprint) => format!("{} ({fingerprint})", results.dataset.title),
        None => results.dataset.title.clone(),
    };
    let decisive = [
        ("the data are", data(ours), data(theirs)),
        ("`validation` is", held_out(ours), held_out(theirs)),
        ("the validation images are", drawn(ours), drawn(theirs)),
        ("`train_images` is", trained_on(ours), trained_on(theirs)),
    ];
    match decisive.into_iter().find(|(_, ours, theirs)| ours != theirs) {
        None => Ok(()),
        Some((what, ours, theirs)) => {
            let (network, baseline) = names;
            Err(ComparisonError::DifferentImages { network, baseline, what, ours, theirs })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};

    #[test]
    fn other_images_and_the_same_network_are_refused() {
        let ours = Fixture::new(5).with(Plan::new("a")).with(Plan::new("b")).results();
        let refused = |change: fn(&mut Results)| {
            let mut theirs = ours.clone();
            change(&mut theirs);
            check(ComparedNetwork::new(&ours, 0), ComparedNetwork::new(&theirs, 1))
                .unwrap_err()
                .to_string()
        };
        let validation = refused(|results| results.validation = Some(5_000));
        assert!(
            validation.contains("`validation` is 10,000 for one and 5,000 for the other\nhint: "),
            "{validation}"
        );
        assert!(
            refused(|results| results.stratified = true).contains(
                "the validation images are drawn without regard to classes for one and stratified for the other"
            )
        );
        assert!(
            refused(|results| results.train_images = Some(1_000))
                .contains("`train_images` is all for one")
        );
        assert!(
            refused(|results| results.dataset.fingerprint = Some("00".into()))
                .contains("the data are Fashion-MNIST (3f3f")
        );
        let b = ComparedNetwork::new(&ours, 1);
        assert_eq!(check(b, b), Err(ComparisonError::Itself { network: "b".into() }));
    }
}
