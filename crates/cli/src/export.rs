//! `fitroom export`: trained networks and their numbers for other programs.

use fitroom_session::export::{OnnxInput, OnnxOptions};
use fitroom_session::exporting::{
    ExportFormat, ExportRequest, default_export_directory, export as export_request,
};
use fitroom_session::models::ModelRequest;
use fitroom_session::report::number::counted_in_digits;
use fitroom_session::tensorboard::{RunInUse, export_tensorboard};

use crate::Failure;
use crate::export_arguments::{ExportArguments, InputArgument, ToArgument};
use crate::message::warn;
use crate::output::{print, say};

/// Writes the files, and prints their paths.
pub fn export(arguments: &ExportArguments) -> Result<(), Failure> {
    let format = match arguments.to {
        ToArgument::Onnx => ExportFormat::Onnx(OnnxOptions {
            input: match arguments.input {
                None | Some(InputArgument::Bytes) => OnnxInput::Bytes,
                Some(InputArgument::Floats) => OnnxInput::Floats,
            },
            fold: arguments.fold,
        }),
        ToArgument::Safetensors => ExportFormat::Safetensors,
        ToArgument::Torch => ExportFormat::Torch,
        ToArgument::Csv => ExportFormat::Csv,
        ToArgument::Tensorboard => return tensorboard(arguments),
    };
    if arguments.to != ToArgument::Onnx && (arguments.fold || arguments.input.is_some()) {
        return Err(Failure::OnlyForOnnx);
    }
    let request = ExportRequest {
        model: ModelRequest {
            path: arguments.model.clone(),
            network: arguments.network.clone(),
            seeds: arguments.seeds.choice(),
            places: arguments.places.places(),
        },
        format,
        out: arguments.out.clone().unwrap_or_else(default_export_directory),
    };
    let exported = export_request(&request)?;
    exported.notes.iter().for_each(|note| say(&format!("note: {note}")));
    let lines = exported.files.iter().map(|path| format!("{}\n", path.display()));
    print(&lines.collect::<String>())
}

/// Event files are of all seeds: TensorBoard lets its reader choose.
fn tensorboard(arguments: &ExportArguments) -> Result<(), Failure> {
    let ExportArguments { model, network, out, seeds, fold, input, .. } = arguments;
    if seeds.seed.is_some() || *fold || input.is_some() {
        return Err(Failure::NotForTensorboard);
    }
    let exported = export_tensorboard(model, network.as_deref(), out.as_deref())?;
    for RunInUse { network, seed, by } in &exported.in_use {
        warn(&format!("{network}, seed {seed} is left alone: {by} writes its file"));
    }
    say(&format!("{} written; look at them with", counted_in_digits(exported.runs, "run")));
    print(&format!("tensorboard --logdir {}\n", exported.dir.display()))
}
