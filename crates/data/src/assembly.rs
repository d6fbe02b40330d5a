//! Puts images and labels, as a reader returned them, together to a data set.

use std::collections::BTreeSet;
use std::path::Path;

use crate::idx_problem::MOST_VALUES;
use crate::label::{Label, Labels, MOST_LABELS};
use crate::resize::resized;
use crate::split::{Split, held_out_by_default};
use crate::unchecked::{Images, ReadFiles, UncheckedImages};
use crate::{DataError, Dataset, LabelledImages, ReadOptions};

/// The names of a data set and of its origin.
pub(crate) struct Names {
    pub name: String,
    pub title: String,
    pub origin: String,
}

/// The seed by which test images are held out, if the files have none.
const TEST_SEED: u64 = 0;

/// Makes a data set of what a reader returned.
///
/// # Errors
/// If counts of images and labels differ, if training and test images differ in shape, if a label
/// has no name, if there are too many classes, if images are larger than `options` allow, or if
/// nothing can be concluded from results on these images.
pub(crate) fn assemble(
    names: Names,
    files: ReadFiles,
    options: &ReadOptions,
) -> Result<Dataset, DataError> {
    let ReadFiles { mut train, mut test, class_names, mut notes } = files;
    for part in [&mut train].into_iter().chain(test.as_mut()) {
        check_counts(part)?;
        scale(part, options)?;
    }
    if let Some(test) = &test {
        let [found, needed] = [test, &train].map(|part| part.images.shape());
        if found != needed {
            return Err(DataError::SizesDiffer { path: test.images_path.clone(), found, needed });
        }
    }
    if let Some(size) = options.resize {
        notes.push(format!("scaled to {size} (Lanczos)"));
    }
    let labels: Vec<&UncheckedImages> = [&train].into_iter().chain(test.as_ref()).collect();
    let sorted: BTreeSet<&Label> = labels.iter().flat_map(|part| &part.labels.known).collect();
    let sorted: Vec<Label> = sorted.into_iter().cloned().collect();
    if sorted.len() > MOST_LABELS {
        return Err(DataError::TooManyClasses { path: train.labels_path, classes: sorted.len() });
    }
    let classes = class_names_of(&sorted, class_names.as_deref(), &train.labels_path)?;
    let [height, width, channels] = train.images.shape();
    let train = labelled(train, &sorted);
    let (train, test) = match test {
        Some(test) => (train, labelled(test, &sorted)),
        None => {
            let held_out = held_out_by_default(train.len());
            notes.push(format!(
                "{held_out} of {} images are held out for the test, the same share of every class",
                train.len()
            ));
            let split = Split::stratified(&train.labels, held_out, TEST_SEED);
            let len = height * width * channels;
            (part(&train, &split.train, len), part(&train, &split.validation, len))
        }
    };
    let origin = if notes.is_empty() {
        names.origin
    } else {
        format!("{} ({})", names.origin, notes.join("; "))
    };
    let dataset = Dataset {
        name: names.name,
        title: names.title,
        classes,
        channels,
        height,
        width,
        train,
        test,
        fingerprint: String::new(),
        origin,
        stands_in_because: None,
        findings: Vec::new(),
    };
    let findings = dataset.look()?;
    Ok(Dataset { findings, ..dataset.with_fingerprint() })
}

fn check_counts(part: &UncheckedImages) -> Result<(), DataError> {
    let (image_count, label_count) = (part.images.count(), part.labels.ids.len());
    if image_count == label_count {
        return Ok(());
    }
    let (images, labels) = (part.images_path.clone(), part.labels_path.clone());
    Err(DataError::CountsDiffer { images, image_count, labels, label_count })
}

/// Scales images if `options` say so. If not, none may be larger than they allow.
fn scale(part: &mut UncheckedImages, options: &ReadOptions) -> Result<(), DataError> {
    let Images { height, width, .. } = part.images;
    match options.resize {
        Some(size) if (size.height, size.width) != (height, width) => {
            let (images, channels) = (part.images.count(), part.images.channels);
            let values = (images * channels) as u128 * (size.height * size.width) as u128;
            if values > u128::from(MOST_VALUES) {
                let (path, limit) = (part.images_path.clone(), MOST_VALUES);
                return Err(DataError::ScaledTooLarge { path, images, size, limit });
            }
            part.images = resized(&part.images, size);
        }
        Some(_) => {}
        None if height.max(width) > options.max_side => {
            let (path, most) = (part.images_path.clone(), options.max_side);
            return Err(DataError::ImagesTooLarge { path, height, width, most });
        }
        None => {}
    }
    Ok(())
}

/// A data set that was not read from files, in the size that `options` ask for.
///
/// # Errors
/// If that is more than this program reads of one file.
pub(crate) fn reassembled(dataset: Dataset, options: &ReadOptions) -> Result<Dataset, DataError> {
    let Dataset { name, title, classes, channels, height, width, train, test, .. } = dataset;
    let Dataset { origin, stands_in_because, .. } = dataset;
    let part = |part: LabelledImages| UncheckedImages {
        images: Images { height, width, channels, pixels: part.images.to_vec() },
        labels: Labels::of_bytes(part.labels),
        images_path: name.clone().into(),
        labels_path: name.clone().into(),
    };
    let (train, test) = (part(train), Some(part(test)));
    let files = ReadFiles { train, test, class_names: Some(classes), notes: Vec::new() };
    let dataset = assemble(Names { name, title, origin }, files, options)?;
    Ok(Dataset { stands_in_because, ..dataset })
}

/// The name of each class of `labels`, which are sorted. `names` are the names of labels 0, 1 and so
/// on. They are those of labels 1, 2 and so on if there is no label 0 and the last name would be
/// left over.
fn class_names_of(
    labels: &[Label],
    names: Option<&[String]>,
    path: &Path,
) -> Result<Vec<String>, DataError> {
    let Some(names) = names else {
        return Ok(labels.iter().map(Label::to_string).collect());
    };
    let is_label = |number: usize| labels.contains(&Label::Number(number as i64));
    let first = i64::from(!is_label(0) && is_label(names.len()));
    let name = |label: &Label| {
        let position = match label {
            Label::Number(number) => usize::try_from(number - first).ok(),
            // A name is a class of its own, if it is one of the names.
            Label::Name(name) => names.iter().position(|known| known == name),
        };
        position.and_then(|position| names.get(position)).cloned().ok_or_else(|| {
            let (path, label) = (path.to_owned(), label.to_string());
            DataError::LabelWithoutName { path, label, names: names.len() }
        })
    };
    labels.iter().map(name).collect()
}

fn labelled(part: UncheckedImages, classes: &[Label]) -> LabelledImages {
    let labels: Labels = part.labels;
    LabelledImages { labels: labels.positions(classes), images: part.images.pixels.into() }
}

/// The images of these indices, of `len` bytes each.
fn part(all: &LabelledImages, indices: &[u32], len: usize) -> LabelledImages {
    let image = |&index: &u32| &all.images[index as usize * len..][..len];
    let images: Vec<u8> = indices.iter().flat_map(image).copied().collect();
    let labels = indices.iter().map(|&index| all.labels[index as usize]).collect();
    LabelledImages { images: images.into(), labels }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_options::Size;

    fn part(name: &str, labels: &[u8]) -> UncheckedImages {
        let pixels = (0..2 * labels.len() as u8).collect();
        let images = Images { height: 1, width: 2, channels: 1, pixels };
        let (images_path, labels_path) =
            (format!("{name}-images").into(), format!("{name}-labels").into());
        UncheckedImages {
            images,
            labels: Labels::of_bytes(labels.to_vec()),
            images_path,
            labels_path,
        }
    }

    fn files(train: &[u8], test: &[u8]) -> ReadFiles {
        let (train, test) = (part("train", train), Some(part("test", test)));
        ReadFiles { train, test, class_names: None, notes: Vec::new() }
    }

    fn read(files: ReadFiles) -> Result<Dataset, DataError> {
        let names = Names { name: "idx:x".into(), title: "x".into(), origin: "x".into() };
        assemble(names, files, &ReadOptions::default())
    }

    fn error(files: ReadFiles) -> String {
        read(files).unwrap_err().to_string()
    }

    #[test]
    fn classes_are_the_labels_that_occur() {
        let dataset = read(files(&[2, 0, 1, 2], &[1])).unwrap();
        assert_eq!(dataset.classes, ["0", "1", "2"]);
        assert_eq!(dataset.train.class_counts(3), [1, 1, 2]);
        assert_eq!((dataset.height, dataset.width, dataset.test.len()), (1, 2, 1));
        // Labels may have gaps, begin at 1, and occur in the test images alone.
        let dataset = read(files(&[10, 1, 3], &[3, 7])).unwrap();
        assert_eq!(dataset.classes, ["1", "3", "7", "10"]);
        assert_eq!((dataset.train.labels, dataset.test.labels), (vec![3, 0, 1], vec![1, 2]));
    }

    #[test]
    fn names_belong_to_labels_from_0_or_from_1() {
        let named = |train: &[u8], test: &[u8]| {
            let class_names = Some(["a", "b", "c"].map(str::to_owned).to_vec());
            ReadFiles { class_names, ..files(train, test) }
        };
        assert_eq!(read(named(&[0, 2], &[0])).unwrap().classes, ["a", "c"]);
        assert_eq!(read(named(&[1, 3], &[1])).unwrap().classes, ["a", "c"]);
        assert_eq!(read(named(&[1, 2], &[1])).unwrap().classes, ["b", "c"]);
        let problem = error(named(&[0, 3], &[0]));
        let message = "train-labels: label 3 has no name: there are 3 names\nhint: names stand in classes.txt";
        assert!(problem.starts_with(message), "{problem}");
    }

    #[test]
    fn parts_that_do_not_match_are_an_error() {
        let mut fewer = files(&[0, 1, 1], &[0]);
        fewer.train.labels.ids.pop();
        assert_eq!(error(fewer), "train-images holds 3 images, but train-labels holds 2 labels");
        let mut turned = files(&[0, 1], &[0]);
        let test = turned.test.as_mut().unwrap();
        (test.images.height, test.images.width) = (2, 1);
        let problem = error(turned);
        assert_eq!(
            problem,
            "test-images holds images of 2x1 (rows x columns), but the training images are 1x2"
        );
        let mut colour = files(&[0, 1], &[0, 1, 1]);
        let test = colour.test.as_mut().unwrap();
        (test.images.channels, test.labels) = (3, Labels::of_bytes(vec![0]));
        let problem = error(colour);
        assert!(
            problem.contains("1x2x3 (rows x columns x channels), but the training images are 1x2"),
            "{problem}"
        );
    }

    #[test]
    fn test_images_are_held_out_if_there_are_none() {
        let labels: Vec<u8> = (0..60).map(|i| if i < 20 { 4 } else { 9 }).collect();
        let all = ReadFiles { test: None, ..files(&labels, &[4]) };
        let dataset = read(all.clone()).unwrap();
        assert_eq!(
            (dataset.train.class_counts(2), dataset.test.class_counts(2)),
            (vec![17, 33], vec![3, 7])
        );
        assert!(dataset.origin.contains("10 of 60 images are held out for the test"));
        assert_eq!(read(all).unwrap(), dataset);
        // Each image keeps its label, and none stands in both parts.
        let mut seen = Vec::new();
        for part in [&dataset.train, &dataset.test] {
            for (image, &label) in part.images.chunks(2).zip(&part.labels) {
                assert_eq!(label, u8::from(image[0] >= 40));
                seen.push(image[0]);
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..60).map(|i| 2 * i).collect::<Vec<u8>>());
    }

    #[test]
    fn large_images_are_refused_or_scaled() {
        let mut large = files(&[0, 1], &[0, 1]);
        for part in [&mut large.train].into_iter().chain(&mut large.test) {
            (part.images.height, part.images.width) = (3, 65);
            part.images.pixels = [vec![7; 3 * 65], vec![9; 3 * 65]].concat();
        }
        let problem = error(large.clone());
        assert!(problem.contains("images of 3x65") && problem.contains("resize = "), "{problem}");
        assert!(problem.ends_with("with `max_side = 65` or --max-side 65"), "{problem}");
        let names = || Names { name: "x".into(), title: "x".into(), origin: "x".into() };
        let wider = ReadOptions { max_side: 65, ..ReadOptions::default() };
        assert_eq!(assemble(names(), large.clone(), &wider).unwrap().width, 65);
        let resize = Some(Size { height: 2, width: 4 });
        let scaled = ReadOptions { resize, ..ReadOptions::default() };
        let dataset = assemble(names(), large, &scaled).unwrap();
        assert_eq!(
            (dataset.height, dataset.width, dataset.origin),
            (2, 4, "x (scaled to 2x4 (Lanczos))".to_owned())
        );
        assert_eq!(*dataset.test.images, [[7; 8], [9; 8]].concat());
        // No memory is asked for before the size is checked.
        let mut large = files(&[0, 1], &[0, 1]);
        large.train.images.pixels[0] = 9;
        let resize = Some(Size { height: 65_535, width: 65_535 });
        let scaled = ReadOptions { resize, ..ReadOptions::default() };
        let problem = assemble(names(), large, &scaled).unwrap_err().to_string();
        assert!(
            problem.contains("2 images, which scaled to 65535x65535 are more than"),
            "{problem}"
        );
    }
}
