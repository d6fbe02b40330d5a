//! Small data and studies for tests.

use fitroom_data::{Dataset, LabelledImages};

use crate::Study;

/// A study named `test`, from the rest of its file.
pub(crate) fn study(text: &str) -> Study {
    Study::parse(&format!("name = \"test\"\n{text}"), "test.toml").unwrap()
}

/// Noisy images of 6×6 pixels in three classes: a bright row, column or diagonal.
pub(crate) fn dataset(train: usize, test: usize) -> Dataset {
    Dataset {
        name: "test".to_owned(),
        title: "Lines".to_owned(),
        classes: ["row", "column", "diagonal"].map(str::to_owned).to_vec(),
        channels: 1,
        height: 6,
        width: 6,
        train: lines(train, 1),
        test: lines(test, 2),
        fingerprint: format!("lines-{train}-{test}"),
        origin: "made by a test".to_owned(),
        stands_in_because: None,
        findings: Vec::new(),
    }
}

fn lines(count: usize, mut state: u32) -> LabelledImages {
    let mut random = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    let (mut images, mut labels) = (Vec::new(), Vec::new());
    for index in 0..count {
        let (label, at) = (index % 3, random(6) as usize);
        for pixel in 0..36 {
            let (row, column) = (pixel / 6, pixel % 6);
            let bright = [row == at, column == at, (row + at) % 6 == column][label];
            images.push((random(120) + if bright { 110 } else { 0 }) as u8);
        }
        labels.push(label as u8);
    }
    LabelledImages { images: images.into(), labels }
}
