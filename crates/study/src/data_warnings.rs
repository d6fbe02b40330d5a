//! What a user should know of a study's data before believing its results.

use fitroom_data::Dataset;

use crate::{NetworkPlan, Study};

/// Words in a data set's name that say that its images show digits or letters.
const WRITTEN: [&str; 6] = ["mnist", "digit", "letter", "usps", "svhn", "char"];
/// Names with one of these words whose images are of something else.
const NOT_WRITTEN: [&str; 2] = ["fashion", "med"];

/// What a user should know of `study`'s data, as sentences without a full stop: what was
/// [found](Dataset::findings) in the images, and what the study does with them that is unusual.
pub fn data_warnings(study: &Study, dataset: &Dataset) -> Vec<String> {
    let mut warnings: Vec<String> = dataset.findings.iter().map(ToString::to_string).collect();
    let images = dataset.train.len();
    let held_out = study.held_out(images).images;
    // `train_images` leaves images out on purpose, so it does not count.
    let left = images.saturating_sub(held_out);
    if held_out > left {
        warnings.push(format!(
            "{held_out} images are held out for validation and only {left} are left to train on: `validation` in \
             [training] says how many"
        ));
    }
    let trained_on = study.trained_on(images);
    if let Some(network) =
        study.networks.iter().find(|network| network.training.batch_size > trained_on)
    {
        warnings.push(format!(
            "`{}` has batch_size = {} and is trained on {trained_on} images: an epoch is a single step",
            network.name, network.training.batch_size
        ));
    }
    if let Some(flipped) = names(study, |network| network.training.augmentation.flip)
        && shows_writing(dataset)
    {
        warnings.push(format!(
            "`flip` mirrors the training images of {flipped}, and a mirrored digit or letter is another sign"
        ));
    }
    if let Some(mixed) = names(study, |network| {
        network.training.augmentation.mixes() && network.training.batch_size == 1
    }) {
        warnings.push(format!(
            "{mixed} has batch_size = 1, so each image is mixed with itself: `mixup` and `cutmix` do nothing"
        ));
    }
    if let Some(started) = names(study, |network| network.init.is_some())
        && held_out > 0
    {
        warnings.push(format!(
            "{started} starts from weights in a file: if these were trained on images of this data set, they have seen some that \
             are held out for validation, and validation scores flatter"
        ));
    }
    warnings
}

/// The first network of which `is_meant` is true, and how many others there are; `None` if there is none.
fn names(study: &Study, is_meant: impl Fn(&NetworkPlan) -> bool) -> Option<String> {
    let mut meant = study.networks.iter().filter(|network| is_meant(network));
    let first = &meant.next()?.name;
    Some(match meant.count() {
        0 => format!("`{first}`"),
        more => format!("`{first}` and {more} more"),
    })
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
        assert!(warnings("batch_size = 50\nvalidation = 50").is_empty());
        let found = warnings("validation = 51");
        assert!(
            found[0].starts_with("51 images are held out for validation and only 49"),
            "{found:?}"
        );
        // What is left out on purpose does not count, and by default a sixth is held out.
        assert!(warnings("batch_size = 5\nvalidation = 50\ntrain_images = 9").is_empty());
        assert!(warnings("batch_size = 84").is_empty());
    }

    #[test]
    fn a_batch_of_all_images_is_pointed_out() {
        let text = "[training]\nbatch_size = 85\n[[network]]\nname = \"a\"\nlayers = \"\"\n";
        let found = data_warnings(&study(text), &dataset(100, 20));
        assert_eq!(
            found,
            ["`a` has batch_size = 85 and is trained on 84 images: an epoch is a single step"]
        );
    }

    #[test]
    fn mixing_in_batches_of_one_is_pointed_out() {
        let found = |training: &str| {
            let text = format!(
                "[training]\n{training}\nvalidation = 5\n[[network]]\nname = \"a\"\nlayers = \"\"\n"
            );
            data_warnings(&study(&text), &dataset(100, 20))
        };
        assert_eq!(
            found("batch_size = 1\naugmentation = { cutmix = 1 }"),
            [
                "`a` has batch_size = 1, so each image is mixed with itself: `mixup` and `cutmix` do nothing"
            ]
        );
        assert!(found("batch_size = 2\naugmentation = { cutmix = 1 }").is_empty());
        assert!(found("batch_size = 1\naugmentation = { flip = true }").is_empty());
    }

    #[test]
    fn mirrored_signs_are_pointed_out() {
        let text = "[training]\nvalidation = 5\nbatch_size = 9\n[[network]]\nname = \"a\"\nlayers = \"\"\n\
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
