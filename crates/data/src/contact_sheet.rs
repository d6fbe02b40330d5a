//! A picture of a data set, with one row of images per class.

use crate::Dataset;

/// Blank pixels (before scaling) around each image.
const MARGIN: usize = 2;

/// A PNG with one row per class, which shows the class's first `columns` training images. Each
/// pixel of an image becomes `scale × scale` pixels.
///
/// Grey images are drawn as they are stored (in Fashion-MNIST, garments are light on black). Images
/// of three channels are drawn in colour; of other images, the first channel is drawn. If a class
/// has fewer images, the rest of its row is blank.
///
/// # Panics
/// If `columns` or `scale` is 0.
pub fn contact_sheet(dataset: &Dataset, columns: usize, scale: usize) -> Vec<u8> {
    assert!(columns > 0 && scale > 0, "{columns} columns, scale {scale}");
    let (height, width, channels) = (dataset.height, dataset.width, dataset.channels);
    let shown = if channels == 3 { 3 } else { 1 };
    let (cell_height, cell_width) = (height + MARGIN, width + MARGIN);
    let sheet_height = (dataset.classes.len() * cell_height + MARGIN) * scale;
    let sheet_width = (columns * cell_width + MARGIN) * scale;
    let mut sheet = vec![BACKGROUND; sheet_height * sheet_width * shown];

    let mut filled = vec![0; dataset.classes.len()];
    let images = dataset.train.images.chunks_exact(height * width * channels);
    for (image, &label) in images.zip(&dataset.train.labels) {
        let row = usize::from(label);
        let column = filled[row];
        if column == columns {
            continue;
        }
        filled[row] += 1;
        let (top, left) =
            ((row * cell_height + MARGIN) * scale, (column * cell_width + MARGIN) * scale);
        for y in 0..height * scale {
            for x in 0..width * scale {
                let from = ((y / scale) * width + x / scale) * channels;
                let to = ((top + y) * sheet_width + left + x) * shown;
                sheet[to..to + shown].copy_from_slice(&image[from..from + shown]);
            }
        }
    }
    encode(
        &sheet,
        sheet_width,
        sheet_height,
        if shown == 3 { png::ColorType::Rgb } else { png::ColorType::Grayscale },
    )
}

/// Grey of the margins, which differs from the backgrounds and strokes of common data sets.
const BACKGROUND: u8 = 96;

fn encode(pixels: &[u8], width: usize, height: usize, color: png::ColorType) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("writing to memory");
    writer.write_image_data(pixels).expect("writing to memory");
    writer.finish().expect("writing to memory");
    bytes
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::LabelledImages;

    #[test]
    fn each_class_has_a_row() {
        let dataset = Dataset {
            name: String::new(),
            title: String::new(),
            classes: vec!["0".into(), "1".into()],
            channels: 1,
            height: 1,
            width: 2,
            train: LabelledImages { images: (1..=8).collect(), labels: vec![1, 0, 1, 1] },
            test: LabelledImages::default(),
            fingerprint: String::new(),
            origin: String::new(),
            stands_in_because: None,
            findings: Vec::new(),
        };
        let (scale, columns) = (3, 2);
        let bytes = contact_sheet(&dataset, columns, scale);
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
        let (width, height) = (reader.info().width as usize, reader.info().height as usize);
        assert_eq!((width, height), ((2 * 4 + 2) * scale, (2 * 3 + 2) * scale));
        let mut pixels = vec![0; width * height];
        reader.next_frame(&mut pixels).unwrap();
        let at =
            |y: usize, x: usize| pixels[(y * scale + scale - 1) * width + x * scale + scale - 1];
        assert_eq!([at(2, 2), at(2, 3)], [3, 4], "class 0, its only image");
        assert_eq!([at(2, 6), at(2, 7)], [BACKGROUND; 2], "class 0 has no second");
        assert_eq!(
            [at(5, 2), at(5, 3), at(5, 6), at(5, 7)],
            [1, 2, 5, 6],
            "class 1, the first two"
        );
        assert_eq!([at(0, 0), at(4, 2), at(7, 9)], [BACKGROUND; 3], "margins");
    }
}
