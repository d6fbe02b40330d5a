//! How much an image's loss counts in training, by its class.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How much an image's loss counts in training, by its class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
#[expect(clippy::large_enum_variant, reason = "settings are copied, a few for each network")]
pub enum ClassWeights {
    /// All images count alike.
    #[default]
    None,
    /// By how rare the class is: n / (classes · count), with n the images that are trained on and
    /// count those of the class. scikit-learn's `class_weight="balanced"`.
    Balanced,
    /// As the list says.
    Each(WeightList),
}

/// There is not one class weight for each class.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "network `{network}` has {given} class_weights, and the data set has {classes} classes\n\
     hint: write one weight for each class, in the order of the classes, or \"balanced\""
)]
pub struct WrongClassWeights {
    /// The network's name.
    pub network: String,
    /// How many weights the study file gives.
    pub given: usize,
    /// How many classes the data set has.
    pub classes: usize,
}

/// A weight for each class.
#[derive(Clone, Copy, PartialEq)]
pub struct WeightList {
    count: usize,
    /// 0 after the first `count`.
    weights: [f32; MOST_CLASSES],
}

/// The most classes that a data set can have: labels are bytes.
const MOST_CLASSES: usize = 1 << u8::BITS;

/// What the weights must be.
pub(crate) const MUST: &str =
    "\"none\", \"balanced\", or a list of finite numbers above 0, one for each class";

impl ClassWeights {
    /// The weight of each class for a run on the training images at `trained_on`; `None` if all
    /// count alike. A balanced class without such an image has weight 0 and is not counted as a class.
    pub(crate) fn of(&self, classes: usize, labels: &[u8], trained_on: &[u32]) -> Option<Vec<f32>> {
        match self {
            ClassWeights::None => None,
            ClassWeights::Each(list) => Some(list.as_slice().to_vec()),
            ClassWeights::Balanced => {
                let mut counts = vec![0_u32; classes];
                for &index in trained_on {
                    counts[usize::from(labels[index as usize])] += 1;
                }
                let present = counts.iter().filter(|&&count| count > 0).count();
                let weight = |&count: &u32| match count {
                    0 => 0.0,
                    _ => trained_on.len() as f64 / (present as f64 * f64::from(count)),
                };
                Some(counts.iter().map(|count| weight(count) as f32).collect())
            }
        }
    }

    /// How many classes the weights are for; `None` if for any number.
    pub(crate) fn classes(&self) -> Option<usize> {
        match self {
            ClassWeights::None | ClassWeights::Balanced => None,
            ClassWeights::Each(list) => Some(list.count),
        }
    }
}

impl WeightList {
    /// The weights of the classes, in their order. `None` if there are none or too many, or if one
    /// is not a finite number above 0.
    pub fn new(weights: &[f32]) -> Option<Self> {
        let is_weight = |weight: &f32| weight.is_finite() && *weight > 0.0;
        let is_list = !weights.is_empty() && weights.iter().all(is_weight);
        let mut list = WeightList { count: weights.len(), weights: [0.0; MOST_CLASSES] };
        list.weights.get_mut(..weights.len()).filter(|_| is_list)?.copy_from_slice(weights);
        Some(list)
    }

    /// The weights of the classes, in their order.
    pub fn as_slice(&self) -> &[f32] {
        &self.weights[..self.count]
    }
}

impl fmt::Debug for WeightList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

/// The setting as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Word(Word),
    Each(Vec<f32>),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    None,
    Balanced,
}

impl From<ClassWeights> for Written {
    fn from(weights: ClassWeights) -> Self {
        match weights {
            ClassWeights::None => Written::Word(Word::None),
            ClassWeights::Balanced => Written::Word(Word::Balanced),
            ClassWeights::Each(list) => Written::Each(list.as_slice().to_vec()),
        }
    }
}

impl TryFrom<Written> for ClassWeights {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Word(Word::None) => Ok(ClassWeights::None),
            Written::Word(Word::Balanced) => Ok(ClassWeights::Balanced),
            Written::Each(weights) => WeightList::new(&weights)
                .map(ClassWeights::Each)
                .ok_or_else(|| format!("class_weights must be {MUST}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_classes_have_scikit_learns_weights() {
        // compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1, 2, 2])
        let labels = [2, 0, 1, 0, 2, 0, 1, 1];
        let trained_on = [0, 1, 2, 3, 4, 5];
        let weights = |classes| ClassWeights::Balanced.of(classes, &labels, &trained_on).unwrap();
        assert_eq!(weights(3), [6.0 / 9.0, 2.0, 1.0]);
        assert_eq!(weights(5), [6.0 / 9.0, 2.0, 1.0, 0.0, 0.0], "no image of the last two");
        assert_eq!(ClassWeights::Balanced.of(2, &labels, &[1]), Some(vec![1.0, 0.0]));
        assert_eq!(ClassWeights::None.of(3, &labels, &trained_on), None);
    }

    #[test]
    fn a_list_is_stored_as_it_was_written() {
        let each = |weights: &[f32]| ClassWeights::Each(WeightList::new(weights).unwrap());
        for (weights, text) in [
            (ClassWeights::None, "\"none\""),
            (ClassWeights::Balanced, "\"balanced\""),
            (each(&[0.1, 2.0, 1e-7]), "[0.1,2.0,1e-7]"),
        ] {
            assert_eq!(serde_json::to_string(&weights).unwrap(), text);
            assert_eq!(serde_json::from_str::<ClassWeights>(text).unwrap(), weights);
        }
        assert_eq!(each(&[1.5]).of(1, &[0], &[0]), Some(vec![1.5]));
        let too_many = format!("{:?}", [1.0; MOST_CLASSES + 1]);
        for text in ["[]", "[1, 0]", "[1, -1]", "[1e39]", "\"even\"", "null", &too_many] {
            assert!(serde_json::from_str::<ClassWeights>(text).is_err(), "{text}");
        }
        assert!(WeightList::new(&[f32::NAN]).is_none() && WeightList::new(&[1.0; 256]).is_some());
    }
}
