//! The command line of Fitting Room. A session does the work; this crate turns arguments into
//! requests, and their events and results into words, bars and exit codes.
//!
//! The program `fitroom` calls [`run`], and so does the Python package's command of that name.

#![deny(clippy::wildcard_enum_match_arm)]

mod arguments;
mod bench;
mod cluster_arguments;
mod compare;
mod data;
mod display;
mod doctor;
mod evaluate;
mod evaluate_arguments;
mod exit_code;
mod export;
mod export_arguments;
mod failure;
mod interrupt;
mod judge;
mod judge_arguments;
mod lr;
mod lr_arguments;
mod margin_argument;
mod merge;
mod message;
mod model_arguments;
mod networks;
mod output;
mod predict;
mod predict_arguments;
mod report;
mod run;
mod serve;
mod serve_arguments;
mod slurm;
mod slurm_script;
mod status;
mod study_arguments;
mod verify;
mod watch;

use std::ffi::OsString;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::cluster_arguments::SubmitEngine;
use crate::failure::Failure;

/// Carries out a command line, whose first word is the program's name, and returns the exit code.
///
/// A process calls this once, because a study that is trained handles Ctrl-C from then on. Ctrl-C may
/// end the process.
pub fn run(command_line: impl IntoIterator<Item = OsString>) -> u8 {
    let words: Vec<OsString> = command_line.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => {
            // A closed output is no reason to fail: clap's own `exit` ignores it too.
            let _ = error.print();
            return error.exit_code().try_into().unwrap_or(exit_code::WRONG_REQUEST);
        }
    };
    let outcome = match arguments.command {
        Command::Run(arguments) => run::run(&arguments, &words),
        Command::Serve(arguments) => serve::serve(&arguments),
        Command::Report(arguments) => report::rebuild(&arguments),
        Command::Submit(arguments) => match arguments.engine {
            SubmitEngine::Slurm(arguments) => slurm::submit(&arguments),
        },
        Command::Status(arguments) => status::status(&arguments),
        Command::Merge(arguments) => merge::merge(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Export(arguments) => export::export(&arguments),
        Command::Predict(arguments) => predict::predict(&arguments),
        Command::Evaluate(arguments) => evaluate::evaluate(&arguments),
        Command::Judge(arguments) => judge::judge(&arguments),
        Command::Networks(arguments) => networks::show(&arguments),
        Command::Studies => networks::studies(),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Lr(arguments) => lr::lr(&arguments),
        Command::Doctor(places) => doctor::examine(&places.places()),
        Command::Data { action } => data::act(&action),
    };
    match outcome {
        Ok(()) => exit_code::DONE,
        Err(failure) => {
            message::tell(&failure);
            failure.exit_code()
        }
    }
}
