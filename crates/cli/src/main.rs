//! `fitroom`, the command line of Fitting Room. A session does the work; this program turns
//! arguments into requests, and their events and results into words, bars and exit codes.

#![deny(clippy::wildcard_enum_match_arm)]

mod arguments;
mod bench;
mod compare;
mod data;
mod display;
mod doctor;
mod exit_code;
mod failure;
mod interrupt;
mod judge;
mod judge_arguments;
mod message;
mod networks;
mod output;
mod report;
mod run;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Report(arguments) => report::rebuild(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Judge(arguments) => judge::judge(&arguments),
        Command::Networks(arguments) => networks::show(&arguments),
        Command::Studies => networks::studies(),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Doctor(places) => doctor::examine(&places.places()),
        Command::Data { action } => data::act(&action),
    };
    let code = match outcome {
        Ok(()) => exit_code::DONE,
        Err(failure) => {
            message::tell(&failure);
            failure.exit_code()
        }
    };
    ExitCode::from(code)
}
