//! Looks at a data set before it is believed.

use std::collections::HashMap;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::finding::Finding;
use crate::{ChannelStatistics, DataError, Dataset, LabelledImages};

/// A class is called much larger than another from this ratio on.
const UNEQUAL: usize = 10;

/// Copies within the training images are worth a word from this share on. Fashion-MNIST, MNIST and
/// the garments that this program draws have fewer.
const MANY_COPIES: f64 = 0.01;

/// The first half of an image's SHA-256: enough to tell any two images apart.
type Print = [u8; 16];

impl Dataset {
    /// What a reader of results should know of the images, the most serious first.
    ///
    /// # Errors
    /// If nothing can be concluded from results on these images: there is only one class, all
    /// training images are equal, there are no test images, or none is of a class that is trained.
    pub(crate) fn look(&self) -> Result<Vec<Finding>, DataError> {
        let counts = [&self.train, &self.test].map(|part| part.class_counts(self.classes.len()));
        let [trained, tested] = &counts;
        let is_trained = |class: &usize| trained[*class] > 0;
        let classes = 0..self.classes.len();
        if classes.clone().filter(is_trained).count() < 2 {
            let class = classes.clone().find(is_trained).map_or("", |class| &self.classes[class]);
            return Err(DataError::OneClass { name: self.name.clone(), class: class.to_owned() });
        }
        if !classes.clone().any(|class| trained[class] > 0 && tested[class] > 0) {
            return Err(DataError::NothingToTest { name: self.name.clone() });
        }
        let (train, test) = (self.prints(&self.train), self.prints(&self.test));
        if train.iter().all(|print| *print == train[0]) {
            return Err(DataError::AllEqual { name: self.name.clone(), images: train.len() });
        }
        let mut findings = Vec::new();
        findings.extend(self.repeated(&train, &test));
        let names = |is_one: &dyn Fn(usize) -> bool| -> Vec<String> {
            classes
                .clone()
                .filter(|&class| is_one(class))
                .map(|class| self.classes[class].clone())
                .collect()
        };
        let not_trained = names(&|class| trained[class] == 0 && tested[class] > 0);
        if !not_trained.is_empty() {
            let images = classes
                .clone()
                .filter(|&class| trained[class] == 0)
                .map(|class| tested[class])
                .sum();
            findings.push(Finding::NotTrained { classes: not_trained, images });
        }
        let not_tested = names(&|class| trained[class] > 0 && tested[class] == 0);
        if !not_tested.is_empty() {
            findings.push(Finding::NotTested { classes: not_tested });
        }
        let size = |class: usize| (self.classes[class].clone(), trained[class]);
        let by_size = |class: &usize| trained[*class];
        let largest = classes.clone().max_by_key(by_size).map(size);
        let smallest = classes.clone().filter(is_trained).min_by_key(by_size).map(size);
        if let Some((largest, smallest)) = largest.zip(smallest)
            && largest.1 >= UNEQUAL * smallest.1
        {
            findings.push(Finding::Unequal { largest, smallest });
        }
        let [train, test] = [&self.train, &self.test].map(|part| self.constant(part));
        if train + test > 0 {
            findings.push(Finding::Constant { train, test });
        }
        findings.extend(self.constant_channels());
        Ok(findings)
    }

    /// Channels beside others that have a single value in all training images.
    fn constant_channels(&self) -> Vec<Finding> {
        if self.channels == 1 {
            return Vec::new();
        }
        let all: Vec<u32> = (0..self.train.len() as u32).collect();
        let statistics = self.train.channel_statistics(&all, self.len_of_one(), self.channels);
        let is_constant = |(_, of): &(usize, ChannelStatistics)| of.std == 0.0;
        let constant = (1..).zip(statistics).filter(is_constant);
        constant
            .map(|(channel, _)| Finding::ConstantChannel { channel, of: self.channels })
            .collect()
    }

    /// Bytes of an image.
    fn len_of_one(&self) -> usize {
        self.height * self.width * self.channels
    }

    fn prints(&self, part: &LabelledImages) -> Vec<Print> {
        let print = |image: &[u8]| -> Print {
            let digest = Sha256::digest(image);
            std::array::from_fn(|at| digest[at])
        };
        part.images.par_chunks_exact(self.len_of_one()).map(print).collect()
    }

    /// How many images have equal values only.
    fn constant(&self, part: &LabelledImages) -> usize {
        if self.len_of_one() == 1 {
            return 0;
        }
        let is_constant = |image: &&[u8]| image.iter().all(|&value| value == image[0]);
        part.images.par_chunks_exact(self.len_of_one()).filter(is_constant).count()
    }

    /// Images that stand in the data set more than once. `train` and `test` are the images' prints.
    fn repeated(&self, train: &[Print], test: &[Print]) -> Vec<Finding> {
        /// Where an image first occurs, and whether a copy has another label.
        struct First {
            label: u8,
            copies: usize,
            other: Option<u8>,
        }
        let mut firsts: HashMap<Print, First> = HashMap::with_capacity(train.len());
        for (print, &label) in train.iter().zip(&self.train.labels) {
            let first = firsts.entry(*print).or_insert(First { label, copies: 0, other: None });
            first.copies += 1;
            if first.label != label {
                first.other.get_or_insert(label);
            }
        }
        let mut findings = Vec::new();
        let images = test.iter().filter(|print| firsts.contains_key(*print)).count();
        if images > 0 {
            findings.push(Finding::TestInTraining { images, of: test.len() });
        }
        // The example is that of the first image, so that it is the same each time.
        let pair = |print: &Print| {
            let first = &firsts[print];
            first.other.map(|other| [first.label, other])
        };
        if let Some(pair) = train.iter().find_map(pair) {
            let images = train.iter().filter(|print| firsts[*print].other.is_some()).count();
            let example = pair.map(|label| self.classes[usize::from(label)].clone());
            findings.push(Finding::Ambiguous { images, example });
        }
        let images = train.len() - firsts.len();
        if images as f64 >= MANY_COPIES * train.len() as f64 && images > 0 {
            findings.push(Finding::Copies { images, of: train.len() });
        }
        findings
    }
}
