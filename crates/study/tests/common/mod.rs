//! The data set that these tests share.

use fitroom_data::{Dataset, LabelledImages};

/// 20 training images and 2 test images of 2×2 pixels in two classes.
pub fn dataset() -> Dataset {
    let part = |count: usize| LabelledImages {
        images: vec![7; 4 * count].into(),
        labels: (0..count).map(|index| (index % 2) as u8).collect(),
    };
    Dataset {
        name: "x".into(),
        title: "x".into(),
        classes: vec!["a".into(), "b".into()],
        channels: 1,
        height: 2,
        width: 2,
        train: part(20),
        test: part(2),
        fingerprint: "x".into(),
        origin: "x".into(),
        stands_in_because: None,
        findings: Vec::new(),
    }
}
