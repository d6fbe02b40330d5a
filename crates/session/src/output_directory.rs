//! Where results go if the user gives no directory.

use std::path::{Path, PathBuf};

use fitroom_data::Dataset;
use fitroom_study::Study;

/// Default output directory, which has a directory for each study.
pub const OUTPUT_DIRECTORY: &str = "fitroom-out";

/// Default output directory of a study. Its name contains the data set, so results on drawn
/// garments are never mistaken for results on Fashion-MNIST.
pub(crate) fn default_directory(study: &Study, quick: bool, dataset: &Dataset) -> PathBuf {
    let quick = if quick { "-quick" } else { "" };
    let name = format!("{}{quick}-{}", file_name(&study.name), file_name(&dataset.name));
    Path::new(OUTPUT_DIRECTORY).join(name)
}

/// `name` as part of a file's name: `idx:my/images` becomes `idx-my-images`.
pub fn file_name(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::{dataset, study};

    #[test]
    fn names_become_parts_of_file_names() {
        let cases = [
            ("fashion-mnist", "fashion-mnist"),
            ("idx:../My images/", "idx-my-images"),
            ("../../etc", "etc"),
        ];
        for (name, expected) in cases {
            assert_eq!(file_name(name), expected);
        }
    }

    #[test]
    fn the_directory_names_study_and_data() {
        let (study, dataset) = (study(), dataset());
        let of = |quick| default_directory(&study, quick, &dataset);
        assert_eq!(of(false), Path::new("fitroom-out/test-stripes"));
        assert_eq!(of(true), Path::new("fitroom-out/test-quick-stripes"));
    }
}
