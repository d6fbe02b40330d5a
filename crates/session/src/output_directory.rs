//! Where results go if the user gives no directory.

use std::path::{Path, PathBuf};

use fitroom_data::Dataset;
use fitroom_study::Study;
use sha2::{Digest, Sha256};

/// Default output directory, which has a directory for each study.
pub const OUTPUT_DIRECTORY: &str = "fitroom-out";

/// Default output directory of a study. Its name contains the data set, so results on drawn
/// garments are never mistaken for results on Fashion-MNIST.
pub(crate) fn default_directory(study: &Study, quick: bool, dataset: &Dataset) -> PathBuf {
    let quick = if quick { "-quick" } else { "" };
    let name = format!("{}{quick}-{}", file_name(&study.name), file_name(&dataset.name));
    Path::new(OUTPUT_DIRECTORY).join(name)
}

/// Most bytes of a [`file_name`]. File systems take 255, and more is added in front and behind.
const LONGEST: usize = 100;

/// `name` as part of a file's name: `idx:my/images` becomes `idx-my-images`. A long name is cut, and
/// ends with a part of its SHA-256, so that two names stay different.
pub fn file_name(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut file = words.collect::<Vec<_>>().join("-").to_lowercase();
    if file.len() > LONGEST {
        let digest = Sha256::digest(name);
        file.truncate(file.floor_char_boundary(LONGEST - 9));
        file.push('-');
        file.extend(digest[..4].iter().map(|byte| format!("{byte:02x}")));
    }
    file
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
    fn long_names_are_cut_and_stay_different() {
        let (one, other) = ("idx:/".to_owned() + &"lange-größe/".repeat(40), "ö".repeat(300));
        let names =
            [&one, &format!("{one}2"), &other, &format!("{other}2")].map(|name| file_name(name));
        assert!(names.iter().all(|name| (90..=LONGEST).contains(&name.len())), "{names:?}");
        assert!(names[0] != names[1] && names[2] != names[3]);
        assert!(names[0].starts_with("idx-lange-größe-lange-"));
        assert_eq!(file_name(&"a".repeat(LONGEST)), "a".repeat(LONGEST));
    }

    #[test]
    fn the_directory_names_study_and_data() {
        let (study, dataset) = (study(), dataset());
        let of = |quick| default_directory(&study, quick, &dataset);
        assert_eq!(of(false), Path::new("fitroom-out/test-stripes"));
        assert_eq!(of(true), Path::new("fitroom-out/test-quick-stripes"));
    }
}
