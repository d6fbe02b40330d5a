//! Finds the classes of images among those of a network.

use fitroom_data::Dataset;

use super::EvaluationError;
use crate::prediction::Predictor;

/// The labels of images as positions of the network's classes, and what people should know. Classes
/// are found by their names. Images whose classes are plain numbers, as those of an IDX file
/// without names, have the network's classes in order.
pub(super) fn labels_of_network(
    predictor: &Predictor,
    dataset: &Dataset,
    labels: &[u8],
) -> Result<(Vec<u8>, Option<String>), EvaluationError> {
    let classes = predictor.classes();
    let by_name = |name: &String| classes.iter().position(|class| class == name);
    let mut places: Vec<Option<usize>> = dataset.classes.iter().map(by_name).collect();
    let mut note = None;
    let begins_at_zero = dataset.classes.iter().any(|name| name == "0");
    if places.iter().all(Option::is_none) && begins_at_zero {
        let number = |name: &String| name.parse::<usize>().ok().filter(|&at| at < classes.len());
        places = dataset.classes.iter().map(number).collect();
        if places.iter().all(Option::is_some) {
            note = Some(format!(
                "the images' classes are numbers, which count the network's classes from 0 (`{}`)",
                classes[0]
            ));
        }
    }
    let occurs = |class: usize| labels.iter().any(|&label| usize::from(label) == class);
    let unknown: Vec<String> = (0..places.len())
        .filter(|&class| places[class].is_none() && occurs(class))
        .map(|class| dataset.classes[class].clone())
        .collect();
    if !unknown.is_empty() {
        let network = predictor.network().to_owned();
        return Err(EvaluationError::OtherClasses { network, unknown, classes: classes.to_vec() });
    }
    let place = |&label: &u8| places[usize::from(label)].unwrap_or(0) as u8;
    Ok((labels.iter().map(place).collect(), note))
}
