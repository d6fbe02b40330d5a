//! Writes the networks of a trained study, with the first 1,000 test images, for
//! `crates/export/tests/{onnx/compare.py,pytorch/check.py}`: `trained_models STUDY OUT`. The study's images
//! must be on disk.

use std::env;
use std::error::Error;
use std::path::PathBuf;

use fitroom_session::data::Places;
use fitroom_session::models::{SeedChoice, models_of_network};
use fitroom_session::study::StoredStudy;
use fitroom_session::{file_name, stored_dataset};

#[path = "../../export/tests/models/directory.rs"]
mod directory;

const IMAGES: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [dir, out] = &arguments[..] else { return Err("usage: trained_models STUDY OUT".into()) };
    let dataset =
        stored_dataset(dir, &Places::default()).ok_or("the study's images are not on disk")?;
    let study = StoredStudy::open(dir)?;
    let len = dataset.height * dataset.width * dataset.channels;
    let images = &dataset.test.images[..len * dataset.test.len().min(IMAGES)];
    for (network, plan) in study.study.networks.iter().enumerate() {
        let found = models_of_network(&study, network, SeedChoice::Best, Some(&dataset))?;
        directory::write(&out.join(file_name(&plan.name)), &found.models[0], images)?;
        println!("{}, seed {}", plan.name, found.models[0].seed);
    }
    Ok(())
}
