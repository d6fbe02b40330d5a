//! The arguments that name a trained network.

use std::path::PathBuf;

use clap::Args;
use fitroom_session::models::{ModelRequest, SeedChoice};

use crate::study_arguments::PlacesArguments;

/// A trained network.
#[derive(Args, Debug)]
pub struct ModelArguments {
    /// A study's directory (the --out of `fitroom run`), a directory in its runs/, or a safetensors file of
    /// `fitroom export`
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// The network of the study, by name or number; needed if it has several
    #[arg(long, value_name = "NAME")]
    pub network: Option<String>,
    #[command(flatten)]
    pub seeds: SeedArguments,
}

/// Which of a network's seeds.
#[derive(Args, Debug)]
pub struct SeedArguments {
    /// Take the network that was trained with this seed [default: the seed with the best validation
    /// accuracy]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Take the networks of all seeds; the mean of their probabilities is the answer
    #[arg(long, conflicts_with = "seed")]
    pub ensemble: bool,
}

impl SeedArguments {
    /// The seeds that are asked for.
    pub fn choice(&self) -> SeedChoice {
        match (self.seed, self.ensemble) {
            (Some(seed), _) => SeedChoice::Seed(seed),
            (None, true) => SeedChoice::All,
            (None, false) => SeedChoice::Best,
        }
    }
}

impl ModelArguments {
    /// The trained network that is asked for.
    pub fn request(&self, places: &PlacesArguments) -> ModelRequest {
        ModelRequest {
            path: self.model.clone(),
            network: self.network.clone(),
            seeds: self.seeds.choice(),
            places: places.places(),
        }
    }
}
