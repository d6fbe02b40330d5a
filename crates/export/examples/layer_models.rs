//! Writes models of every kind of layer for the checks of other programs: `layer_models DIR`. Each has a
//! directory, as `tests/models/directory.rs` says.

use std::env;
use std::error::Error;
use std::path::PathBuf;

#[path = "../tests/models/directory.rs"]
mod directory;
#[path = "../tests/models/mod.rs"]
mod models;

/// Neither a multiple of the larger batch nor of the network's own.
const IMAGES: usize = 23;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::args().nth(1).ok_or("usage: layer_models DIR")?);
    for (name, model) in models::models() {
        directory::write(&out.join(name), &model, &models::images(&model, IMAGES))?;
    }
    Ok(())
}
