//! The arguments of `fitroom evaluate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};
use fitroom_session::evaluation::{EvaluatedPart, EvaluationRequest};
use fitroom_session::models::{ModelRequest, SeedChoice};

use crate::model_arguments::ModelArguments;
use crate::study_arguments::DataArguments;

pub const EVALUATE_HELP: &str = "\
Examples:
  fitroom evaluate fitroom-out/report-fashion-mnist --network 'batch norm'
  fitroom evaluate fitroom-out/report-fashion-mnist --network 8 --ensemble --dataset folder:mine --part all
  fitroom evaluate fitroom-out/report-fashion-mnist --network 8 --other-network 5
  fitroom evaluate new.safetensors --other old.safetensors --dataset csv:more.csv --json

Two networks on the same images are compared by McNemar's exact test. It takes each network as it is: to
compare architectures, use `fitroom compare`, which looks at all seeds.";

#[derive(Args, Debug)]
pub struct EvaluateArguments {
    #[command(flatten)]
    pub model: ModelArguments,
    /// Which images of the data set
    #[arg(long, value_enum, default_value_t = PartArgument::Test)]
    pub part: PartArgument,
    /// Compare with the network in this directory or file on the same images
    #[arg(long, value_name = "MODEL")]
    pub other: Option<PathBuf>,
    /// Compare with this network of MODEL or of --other, by name or number; needed if --other has several
    #[arg(long, value_name = "NAME")]
    pub other_network: Option<String>,
    /// Compare with the network that was trained with this seed [default: the best]
    #[arg(long, value_name = "N")]
    pub other_seed: Option<u64>,
    /// Directory of the report [default: fitroom-out/evaluate-NETWORK-DATASET; none with --json]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the numbers for other programs
    #[arg(long)]
    pub json: bool,
    /// Number of threads [default: one per core]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    #[command(flatten)]
    pub data: DataArguments,
}

/// Which images of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PartArgument {
    /// The test images
    Test,
    /// The training images
    Train,
    /// All images
    All,
}

impl From<PartArgument> for EvaluatedPart {
    fn from(part: PartArgument) -> Self {
        match part {
            PartArgument::Test => EvaluatedPart::Test,
            PartArgument::Train => EvaluatedPart::Train,
            PartArgument::All => EvaluatedPart::All,
        }
    }
}

impl EvaluateArguments {
    /// What is asked for, with this many threads.
    pub fn request(&self, threads: usize) -> EvaluationRequest {
        let model = self.model.request(&self.data.places);
        let is_compared =
            self.other.is_some() || self.other_network.is_some() || self.other_seed.is_some();
        let other = is_compared.then(|| ModelRequest {
            path: self.other.as_ref().unwrap_or(&model.path).clone(),
            network: match &self.other {
                Some(_) => self.other_network.clone(),
                None => self.other_network.clone().or_else(|| model.network.clone()),
            },
            seeds: match (self.other_seed, model.seeds) {
                (Some(seed), _) => SeedChoice::Seed(seed),
                (None, SeedChoice::All) => SeedChoice::All,
                (None, SeedChoice::Best | SeedChoice::Seed(_)) => SeedChoice::Best,
            },
            places: model.places.clone(),
        });
        EvaluationRequest {
            model,
            other,
            dataset: self.data.dataset.clone(),
            reading: self.data.reading.changes(),
            part: self.part.into(),
            places: self.data.places.places(),
            threads,
        }
    }
}
