//! What is found in data sets, and what is refused.

use crate::{Dataset, LabelledImages};

/// Images of 1x2 values, with their labels.
type Part<'a> = &'a [([u8; 2], u8)];

fn dataset(train: Part, test: Part) -> Dataset {
    let part = |part: Part| LabelledImages {
        images: part.iter().flat_map(|(image, _)| *image).collect(),
        labels: part.iter().map(|&(_, label)| label).collect(),
    };
    Dataset {
        name: "idx:x".into(),
        title: "x".into(),
        classes: ["cat", "dog", "eel"].map(str::to_owned).to_vec(),
        channels: 1,
        height: 1,
        width: 2,
        train: part(train),
        test: part(test),
        fingerprint: String::new(),
        origin: String::new(),
        stands_in_because: None,
        findings: Vec::new(),
    }
}

fn found(train: Part, test: Part) -> Vec<String> {
    dataset(train, test).look().unwrap().iter().map(ToString::to_string).collect()
}

fn refused(train: Part, test: Part) -> String {
    dataset(train, test).look().unwrap_err().to_string()
}

const TRAIN: [([u8; 2], u8); 3] = [([1, 2], 0), ([3, 4], 1), ([5, 6], 2)];

#[test]
fn a_sound_data_set_is_quiet() {
    assert_eq!(found(&TRAIN, &[([7, 8], 0), ([8, 9], 1), ([9, 8], 2)]), [""; 0]);
}

#[test]
fn test_images_that_are_trained_on_are_counted() {
    let all = found(&TRAIN, &TRAIN);
    let words = "all 3 test images also stand among the training images: test scores say nothing of new images";
    assert_eq!(all, [words]);
    let one = found(&TRAIN, &[([7, 8], 0), ([3, 4], 1), ([9, 8], 2)]);
    let words =
        "1 of 3 test images also stands among the training images (33.3%): test scores flatter";
    assert_eq!(one, [words]);
}

#[test]
fn equal_images_with_two_labels_are_found() {
    let train = [TRAIN.to_vec(), vec![([3, 4], 2), ([3, 4], 1)]].concat();
    let found = found(&train, &[([7, 8], 0), ([8, 9], 1), ([9, 8], 2)]);
    assert_eq!(
        found,
        [
            "3 images for training also stand under another label, such as `dog` and `eel`: no network can get both right",
            "2 of 5 training images are copies of others (40.0%): some are held out while their copy is trained on, so \
             validation scores flatter",
        ]
    );
}

#[test]
fn few_copies_are_not_worth_a_word() {
    let mut train: Vec<_> = (0..200u8).map(|at| ([at, 255], at % 3)).collect();
    let test = [([7, 8], 0), ([8, 9], 1), ([9, 8], 2)];
    train.push(train[0]);
    assert_eq!(found(&train, &test), [""; 0]);
    train.push(train[1]);
    train.push(train[2]);
    assert_eq!(found(&train, &test).len(), 1);
}

#[test]
fn classes_that_are_missing_from_a_part_are_named() {
    let found_both = found(&TRAIN[..2], &[([7, 8], 0), ([8, 9], 2), ([9, 8], 2)]);
    assert_eq!(
        found_both,
        [
            "no training image of class `eel`: 2 images for the test can't be got right",
            "no test image of class `dog`",
        ]
    );
}

#[test]
fn unequal_classes_and_empty_images_are_found() {
    let mut train: Vec<_> = (0..20u8).map(|at| ([at, 100], 0)).collect();
    train.extend([([1, 1], 1), ([3, 9], 1)]);
    assert_eq!(
        found(&train, &[([7, 8], 0), ([9, 9], 1)]),
        [
            "classes are very unequal: `cat` has 20 training images, `dog` 2; accuracy says little of small classes",
            "2 images without content, all values of each equal: 1 for training, 1 for the test",
        ]
    );
    train.push(([4, 9], 1));
    assert_eq!(found(&train, &[([7, 8], 0), ([9, 8], 1)]).len(), 1, "20 is less than ten times 3");
}

#[test]
fn a_channel_of_one_value_is_found() {
    let mut data = dataset(&[([1, 255], 0), ([3, 255], 1)], &[([7, 255], 0), ([9, 255], 1)]);
    (data.width, data.channels) = (1, 2);
    let found: Vec<_> = data.look().unwrap().iter().map(ToString::to_string).collect();
    let words = "channel 2 of 2 has a single value in all training images: is it transparency?";
    assert_eq!(found, [words]);
}

#[test]
fn nothing_can_be_concluded_from_one_class_or_one_image() {
    let one = refused(&[([1, 2], 1), ([3, 4], 1)], &[([5, 6], 1)]);
    assert_eq!(
        one,
        "every training image of idx:x is of the class `dog`, so there is nothing to learn"
    );
    let equal = refused(&[([1, 2], 0), ([1, 2], 1)], &[([5, 6], 1)]);
    assert!(equal.contains("the 2 training images of idx:x are all equal"), "{equal}");
    let other = refused(&TRAIN[..2], &[([5, 6], 2)]);
    assert!(other.starts_with("no test image of idx:x is of a class that has training images"));
    assert!(refused(&TRAIN, &[]).starts_with("no test image of idx:x"));
    assert!(refused(&[], &TRAIN).starts_with("every training image"));
}
