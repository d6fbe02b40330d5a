//! The arguments of `fitroom lr`.

use std::path::PathBuf;

use clap::{Args, value_parser};
use fitroom_session::study::{RateRange, RateRangeError};
use fitroom_session::{RateTestRequest, StudyRequest};

use crate::study_arguments::DataArguments;

pub const LR_HELP: &str = "\
Examples:
  fitroom lr                                   the eight networks of the published report
  fitroom lr mine.toml --network 'batch norm'
  fitroom lr mine.toml --from 1e-5 --to 1 --steps 200 --json

The learning-rate range test (Smith 2015), as the lr_find of fastai and Lightning: a short training
on seed 1's images, batches and first weights, in which the learning rate grows exponentially. It
ends when the smoothed loss is four times its lowest value. Suggested is fastai's valley: half way
down the longest fall. Steepest is where the loss falls fastest over the logarithm of the rate. A
suggestion is a place to begin: to choose a rate, compare a few around it in a sweep.

Nothing of the study's results is touched.";

#[derive(Args, Debug)]
pub struct LrArguments {
    /// A built-in study's name, or a study file
    #[arg(default_value = "report")]
    pub study: String,
    /// Test only these networks, by name or number
    #[arg(long, alias = "only", value_name = "NAME,...", value_delimiter = ',')]
    pub network: Vec<String>,
    /// The learning rate of the first step
    #[arg(long, value_name = "RATE", default_value = "1e-7")]
    pub from: f32,
    /// The learning rate that the last step comes close to
    #[arg(long, value_name = "RATE", default_value = "10")]
    pub to: f32,
    /// Training steps, a batch each
    #[arg(long, value_name = "N", default_value = "100")]
    pub steps: u32,
    /// Directory of the curves, as CSV, SVG and PNG [default: fitroom-out/lr-STUDY-DATASET; none
    /// with --json]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the curves for other programs
    #[arg(long)]
    pub json: bool,
    /// Number of threads [default: one per core]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    #[command(flatten)]
    pub data: DataArguments,
}

impl LrArguments {
    /// What the user asks for.
    pub fn request(&self) -> Result<RateTestRequest, RateRangeError> {
        Ok(RateTestRequest {
            study: StudyRequest {
                only: self.network.clone(),
                dataset: self.data.dataset.clone(),
                reading: self.data.reading.changes(),
                ..StudyRequest::new(&self.study)
            },
            places: self.data.places.places(),
            range: RateRange::new(self.from, self.to, self.steps)?,
            threads: self.threads.map(usize::from),
        })
    }
}
