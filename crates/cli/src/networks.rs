//! `fitroom networks` and `fitroom studies`: the networks and studies that can be trained.

use std::fmt::Write;

use fitroom_session::report::number;
use fitroom_session::study::{Architecture, ConvMethod, NetworkPlan, Study};
use fitroom_session::{ImageFacts, StudyRequest, image_facts};

use crate::Failure;
use crate::arguments::NetworksArguments;
use crate::display::LoadingDisplay;
use crate::output::{Table, print};

/// `fitroom networks`
pub fn show(arguments: &NetworksArguments) -> Result<(), Failure> {
    let request = StudyRequest {
        dataset: arguments.data.dataset.clone(),
        reading: arguments.data.reading.changes(),
        ..StudyRequest::new(&arguments.study)
    };
    let study = request.find()?;
    let places = arguments.data.places.places();
    let mut loading = LoadingDisplay::new();
    let ImageFacts { shape, classes } =
        image_facts(study.dataset.as_ref(), &study.reading, &places, &mut |event| {
            loading.show(event)
        })?;
    let mut text =
        format!("{}: networks for images of {shape} in {classes} classes\n", study.title);
    for (index, network) in study.networks.iter().enumerate() {
        let architecture = network.architecture(shape, classes)?;
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
