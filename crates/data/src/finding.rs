//! What can be found in a data set, and how it is said.

use std::fmt;

/// Something about a data set that a reader of results should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Images whose values are all equal.
    Constant {
        /// How many training images.
        train: usize,
        /// How many test images.
        test: usize,
    },
    /// A channel with a single value in all training images.
    ConstantChannel {
        /// Which channel, from 1.
        channel: usize,
        /// How many channels there are.
        of: usize,
    },
    /// Test images that also stand among the training images, byte for byte.
    TestInTraining {
        /// How many.
        images: usize,
        /// How many test images there are.
        of: usize,
    },
    /// Training images that another training image equals, with one label.
    Copies {
        /// How many more there are than different ones.
        images: usize,
        /// How many training images there are.
        of: usize,
    },
    /// Equal training images with different labels.
    Ambiguous {
        /// How many images have a copy with another label.
        images: usize,
        /// The names of the two classes of one pair.
        example: [String; 2],
    },
    /// Classes without test images.
    NotTested {
        /// Their names.
        classes: Vec<String>,
    },
    /// Classes that have test images and no training images.
    NotTrained {
        /// Their names.
        classes: Vec<String>,
        /// How many test images they have.
        images: usize,
    },
    /// Classes of very unequal size.
    Unequal {
        /// The largest class, and its training images.
        largest: (String, usize),
        /// The smallest class that is trained, and its training images.
        smallest: (String, usize),
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Constant { train, test } => write!(
                f,
                "{} without content, all values of each equal: {} for training, {} for the test",
                images(train + test),
                grouped(*train),
                grouped(*test)
            ),
            Finding::ConstantChannel { channel, of } => write!(
                f,
                "channel {channel} of {of} has a single value in all training images: is it transparency?"
            ),
            Finding::TestInTraining { images: count, of } if count == of => write!(
                f,
                "all {} also stand among the training images: test scores say nothing of new images",
                images_for(*of, "test")
            ),
            Finding::TestInTraining { images, of } => write!(
                f,
                "{} of {} also {} among the training images ({}): test scores flatter",
                grouped(*images),
                images_for(*of, "test"),
                if *images == 1 { "stands" } else { "stand" },
                share(*images, *of)
            ),
            Finding::Copies { images, of } => write!(
                f,
                "{} of {} are copies of others ({}): some are held out while their copy is trained on, so \
                 validation scores flatter",
                grouped(*images),
                images_for(*of, "training"),
                share(*images, *of)
            ),
            Finding::Ambiguous { images: count, example: [one, other] } => write!(
                f,
                "{} for training also {} under another label, such as `{one}` and `{other}`: no network can get both \
                 right",
                images(*count),
                if *count == 1 { "stands" } else { "stand" }
            ),
            Finding::NotTested { classes } => {
                write!(f, "no test image of {}", named(classes))
            }
            Finding::NotTrained { classes, images: count } => write!(
                f,
                "no training image of {}: {} for the test can't be got right",
                named(classes),
                images(*count)
            ),
            Finding::Unequal { largest: (large, most), smallest: (small, fewest) } => write!(
                f,
                "classes are very unequal: `{large}` has {}, `{small}` {}; accuracy says little of small classes",
                images_for(*most, "training"),
                grouped(*fewest)
            ),
        }
    }
}

/// A number with commas: `10,000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let is_comma = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    let comma = |at| if is_comma(at) { "," } else { "" };
    digits.char_indices().map(|(at, digit)| format!("{}{digit}", comma(at))).collect()
}

fn images(count: usize) -> String {
    format!("{} {}", grouped(count), if count == 1 { "image" } else { "images" })
}

fn images_for(count: usize, part: &str) -> String {
    format!("{} {part} {}", grouped(count), if count == 1 { "image" } else { "images" })
}

fn share(part: usize, whole: usize) -> String {
    let percent = 100.0 * part as f64 / whole.max(1) as f64;
    if percent < 0.1 { "less than 0.1%".to_owned() } else { format!("{percent:.1}%") }
}

/// `class a`, or the first classes and how many more there are.
fn named(classes: &[String]) -> String {
    let shown: Vec<_> = classes.iter().take(5).map(|class| format!("`{class}`")).collect();
    let rest = match classes.len().saturating_sub(5) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    let noun = if classes.len() == 1 { "class" } else { "classes" };
    format!("{noun} {}{rest}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
