//! Clipped gradients, averages of weights, decay of weights alone and class weights: against PyTorch's
//! numbers, and what must hold whatever the network.

use fitroom_nn::{Architecture, Network, NetworkTensor, Optimizer, Penalty, Recipe, Shape, Tensor};

use crate::fixture::{Case, Disagreements, compare, read};
use crate::small_network::{BATCH, CLASSES, INPUT, LAYERS, data, train};

fn agree(json: &str, cases: usize, has_it: impl Fn(&Case) -> bool) {
    let mut found = Disagreements::default();
    let fixtures = read(json);
    assert_eq!(fixtures.len(), cases);
    for fixture in fixtures {
        assert!(has_it(&fixture.case), "{}", fixture.case.name);
        compare(&fixture, &mut found);
    }
    found.assert_none();
}

#[test]
fn twenty_steps_with_clipped_gradients_agree_with_pytorch() {
    agree(include_str!("../pytorch/clipping.json"), 6, |case| case.clip_norm.is_some());
}

#[test]
fn twenty_steps_with_averages_agree_with_pytorch() {
    agree(include_str!("../pytorch/averages.json"), 5, |case| case.ema.is_some());
}

#[test]
fn twenty_steps_that_decay_weights_alone_agree_with_pytorch() {
    agree(include_str!("../pytorch/decay.json"), Optimizer::NAMES.len(), |case| {
        serde_json::to_value(case.optimizer).unwrap()["decay_on"] == "weights"
    });
}

#[test]
fn twenty_steps_with_class_weights_agree_with_pytorch() {
    agree(include_str!("../pytorch/class_weights.json"), 6, |case| !case.class_weights.is_empty());
}

fn network(recipe: &Recipe) -> Network {
    let [channels, height, width] = INPUT;
    let shape = Shape::Image { channels, height, width };
    Network::new(&Architecture::parse(shape, LAYERS, CLASSES).unwrap(), recipe, BATCH, 1)
}

fn exported(tensors: &[NetworkTensor]) -> Vec<Tensor> {
    tensors.iter().map(NetworkTensor::to_tensor).collect()
}

/// Scores are of the averages, and training is of the weights themselves.
#[test]
fn averages_change_scores_and_no_step() {
    let mut plain = network(&Recipe::default());
    let mut averaging = network(&Recipe { ema: Some(0.5), ..Recipe::default() });
    let (data, all) = (data(), [0, 1, 2, 3, 4, 5, 6, 7]);
    let score = |network: &mut Network| network.score(&data.pixels, &data.labels, &all);
    assert_eq!(score(&mut plain), score(&mut averaging), "before the first step");
    assert_eq!(exported(&averaging.scored_state()), averaging.tensors());
    for step in 0..5 {
        assert_eq!(train(&mut plain, step..step + 1), train(&mut averaging, step..step + 1));
        assert_eq!(score(&mut plain) == score(&mut averaging), step == 0, "step {step}");
    }
    assert_eq!(plain.tensors(), averaging.tensors());
    assert_eq!(plain.optimizer_tensors(), averaging.optimizer_tensors());
    assert!(plain.average_state().is_empty() && !plain.scored_state().is_empty());
    // A network that holds the averages themselves scores as the averaging one.
    let averages = exported(&averaging.scored_state());
    plain.load_tensors(&averages).unwrap();
    assert_eq!(score(&mut plain), score(&mut averaging));
    let logits = |network: &mut Network| network.logits(&data.pixels, &all);
    assert_eq!(logits(&mut plain), logits(&mut averaging));
}

#[test]
fn a_copy_with_averages_goes_on_bit_for_bit() {
    let recipe = Recipe { ema: Some(0.9), clip_norm: Some(0.5), ..Recipe::default() };
    let mut first = network(&recipe);
    train(&mut first, 0..5);
    let averages = exported(&first.average_state());
    assert!(averages.iter().all(|tensor| tensor.name.ends_with(".ema")));
    let copy = |with_averages: bool| {
        let mut copy = network(&recipe);
        copy.load_tensors(&first.tensors()).unwrap();
        copy.load_optimizer(&first.optimizer_tensors(), first.steps()).unwrap();
        if with_averages {
            let values = |name: &str| averages.iter().find(|tensor| tensor.name == name).unwrap();
            copy.read_averages(|name| Ok::<_, ()>(values(name).values.clone())).unwrap();
        }
        copy
    };
    let (mut right, mut without) = (copy(true), copy(false));
    assert_eq!(right.tensors(), first.tensors());
    assert_eq!(exported(&right.average_state()), averages);
    for copy in [&mut first, &mut right, &mut without] {
        train(copy, 5..9);
    }
    assert_eq!(exported(&right.scored_state()), exported(&first.scored_state()));
    assert_eq!(right.tensors(), first.tensors());
    assert_ne!(exported(&without.scored_state()), exported(&first.scored_state()));
    // What is kept of an earlier epoch is scored in the place of the averages.
    let kept = exported(&right.scored_state());
    train(&mut first, 9..12);
    let values = |name: &str| kept.iter().find(|tensor| tensor.name == name).unwrap();
    let trained = first.tensors();
    first.read_scored_state(|name| Ok::<_, ()>(values(name).values.clone())).unwrap();
    assert_eq!((exported(&first.scored_state()), first.tensors()), (kept, trained));
}

/// A gradient that is clipped to next to nothing moves next to nothing; one that is not clipped
/// gives the bits of a network that does not clip.
#[test]
fn only_long_gradients_are_clipped() {
    let sgd = Optimizer::named("sgd").unwrap();
    let penalty = Penalty { l1: 0.001, l2: 0.01, ..Penalty::default() };
    let trained = |clip_norm| {
        let recipe = Recipe { optimizer: sgd, penalty, clip_norm, ..Recipe::default() };
        let mut network = network(&recipe);
        network.keep_gradients();
        let before = network.tensors();
        train(&mut network, 0..3);
        let gradients = network.gradients().into_iter().flat_map(|tensor| tensor.values);
        let norm = gradients.map(|g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt();
        (before, network.tensors(), norm)
    };
    let (_, plain, norm) = trained(None);
    assert!(norm > 0.1, "{norm}");
    assert_eq!(trained(Some(1e6)).1, plain);
    let (before, after, norm) = trained(Some(1e-3));
    assert!((norm / 1e-3 - 1.0).abs() < 2e-3, "{norm}");
    let moved = |tensor: &(&Tensor, &Tensor)| tensor.0.values != tensor.1.values;
    for (one, other) in before.iter().zip(&after).filter(|(one, _)| !one.name.contains("running")) {
        for (p, q) in one.values.iter().zip(&other.values) {
            assert!((p - q).abs() <= 3.0 * 0.01 * 1e-3, "{}: {p} {q}", one.name);
        }
    }
    assert!(before.iter().zip(&after).filter(moved).count() > 5);
}

/// Images of one class have the same mean loss whatever its weight, and scores know no weights.
#[test]
fn class_weights_weigh_classes_against_each_other_in_training_alone() {
    let data = data();
    let of_class = |class: u8| {
        let places = (0..data.labels.len() as u32).filter(|&at| data.labels[at as usize] == class);
        places.take(2).collect::<Vec<_>>()
    };
    let (mut plain, mut weighed) = (network(&Recipe::default()), network(&Recipe::default()));
    weighed.weigh_classes(&[4.0, 1.0, 1.0, 1.0, 1.0, 0.5]);
    let all: Vec<u32> = (0..20).collect();
    let score = |network: &mut Network| network.score(&data.pixels, &data.labels, &all);
    assert_eq!(score(&mut plain), score(&mut weighed));
    let step = |network: &mut Network, indices: &[u32]| {
        network.train_batch(&data.pixels, &data.labels, indices, 0.0).loss()
    };
    let one = of_class(0);
    let (expected, found) = (step(&mut plain, &one), step(&mut weighed, &one));
    assert!((expected / found - 1.0).abs() < 1e-6, "{expected} {found}");
    let both = [one, of_class(5)].concat();
    assert!((step(&mut plain, &both) / step(&mut weighed, &both) - 1.0).abs() > 1e-4);
}

#[test]
#[should_panic(expected = "one weight for each class")]
fn another_number_of_class_weights_is_refused() {
    network(&Recipe::default()).weigh_classes(&[1.0, 2.0]);
}
