//! `fitroom networks` and `fitroom studies`: what there is to train.

use std::fmt::Write;

use fitroom_data::Source;
use fitroom_report::number;
use fitroom_study::{Architecture, ConvMethod, NetworkPlan, Shape, Study, image_shape};

use crate::arguments::NetworksArguments;
use crate::output::{Table, print};
use crate::{Failure, data};

/// `fitroom networks`
pub fn show(arguments: &NetworksArguments) -> Result<(), Failure> {
    let study = Study::find(&arguments.study)?;
    let source = match &arguments.data.dataset {
        Some(name) => Some(name.parse()?),
        None => study.dataset.clone(),
    };
    let (image, classes) = match &source {
        // Known without a download.
        None | Some(Source::FashionMnist | Source::Mnist | Source::Kmnist | Source::Drawn) => {
            (Shape::Image { channels: 1, height: 28, width: 28 }, 10)
        }
        Some(source @ (Source::Idx(_) | Source::Csv { .. })) => {
            let dataset = data::load(Some(source), &arguments.data.places.places())?;
            (image_shape(&dataset), dataset.classes.len())
        }
    };
    let mut text =
        format!("{}: networks for images of {image} in {classes} classes\n", study.title);
    for (index, network) in study.networks.iter().enumerate() {
        let architecture = network.architecture(image, classes)?;
        write!(text, "\n{}. {}\n{}", index + 1, network.name, layers(network, &architecture))
            .expect("to memory");
    }
    print(&text)
}

fn layers(network: &NetworkPlan, architecture: &Architecture) -> String {
    let mut table = Table::new(["layer", "output", "parameters", "multiply-adds"]);
    for (index, layer) in architecture.summary().into_iter().enumerate() {
        let note = match layer.method {
            Some(ConvMethod::Winograd) => " (Winograd)",
            Some(ConvMethod::Direct) => " (direct)",
            None if index == network.layers.len() => " (implied)",
            None => "",
        };
        table.row([
            layer.layer + note,
            layer.output.to_string(),
            number::count(layer.parameters as u64),
            number::count(layer.multiply_adds),
        ]);
    }
    let parameters = number::count(architecture.parameter_count() as u64);
    table.row([
        "total".into(),
        String::new(),
        parameters,
        number::count(architecture.multiply_adds()),
    ]);
    table.text("   ")
}

/// `fitroom studies`
pub fn studies() -> Result<(), Failure> {
    let mut table = String::new();
    for name in Study::built_in_names() {
        let study = Study::find(name)?;
        writeln!(
            table,
            "{name}: {} ({})",
            study.title,
            number::counted(study.networks.len(), "network")
        )
        .expect("to memory");
    }
    print(&table)
}
