//! `fitroom`, the command line of Fitting Room.

mod arguments;
mod bench;
mod compare;
mod data;
mod doctor;
mod failure;
mod interrupt;
mod networks;
mod output;
mod progress;
mod report;
mod run;

use std::process::ExitCode;

use clap::Parser;
use fitroom_data::Places;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Report { dir, margin, data_dir } => {
            report::rebuild(&dir, &Places { data_dir }, margin.fraction())
        }
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Networks(arguments) => networks::show(&arguments),
        Command::Studies => networks::studies(),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Doctor(places) => doctor::examine(&places.places()),
        Command::Data { action } => data::act(&action),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            ExitCode::from(failure.exit_code())
        }
    }
}
