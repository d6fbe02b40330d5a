//! The same images, written in every format that the program reads.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::fixture::{Place, Random, idx};

/// Images with their labels, in order of the labels.
pub struct Images {
    pub size: [usize; 2],
    pub channels: usize,
    /// Image after image, row by row, pixel by pixel.
    pub pixels: Vec<u8>,
    pub labels: Vec<u8>,
}

impl Images {
    /// Noisy images in ten classes: a bright square whose place tells the class.
    pub fn made(count: usize, size: [usize; 2], channels: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let labels: Vec<u8> = (0..count).map(|image| (image * 10 / count) as u8).collect();
        let mut pixels = Vec::new();
        for &label in &labels {
            let (top, left) = (usize::from(label / 5) * size[0] / 2, usize::from(label % 5));
            for at in 0..size[0] * size[1] * channels {
                let (row, column) = (at / channels / size[1], at / channels % size[1]);
                let is_in = row >= top && row < top + 3 && column >= left && column < left + 3;
                let is_own = channels == 1 || at % channels == usize::from(label) % channels;
                pixels.push(random.below(120) as u8 + if is_in && is_own { 130 } else { 0 });
            }
        }
        Images { size, channels, pixels, labels }
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn each(&self) -> impl Iterator<Item = (u8, &[u8])> {
        let len = self.size[0] * self.size[1] * self.channels;
        self.labels.iter().copied().zip(self.pixels.chunks(len))
    }

    /// Two IDX files; `part` is `train` or `t10k`.
    pub fn write_idx(&self, place: &Place, directory: &str, part: &str) {
        let mut sizes = vec![self.len(), self.size[0], self.size[1]];
        sizes.extend((self.channels > 1).then_some(self.channels));
        let images = format!("{directory}/{part}-images-idx{}-ubyte", sizes.len());
        place.write(&images, idx(&sizes, self.pixels.clone()));
        let labels = format!("{directory}/{part}-labels-idx1-ubyte");
        place.write(&labels, idx(&[self.len()], self.labels.clone()));
    }

    /// A CSV file as Kaggle has them: the label first.
    pub fn write_kaggle(&self, place: &Place, name: &str) {
        let pixels = self.pixels.len() / self.len();
        let header: String = (1..=pixels).map(|pixel| format!(",pixel{pixel}")).collect();
        let mut text = format!("label{header}\n");
        for (label, image) in self.each() {
            let values: String = image.iter().map(|byte| format!(",{byte}")).collect();
            text += &format!("{label}{values}\n");
        }
        place.write(name, text);
    }

    /// A CSV file as OpenML has them: numbers with a point, and the label last.
    pub fn write_openml(&self, place: &Place, name: &str) {
        let pixels = self.pixels.len() / self.len();
        let header: String = (1..=pixels).map(|pixel| format!("pixel{pixel},")).collect();
        let mut text = format!("{header}class\n");
        for (label, image) in self.each() {
            let values: String = image.iter().map(|byte| format!("{byte}.0,")).collect();
            text += &format!("{values}{label}\n");
        }
        place.write(name, text);
    }

    /// A folder of PNGs for each class.
    pub fn write_folder(&self, place: &Place, directory: &str) {
        for (number, (label, image)) in self.each().enumerate() {
            let mut file = Vec::new();
            let mut encoder =
                png::Encoder::new(&mut file, self.size[1] as u32, self.size[0] as u32);
            encoder.set_color(match self.channels {
                1 => png::ColorType::Grayscale,
                _ => png::ColorType::Rgb,
            });
            encoder.set_depth(png::BitDepth::Eight);
            encoder.write_header().unwrap().write_image_data(image).unwrap();
            place.write(&format!("{directory}/{label}/{number:05}.png"), file);
        }
    }

    /// Records of CIFAR-10: the label, then one channel after the other.
    pub fn cifar(&self) -> Vec<u8> {
        let mut records = Vec::new();
        for (label, image) in self.each() {
            records.push(label);
            for channel in 0..self.channels {
                records.extend(image.iter().skip(channel).step_by(self.channels));
            }
        }
        records
    }
}

/// An `.npz` with the arrays that Keras keeps.
pub fn write_npz(place: &Place, name: &str, train: &Images, test: &Images) {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, shape: &[usize], values: &[u8]| {
        archive.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
        archive.write_all(&npy(shape, values)).unwrap();
    };
    for (part, images) in [("train", train), ("test", test)] {
        let mut shape = vec![images.len(), images.size[0], images.size[1]];
        shape.extend((images.channels > 1).then_some(images.channels));
        add(&format!("x_{part}"), &shape, &images.pixels);
        add(&format!("y_{part}"), &[images.len()], &images.labels);
    }
    place.write(name, archive.finish().unwrap().into_inner());
}

/// A NumPy array of bytes.
fn npy(shape: &[usize], values: &[u8]) -> Vec<u8> {
    let shape: String = shape.iter().map(|size| format!("{size}, ")).collect();
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}");
    let length = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((length as u16).to_le_bytes());
    file.extend(format!("{header:<width$}\n", width = length - 1).bytes());
    file.extend(values);
    file
}
