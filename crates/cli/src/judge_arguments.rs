//! The arguments of `fitroom judge`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use fitroom_session::judging::{
    At, Direction, For, Gate, JudgeRequest, Margin, Outcome, ScaleKind, TidyColumns,
};

pub const JUDGE_HELP: &str = "\
Reads tables (CSV, JSON lines), PyTorch Lightning's CSVLogger, Keras' CSVLogger and history, Hugging
Face's trainer state, TensorBoard's event files, MLflow, Optuna, W&B's exported CSV, Hydra's
overrides, and studies of fitroom run. What is not named is guessed, and every guess is said.

Examples:
  fitroom judge runs.csv
  fitroom judge runs.csv --network model --seed seed --score val_acc --baseline plain
  fitroom judge lightning_logs --score val_loss --margin 0.01 --at best
  fitroom judge mlruns fitroom-out/report-fashion-mnist --score val_accuracy
  fitroom judge runs.csv --declared --require not-worse --format markdown >comment.md

Nobody knows how the number of seeds of such runs was decided, so the sequential test judges, which
holds however often one looked. --declared vouches that it was decided before the first look.";

/// Reads what `MEASURE=VALUE` or `VALUE` is for.
fn for_measure<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<(For, T), String> {
    match text.rsplit_once('=') {
        Some((measure, value)) => Ok((For::Measure(measure.to_owned()), parse(value)?)),
        None => Ok((For::All, parse(text)?)),
    }
}

fn margin(text: &str) -> Result<(For, Margin), String> {
    for_measure(text, |value| value.parse::<Margin>().map_err(|error| error.to_string()))
}

fn scale(text: &str) -> Result<(For, ScaleKind), String> {
    for_measure(text, str::parse)
}

fn outcome(text: &str) -> Result<Outcome, String> {
    text.parse()
}

#[derive(Args, Debug)]
pub struct JudgeArguments {
    /// Files and directories with logs of training runs
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Judge by this measure; several may be given, the most important first
    #[arg(long, value_name = "MEASURE", help_heading = SCORES)]
    pub score: Vec<String>,
    /// Which epoch's value is the score of a run
    #[arg(long, value_enum, default_value_t = AtArgument::Last, help_heading = SCORES)]
    pub at: AtArgument,
    /// Less is better, of this measure or of all
    #[arg(long, value_name = "MEASURE", num_args = 0..=1, require_equals = true, help_heading = SCORES)]
    pub lower_is_better: Option<Option<String>>,
    /// More is better, of this measure or of all
    #[arg(long, value_name = "MEASURE", num_args = 0..=1, require_equals = true, help_heading = SCORES)]
    pub higher_is_better: Option<Option<String>>,
    /// The smallest difference that matters: 0.02, 0.5%, or val_loss=0.02. A percentage is points of
    /// an accuracy, and of other measures a part of the baseline's mean [default: 0.5% of accuracies]
    #[arg(long, value_name = "MARGIN", value_parser = margin, help_heading = SCORES)]
    pub margin: Vec<(For, Margin)>,
    /// How scores are written: fraction (0 to 1), percent (0 to 100) or plain; or val_f1=fraction
    #[arg(long, value_name = "SCALE", value_parser = scale, help_heading = SCORES)]
    pub scale: Vec<(For, ScaleKind)>,

    /// The column or setting that names the network
    #[arg(long, value_name = "KEY", help_heading = RUNS)]
    pub network: Option<String>,
    /// The column of the seed
    #[arg(long, value_name = "KEY", help_heading = RUNS)]
    pub seed: Option<String>,
    /// The column of the epoch, in a table with a row for each epoch
    #[arg(long, value_name = "KEY", help_heading = RUNS)]
    pub epoch: Option<String>,
    /// A setting that tells no networks apart; several may be given
    #[arg(long, value_name = "KEY", help_heading = RUNS)]
    pub ignore: Vec<String>,
    /// The network that all others are compared with
    #[arg(long, value_name = "NAME", help_heading = RUNS)]
    pub baseline: Option<String>,
    /// Vouch that the number of seeds was decided before the first look at results
    #[arg(long, help_heading = RUNS)]
    pub declared: bool,
    /// Compare all runs of one network with all of the other: their seeds mean nothing to each other
    #[arg(long, help_heading = RUNS)]
    pub unpaired: bool,

    /// Directory of the report [default: fitroom-out/judge-NAME; none with --json or markdown]
    #[arg(long, value_name = "DIR", help_heading = OUTPUT)]
    pub out: Option<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Text, help_heading = OUTPUT)]
    pub format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format", help_heading = OUTPUT)]
    pub json: bool,
    /// Exit with 3 if a verdict is one of these: better, worse, equivalent, undecided, not-worse
    #[arg(long, value_name = "OUTCOME", value_delimiter = ',', value_parser = outcome, help_heading = OUTPUT)]
    pub fail_if: Vec<Outcome>,
    /// Exit with 3 if a verdict is none of these
    #[arg(long, value_name = "OUTCOME", value_delimiter = ',', value_parser = outcome, help_heading = OUTPUT)]
    pub require: Vec<Outcome>,
}

const SCORES: &str = "Scores";
const RUNS: &str = "Runs";
const OUTPUT: &str = "Output";

/// Which epoch's value is the score of a run.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum AtArgument {
    /// The last one
    Last,
    /// The best one, which flatters
    Best,
}

/// What is printed to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For other programs
    Json,
    /// For a comment on a pull request
    Markdown,
}

impl JudgeArguments {
    /// What is to be printed.
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    /// The conditions on verdicts.
    pub fn gate(&self) -> Gate {
        Gate { fail_if: self.fail_if.clone(), require: self.require.clone() }
    }

    /// How the runs are to be judged.
    pub fn request(&self) -> JudgeRequest {
        let said = |of: &Option<Option<String>>, direction| {
            let of = of.clone()?;
            Some((of.map_or(For::All, For::Measure), direction))
        };
        // What is said of one measure counts more than what is said of all.
        let mut directions: Vec<(For, Direction)> = [
            said(&self.lower_is_better, Direction::LowerIsBetter),
            said(&self.higher_is_better, Direction::HigherIsBetter),
        ]
        .into_iter()
        .flatten()
        .collect();
        directions.sort_by_key(|(of, _)| *of != For::All);
        let (mut margins, mut scales) = (self.margin.clone(), self.scale.clone());
        margins.sort_by_key(|(of, _)| *of != For::All);
        scales.sort_by_key(|(of, _)| *of != For::All);
        JudgeRequest {
            columns: TidyColumns {
                network: self.network.clone(),
                seed: self.seed.clone(),
                epoch: self.epoch.clone(),
                scores: Vec::new(),
            },
            ignore: self.ignore.clone(),
            measures: self.score.clone(),
            at: match self.at {
                AtArgument::Last => At::Last,
                AtArgument::Best => At::Best,
            },
            directions,
            scales,
            margins,
            baseline: self.baseline.clone(),
            is_declared: self.declared,
            is_unpaired: self.unpaired,
        }
    }
}
