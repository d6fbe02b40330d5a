//! The command line.

use std::path::PathBuf;

use crate::cluster_arguments::{
    MERGE_HELP, MergeArguments, STATUS_HELP, SUBMIT_HELP, StatusArguments, SubmitArguments,
};
use crate::evaluate_arguments::{EVALUATE_HELP, EvaluateArguments};
use crate::export_arguments::{EXPORT_HELP, ExportArguments};
use crate::judge_arguments::{JUDGE_HELP, JudgeArguments};
use crate::lr_arguments::{LR_HELP, LrArguments};
use crate::margin_argument::MarginArgument;
use crate::predict_arguments::{PREDICT_HELP, PredictArguments};
use crate::serve_arguments::{PageArguments, SERVE_HELP, ServeArguments};
use crate::study_arguments::{DataArguments, PlacesArguments, ReadingArguments, StudyArguments};
use clap::{Args, Parser, Subcommand, value_parser};
use fitroom_session::ShareRequest;

/// Trains small neural networks on images over several seeds, and says which differences are real
#[derive(Debug, Parser)]
#[command(name = "fitroom", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  fitroom run           train the eight networks of a published report on Fashion-MNIST
  fitroom run --quick   the same within a minute, on a part of the images
  fitroom networks      show the networks that it trains, layer by layer

Results go to standard output, progress to standard error.
Exit codes: 0 done, 1 the work failed, 2 the request was wrong, 3 a verdict did not pass (judge),
130 interrupted (Ctrl-C).";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train the networks of a study, or continue an interrupted study, and write its report
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArguments),
    /// Show studies and judged runs in the browser
    #[command(after_help = SERVE_HELP)]
    Serve(ServeArguments),
    /// Write the report of a study again, from its stored runs
    #[command(after_help = "Example:\n  fitroom report fitroom-out/report-fashion-mnist")]
    Report(ReportArguments),
    /// Train a study on a cluster: write and submit its jobs
    #[command(after_help = SUBMIT_HELP)]
    Submit(SubmitArguments),
    /// Show what is done, running, waiting and failed of a study, on which machine, and the time left
    #[command(after_help = STATUS_HELP)]
    Status(StatusArguments),
    /// Join the directories of a study's shares into one
    #[command(after_help = MERGE_HELP)]
    Merge(MergeArguments),
    /// Check that every file of a study is what was written, and list what is damaged
    #[command(after_help = "Example:\n  fitroom verify fitroom-out/report-fashion-mnist")]
    Verify(VerifyArguments),
    /// Compare two networks seed by seed: which is better, how surely, which settings differ
    #[command(after_help = COMPARE_HELP)]
    Compare(CompareArguments),
    /// Write a trained network, or its numbers, for another program
    #[command(after_help = EXPORT_HELP)]
    Export(ExportArguments),
    /// Classify new images by a trained network
    #[command(after_help = PREDICT_HELP)]
    Predict(PredictArguments),
    /// Score a trained network on labelled images, class by class, and compare two
    #[command(after_help = EVALUATE_HELP)]
    Evaluate(EvaluateArguments),
    /// Judge runs that any tool logged: which networks differ, and how surely
    #[command(after_help = JUDGE_HELP)]
    Judge(JudgeArguments),
    /// Show each network of a study layer by layer: output shape, parameters, multiply-adds
    #[command(
        after_help = "Examples:\n  fitroom networks\n  fitroom networks mine.toml --dataset idx:my-images"
    )]
    Networks(NetworksArguments),
    /// List the built-in studies
    Studies,
    /// Measure how fast each network of a study trains and scores on this machine
    #[command(after_help = BENCH_EXAMPLES)]
    Bench(BenchArguments),
    /// Find learning rates for the networks of a study by range tests, as fastai's lr_find
    #[command(after_help = LR_HELP)]
    Lr(LrArguments),
    /// Show the processor, the instruction set in use, peak speeds, and where data sets are
    #[command(after_help = DOCTOR_HELP)]
    Doctor(PlacesArguments),
    /// Download, check or look at a data set
    Data {
        #[command(subcommand)]
        action: DataAction,
    },
}

const RUN_EXAMPLES: &str = "\
Examples:
  fitroom run                                  the published report, over five seeds
  fitroom run --quick                          the same within a minute, on a part of the images
  fitroom run --until-clear                    as many seeds as it takes, at most 40
  fitroom run --only 'batch norm,dropout' --seeds 20
  fitroom run mine.toml --dataset idx:my-images --out results
  fitroom run --quick --serve --open           watch it in the browser

Ctrl-C stops after the current step. The same command continues there, and gives the same numbers
as a study that was never interrupted.";

#[derive(Args, Debug)]
pub struct RunArguments {
    #[command(flatten)]
    pub asked: StudyArguments,
    /// Train share 3 of 50 of the runs, beside processes that train the others; auto: the share of the
    /// Slurm, HyperQueue, GNU parallel or Kubernetes task that this is
    #[arg(long, value_name = "3/50|auto/50", conflicts_with = "serve")]
    pub share: Option<ShareRequest>,
    /// Number of threads [default: one per core]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Output directory [default: fitroom-out/STUDY-DATASET]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Copy the data set's files to this directory of the machine, once for all processes, and read
    /// them there
    #[arg(long, value_name = "DIR")]
    pub stage: Option<PathBuf>,
    /// Store a checkpoint of each run this often within an epoch
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub checkpoint_every: f64,
    /// Write TensorBoard's event files to DIR/tensorboard, each epoch as soon as it is done
    #[arg(long)]
    pub tensorboard: bool,
    #[command(flatten)]
    pub margin: MarginArgument,
    /// Show the study in the browser while it is trained, and afterwards until Ctrl-C
    #[arg(long)]
    pub serve: bool,
    #[command(flatten)]
    pub page: PageArguments,
}

#[derive(Args, Debug)]
pub struct ReportArguments {
    /// The study's directory: the --out of `fitroom run`
    pub dir: PathBuf,
    #[command(flatten)]
    pub margin: MarginArgument,
    /// Look for the study's images here first; the report shows some of them
    /// [default: $FITROOM_DATA, then the user's cache]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct VerifyArguments {
    /// The study's directory: the --out of `fitroom run`
    pub dir: PathBuf,
}

const COMPARE_HELP: &str = "\
Examples:
  fitroom compare fitroom-out/report-fashion-mnist 'batch norm' 'two hidden layers'
  fitroom compare fitroom-out/report-fashion-mnist 5 2 --margin 1
  fitroom compare before 'batch norm' 'batch norm' --other after
  fitroom compare fitroom-out/report-fashion-mnist --all

Networks are compared over the seeds whose runs have ended in both. Networks of two directories can
be compared if both studies have the same data set, `validation` and `train_images`.";

#[derive(Args, Debug)]
pub struct CompareArguments {
    /// The study's directory: the --out of `fitroom run`
    pub dir: PathBuf,
    /// A network, by name or number
    #[arg(required_unless_present = "all")]
    pub a: Option<String>,
    /// The network that it is compared with, by name or number
    #[arg(required_unless_present = "all")]
    pub b: Option<String>,
    /// Compare every two networks of the study, and adjust each verdict for all of them
    #[arg(long, conflicts_with_all = ["a", "b", "other"])]
    pub all: bool,
    /// Take B from the study in this directory
    #[arg(long, value_name = "DIR")]
    pub other: Option<PathBuf>,
    #[command(flatten)]
    pub margin: MarginArgument,
}

const BENCH_EXAMPLES: &str = "\
Examples:
  fitroom bench                                the published report, on one core and on all
  fitroom bench --only 'batch norm,dropout' --threads 1 --seconds 5
  fitroom bench mine.toml --csv mine.csv

A step is a whole training step: gathering the images, forward, backward, penalty, optimizer. The
time of a step is the median of several rounds, with the quartiles beside it. GFLOP/s count the
operations that the formulas of the forward and backward pass need. images/s and GFLOP/s are
totals over all cores.";

const DOCTOR_HELP: &str = "\
Arithmetic and memory traffic are measured in many rounds, on one core and on all at once. The
table shows the fastest round.

FITROOM_SIMD = avx512, avx2, neon or portable names the instruction set that all commands use.
If it is not set, they use the best one that this machine has.";

#[derive(Args, Debug)]
pub struct BenchArguments {
    /// A built-in study's name, or a study file
    #[arg(default_value = "report")]
    pub study: String,
    /// Measure only these networks, by name or number
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Copies of a network that train at once, one per core [default: 1, then one per core]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// Seconds of training for each measurement
    #[arg(long, value_name = "S", default_value = "1", value_parser = seconds)]
    pub seconds: f64,
    /// Also write one row per measurement to FILE; `-` prints the rows instead of the table
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    #[command(flatten)]
    pub data: DataArguments,
}

fn seconds(word: &str) -> Result<f64, String> {
    match word.parse() {
        Ok(seconds) if (0.001..=3600.0).contains(&seconds) => Ok(seconds),
        _ => Err("not a number of seconds from 0.001 to 3600".to_owned()),
    }
}

#[derive(Args, Debug)]
pub struct NetworksArguments {
    /// A built-in study's name, or a study file
    #[arg(default_value = "report")]
    pub study: String,
    #[command(flatten)]
    pub data: DataArguments,
}

#[derive(Debug, Subcommand)]
pub enum DataAction {
    /// Download a data set if it is not on disk, and check it
    Fetch(DataName),
    /// Check each file of a data set on disk
    Verify(DataName),
    /// Count the images of each class, and draw a contact sheet
    #[command(after_help = "Example:\n  fitroom data show drawn --sheet drawn.png")]
    Show {
        #[command(flatten)]
        data: DataName,
        /// File of the contact sheet [default: fitroom-out/NAME.png]
        #[arg(long, value_name = "FILE")]
        sheet: Option<PathBuf>,
    },
}

#[derive(Args, Debug)]
pub struct DataName {
    /// fashion-mnist, mnist, kmnist, emnist-letters, cifar10, bloodmnist ..., drawn; or files: idx:DIR,
    /// csv:TRAIN,TEST, npz:FILE, folder:DIR or cifar:PATH
    #[arg(default_value = "fashion-mnist")]
    pub name: String,
    #[command(flatten)]
    pub reading: ReadingArguments,
    #[command(flatten)]
    pub places: PlacesArguments,
}
