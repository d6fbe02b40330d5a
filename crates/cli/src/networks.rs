//! `fitroom networks` and `fitroom studies`: the networks and studies that can be trained.

use std::fmt::Write;

use fitroom_session::report::number;
use fitroom_session::study::Study;
use fitroom_session::{ImageFacts, StudyRequest, image_facts, layers, lengths};

use crate::Failure;
use crate::arguments::NetworksArguments;
use crate::display::LoadingDisplay;
use crate::output::{Rows, print};

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
    let images = image_facts(study.dataset.as_ref(), &study.reading, &places, &mut |event| {
        loading.show(event)
    })?;
    let ImageFacts { shape, classes } = images;
    let mut text =
        format!("{}: networks for images of {shape} in {classes} classes\n", study.title);
    let lengths = lengths(&study, &places);
    for (index, network) in study.networks.iter().enumerate() {
        let layers = Rows::from(&layers(network, images)?).text("   ");
        write!(text, "\n{}. {}\n{layers}", index + 1, network.name).expect("to memory");
        if let Some(length) = &lengths[index] {
            writeln!(text, "   trained for {length}").expect("to memory");
        }
    }
    print(&text)
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
