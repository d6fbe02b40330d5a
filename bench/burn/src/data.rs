//! The training images, from the IDX files in `$FITROOM_DATA`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

/// Values of one image.
pub const IMAGE: usize = 28 * 28;

/// Images, [`IMAGE`] bytes each, and their classes.
pub struct Images {
    pub images: Vec<u8>,
    pub labels: Vec<u8>,
}

/// # Panics
/// If `FITROOM_DATA` is not set, or has no such files.
pub fn training_images() -> Images {
    let directory = std::env::var("FITROOM_DATA")
        .expect("FITROOM_DATA names the directory of Fashion-MNIST's files");
    let values = |name: &str, header: usize| {
        let path = Path::new(&directory).join(format!("train-{name}-ubyte.gz"));
        let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut bytes = Vec::new();
        GzDecoder::new(file).read_to_end(&mut bytes).expect("a gzip file");
        bytes.split_off(header)
    };
    Images { images: values("images-idx3", 16), labels: values("labels-idx1", 8) }
}
