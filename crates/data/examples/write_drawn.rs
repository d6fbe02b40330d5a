//! Writes the built-in data set `drawn` as four IDX files and a contact sheet, for use in other
//! programs:
//!
//! ```text
//! cargo run --release -p fitroom-data --example write_drawn -- DIR
//! ```

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use fitroom_data::{Places, ReadOptions, Source, contact_sheet};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(std::env::args_os().nth(1).ok_or("name a directory")?);
    fs::create_dir_all(&directory)?;
    let dataset = Source::Drawn.load(&ReadOptions::default(), &Places::default(), &mut |_| {})?;
    for (name, part) in [("train", &dataset.train), ("t10k", &dataset.test)] {
        let count = part.len() as u32;
        let header =
            |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
        let size = [dataset.height as u32, dataset.width as u32];
        let images = [header(&[0x803, count, size[0], size[1]]), part.images.to_vec()].concat();
        let labels = [header(&[0x801, count]), part.labels.clone()].concat();
        fs::write(directory.join(format!("{name}-images-idx3-ubyte")), images)?;
        fs::write(directory.join(format!("{name}-labels-idx1-ubyte")), labels)?;
    }
    fs::write(directory.join("contact-sheet.png"), contact_sheet(&dataset, 20, 2))?;
    println!("{}", dataset.fingerprint);
    Ok(())
}
