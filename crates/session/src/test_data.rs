//! A small study and made-up images for tests.

use std::path::Path;

use fitroom_data::{Dataset, LabelledImages};
use fitroom_study::{RunOptions, StoredStudy, Study};

use crate::{Session, SessionControl};

/// One network over two seeds.
pub(crate) fn study() -> Study {
    study_of(r#"network = [{ name = "small", layers = "dense 4, relu" }]"#)
}

/// Networks over two seeds, as a study file names them.
pub(crate) fn study_of(networks: &str) -> Study {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("test.toml");
    let text = format!(
        "name = 'test'\nseeds = 2\ntraining = {{ epochs = 3, batch_size = 8, validation = 16 }}\n{networks}\n"
    );
    std::fs::write(&path, text).expect("a new file");
    Study::find(&path.display().to_string()).expect("a study")
}

/// Trains a study on [`dataset`] in `dir`.
pub(crate) fn trained(study: Study, dir: &Path) -> StoredStudy {
    let (run_options, dir) = (RunOptions::new(1), dir.to_owned());
    let session =
        Session { study, dataset: dataset(), dir: dir.clone(), margin: 0.005, run_options };
    session.train(&SessionControl::default(), &mut |_| {}).unwrap().runs.unwrap();
    StoredStudy::open(&dir).unwrap()
}

/// Images of 3×3 in two classes, which are bright in different rows.
pub(crate) fn dataset() -> Dataset {
    let images = |count: usize| LabelledImages {
        images: (0..count)
            .flat_map(|image| (0..9).map(move |pixel| 99 * u8::from(pixel / 3 == image % 2)))
            .collect::<Vec<_>>()
            .into(),
        labels: (0..count).map(|image| (image % 2) as u8).collect(),
    };
    Dataset {
        name: "stripes".to_owned(),
        title: "Stripes".to_owned(),
        classes: ["first", "second"].map(str::to_owned).to_vec(),
        channels: 1,
        height: 3,
        width: 3,
        train: images(80),
        test: images(20),
        fingerprint: "stripes".to_owned(),
        origin: "made by a test".to_owned(),
        stands_in_because: None,
        findings: Vec::new(),
    }
}
