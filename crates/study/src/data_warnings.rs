//! What a user should know of a study's data before believing its results.

use fitroom_data::Dataset;

use crate::Study;

/// Words in a data set's name that say that its images show digits or letters.
const WRITTEN: [&str; 6] = ["mnist", "digit", "letter", "usps", "svhn", "char"];
/// Names with one of these words whose images are of something else.
const NOT_WRITTEN: [&str; 2] = ["fashion", "med"];

/// What a user should know of `study`'s data, as sentences without a full stop: what was
/// [found](Dataset::findings) in the images, and what the study does with them that is unusual.
pub fn data_warnings(study: &Study, dataset: &Dataset) -> Vec<String> {
    let mut warnings: Vec<String> = dataset.findings.iter().map(ToString::to_string).collect();
    let images = dataset.train.len();
    let (held_out, trained_on) = (study.held_out(images).images, study.trained_on(images));
    if held_out > trained_on {
        warnings.push(format!(
            "{held_out} images are held out for validation and only {trained_on} are trained on: `validation` in [training] \
             says how many"
        ));
    }
    let flipped: Vec<&str> = study
        .networks
        .iter()
        .filter(|network| network.training.augmentation.flip)
        .map(|network| network.name.as_str())
        .collect();
    if let Some(first) = flipped.first()
        && shows_writing(dataset)
    {
        let others = match flipped.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        warnings.push(format!(
            "`flip` mirrors the training images of `{first}`{others}, and a mirrored digit or letter is another sign"
        ));
    }
    warnings
}

/// Whether the images show digits or letters, as far as names tell.
fn shows_writing(dataset: &Dataset) -> bool {
    let name = dataset.name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let is_sign = |class: &String| {
        let mut signs = class.chars();
        signs.next().is_some_and(char::is_alphanumeric) && signs.next().is_none()
    };
    // Ten classes that are numbered say nothing of what they are.
    let are_letters = dataset.classes.iter().all(is_sign)
        && dataset.classes.iter().any(|class| !class.starts_with(|c: char| c.is_ascii_digit()));
    (has(&WRITTEN) && !has(&NOT_WRITTEN)) || are_letters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::{dataset, study};

    #[test]
    fn a_validation_set_larger_than_the_training_set_is_pointed_out() {
        let data = dataset(100, 20);
        let warnings = |training: &str| {
            let text =
                format!("[training]\n{training}\n[[network]]\nname = \"a\"\nlayers = \"\"\n");
            data_warnings(&study(&text), &data)
        };
        assert!(warnings("validation = 50").is_empty());
        let found = warnings("validation = 51");
        assert!(
            found[0].starts_with("51 images are held out for validation and only 49"),
            "{found:?}"
        );
        assert!(warnings("validation = 50\ntrain_images = 49")[0].contains("only 49"));
        // By default, a sixth is held out.
        assert!(warnings("train_images = 16").is_empty());
        assert!(warnings("train_images = 15")[0].starts_with("16 images are held out"));
    }

    #[test]
    fn mirrored_signs_are_pointed_out() {
        let text = "[training]\nvalidation = 5\n[[network]]\nname = \"a\"\nlayers = \"\"\n\
                    [[network]]\nname = \"b\"\nlayers = \"\"\naugmentation = { flip = true }\n";
        let warnings = |name: &str, classes: &[&str]| {
            let mut data = dataset(100, 20);
            data.name = name.to_owned();
            data.classes = classes.iter().map(|class| (*class).to_owned()).collect();
            data_warnings(&study(text), &data)
        };
        let numbered = ["0", "1", "2"];
        assert!(
            warnings("mnist", &numbered)[0]
                .starts_with("`flip` mirrors the training images of `b`,")
        );
        for (name, classes) in [("idx:my-digits", &numbered), ("folder:x", &["a", "b", "7"])] {
            assert_eq!(warnings(name, classes).len(), 1, "{name}");
        }
        for (name, classes) in
            [("fashion-mnist", &numbered), ("drawn", &numbered), ("cifar10", &["cat", "dog", "x"])]
        {
            assert_eq!(warnings(name, classes), [""; 0], "{name}");
        }
    }
}
