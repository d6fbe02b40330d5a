//! A data set: its classes, its images in numbers, and which images a contact sheet shows.

use fitroom_data::{ChannelStatistics, Dataset, epoch_order};

use crate::document::{Row, Table, Text};
use crate::number::count;

/// What a reader should know of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct DataView {
    /// The data set's name for people.
    pub title: String,
    /// Where the images were read from, or how they were made.
    pub origin: String,
    /// Why drawn garments stand in for the data set; `None` if they do not.
    pub stands_in_because: Option<String>,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// Values per pixel.
    pub channels: usize,
    /// The classes, in their order.
    pub classes: Vec<ClassView>,
    /// The mean and the standard deviation of each channel of the training images, 0 to 1.
    pub brightness: Vec<ChannelStatistics>,
    /// What was found in the images, as sentences without a full stop.
    pub findings: Vec<String>,
}

/// One class of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassView {
    /// The class's name.
    pub name: String,
    /// Number of training images.
    pub train: usize,
    /// Number of test images.
    pub test: usize,
    /// The training images that a contact sheet shows, as positions from 0, ascending.
    pub sheet: Vec<usize>,
}

/// Looks at a data set. A contact sheet shows `per_class` training images of each class, or all if
/// there are fewer. `seed` decides which.
///
/// This reads every training image once.
pub fn data(dataset: &Dataset, per_class: usize, seed: u64) -> DataView {
    let Dataset { train, height, width, channels, .. } = dataset;
    let classes = dataset.classes.len();
    let all: Vec<u32> = (0..train.len() as u32).collect();
    let mut of_class: Vec<Vec<u32>> = vec![Vec::new(); classes];
    for (&image, &label) in all.iter().zip(&train.labels) {
        of_class[usize::from(label)].push(image);
    }
    let test = dataset.test.class_counts(classes);
    let view = |(class, name): (usize, &String)| ClassView {
        name: name.clone(),
        train: of_class[class].len(),
        test: test[class],
        sheet: sample(&of_class[class], per_class, seed),
    };
    DataView {
        title: dataset.title.clone(),
        origin: dataset.origin.clone(),
        stands_in_because: dataset.stands_in_because.clone(),
        height: *height,
        width: *width,
        channels: *channels,
        classes: dataset.classes.iter().enumerate().map(view).collect(),
        brightness: train.channel_statistics(&all, height * width * channels, *channels),
        findings: dataset.findings.iter().map(ToString::to_string).collect(),
    }
}

/// At most `most` of the images, ascending.
fn sample(images: &[u32], most: usize, seed: u64) -> Vec<usize> {
    let mut drawn = epoch_order(images, seed, 1);
    drawn.truncate(most);
    drawn.sort_unstable();
    drawn.into_iter().map(|image| image as usize).collect()
}

impl DataView {
    /// `Fashion-MNIST: images of 28×28 in 10 classes, from the data directory`
    pub fn heading(&self) -> String {
        let colour = match self.channels {
            1 => String::new(),
            3 => " in colour".to_owned(),
            other => format!(" of {other} channels"),
        };
        format!(
            "{}: images of {}×{}{colour} in {} classes, from {}",
            self.title,
            self.height,
            self.width,
            self.classes.len(),
            self.origin
        )
    }

    /// Numbers of images, class by class, with their total.
    pub fn class_table(&self) -> Table {
        let row = |name: &str, train: usize, test: usize| Row {
            header: Text::plain(name),
            cells: vec![count(train as u64).into(), count(test as u64).into()],
        };
        let mut rows: Vec<Row> =
            self.classes.iter().map(|class| row(&class.name, class.train, class.test)).collect();
        let total = |number: fn(&ClassView) -> usize| self.classes.iter().map(number).sum();
        rows.push(row("total", total(|class| class.train), total(|class| class.test)));
        Table {
            caption: format!("Images of {}, class by class.", self.title),
            groups: Vec::new(),
            columns: ["class", "training", "test"].map(String::from).to_vec(),
            rows,
            is_prose: false,
        }
    }

    /// `training pixels from 0 to 1: mean 0.2860; standard deviation 0.3530`, with a number for each
    /// channel.
    pub fn brightness_words(&self) -> String {
        let listed = |number: fn(&ChannelStatistics) -> f64| -> String {
            let numbers = self.brightness.iter().map(|of| format!("{:.4}", number(of)));
            numbers.collect::<Vec<_>>().join(", ")
        };
        format!(
            "training pixels from 0 to 1: mean {}; standard deviation {}",
            listed(|of| of.mean),
            listed(|of| of.std)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fitroom_data::{Finding, LabelledImages};

    fn dataset(channels: usize) -> Dataset {
        let part = |labels: Vec<u8>| LabelledImages {
            images: vec![51; labels.len() * 2 * channels].into(),
            labels,
        };
        Dataset {
            name: "test".into(),
            title: "Test".into(),
            classes: vec!["a".into(), "b".into(), "c".into()],
            channels,
            height: 1,
            width: 2,
            train: part((0..1500).map(|image| u8::from(image % 3 == 0)).collect()),
            test: part(vec![0, 0, 1]),
            fingerprint: String::new(),
            origin: "here".into(),
            stands_in_because: None,
            findings: vec![Finding::Constant { train: 1500, test: 3 }],
        }
    }

    #[test]
    fn classes_are_counted_and_described() {
        let view = data(&dataset(1), 0, 1);
        assert_eq!(view.heading(), "Test: images of 1×2 in 3 classes, from here");
        let table = view.class_table();
        let cells = |row: &Row| row.cells.iter().map(|cell| cell.text.clone()).collect::<Vec<_>>();
        assert_eq!(
            table.rows.iter().map(cells).collect::<Vec<_>>(),
            [["1,000", "2"], ["500", "1"], ["0", "0"], ["1,500", "3"]]
        );
        assert_eq!(
            view.brightness_words(),
            "training pixels from 0 to 1: mean 0.2000; standard deviation 0.0000"
        );
        assert_eq!(view.findings.len(), 1);
        let colour = data(&dataset(3), 0, 1);
        assert!(colour.heading().contains("1×2 in colour in"), "{}", colour.heading());
        assert!(colour.brightness_words().contains("mean 0.2000, 0.2000, 0.2000;"));
    }

    #[test]
    fn a_contact_sheet_shows_different_images_of_each_class() {
        let dataset = dataset(1);
        let view = data(&dataset, 20, 1);
        for (class, of_class) in view.classes.iter().enumerate() {
            assert!(of_class.sheet.is_sorted_by(|a, b| a < b), "each image once");
            let labels =
                of_class.sheet.iter().map(|&image| usize::from(dataset.train.labels[image]));
            assert!(labels.into_iter().all(|label| label == class));
        }
        assert_eq!([0, 1, 2].map(|class: usize| view.classes[class].sheet.len()), [20, 20, 0]);
        assert_eq!(data(&dataset, 20, 1), view);
        assert_ne!(data(&dataset, 20, 2).classes[0].sheet, view.classes[0].sheet);
        assert_eq!(data(&dataset, 9999, 1).classes[1].sheet.len(), 500);
    }
}
