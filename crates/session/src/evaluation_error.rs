//! Why a network can't be evaluated on some images.

use thiserror::Error;

/// Why a network can't be evaluated. Lines that begin with `hint: ` say what can be done.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EvaluationError {
    /// An exported network, and no data set is named.
    #[error(
        "this file does not say where its images are\nhint: name labelled images with --dataset, such as folder:DIR or fashion-mnist"
    )]
    DatasetNeeded,
    /// The images of the network's study are not those that it was trained on any more.
    #[error(
        "the images of {dataset} have changed since the network was trained\nhint: to evaluate on them as they are now, name them with --dataset {dataset}"
    )]
    ChangedImages {
        /// The data set's name.
        dataset: String,
    },
    /// Images of another shape.
    #[error(
        "`{network}` takes images of {}, and these are {}{}",
        shape(*needed),
        shape(*found),
        shape_hint(*found, *needed)
    )]
    OtherShape {
        /// The network.
        network: String,
        /// Rows, columns and channels of the images.
        found: [usize; 3],
        /// Rows, columns and channels that the network takes.
        needed: [usize; 3],
    },
    /// Classes that the network does not know.
    #[error(
        "`{network}` does not know {}; its classes are {}\nhint: name the classes of the images as the network does",
        quoted(unknown),
        quoted(classes)
    )]
    OtherClasses {
        /// The network.
        network: String,
        /// Classes of the images that it does not know.
        unknown: Vec<String>,
        /// Its classes.
        classes: Vec<String>,
    },
}

fn shape([height, width, channels]: [usize; 3]) -> String {
    let channels =
        if channels == 1 { "1 channel".to_owned() } else { format!("{channels} channels") };
    format!("{height}x{width} pixels and {channels}")
}

fn shape_hint(found: [usize; 3], needed: [usize; 3]) -> String {
    let [height, width, _] = needed;
    match found[2] == needed[2] {
        true => format!("\nhint: scale them with --resize {height}x{width}"),
        false => {
            "\nhint: `fitroom predict` turns grey pictures and colours into each other".to_owned()
        }
    }
}

/// Most classes that an error names.
const MOST_NAMED: usize = 10;

fn quoted(classes: &[String]) -> String {
    let named: Vec<String> =
        classes.iter().take(MOST_NAMED).map(|name| format!("`{name}`")).collect();
    let more = classes.len().saturating_sub(MOST_NAMED);
    named.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}
