//! Frozen layers: against PyTorch's `requires_grad_(False)` and `eval()`, and what must hold whatever
//! the network.

use fitroom_nn::{
    Architecture, LayerSpec, Network, NetworkError, Penalty, PenaltyScope, Recipe, Shape, Tensor,
};

use crate::fixture::{Disagreements, compare, read};
use crate::generator;
use crate::small_network::{BATCH, CLASSES, INPUT, LAYERS, train};

const PENALTY: Penalty = Penalty { l1: 0.001, l2: 0.002, on: PenaltyScope::All };

fn architecture(layers: &str) -> Architecture {
    let [channels, height, width] = INPUT;
    Architecture::parse(Shape::Image { channels, height, width }, layers, CLASSES).unwrap()
}

/// A network with the generator's values, whose first `frozen` layers with parameters are frozen.
fn network(layers: &str, frozen: usize) -> Network {
    let recipe = Recipe { penalty: PENALTY, frozen, ..Recipe::default() };
    let mut network = Network::new(&architecture(layers), &recipe, BATCH, 3);
    let mut tensors = network.tensors();
    generator::fill(&mut tensors);
    network.load_tensors(&tensors).unwrap();
    network
}

/// The tensors of the layers before the one at `index`, and the others.
fn split_at(tensors: Vec<Tensor>, index: usize) -> (Vec<Tensor>, Vec<Tensor>) {
    let layer = |tensor: &Tensor| tensor.name.split('.').next().unwrap().parse::<usize>().unwrap();
    tensors.into_iter().partition(|tensor| layer(tensor) < index)
}

#[test]
fn twenty_steps_behind_frozen_layers_agree_with_pytorch() {
    let mut found = Disagreements::default();
    let fixtures = read(include_str!("../pytorch/frozen.json"));
    assert_eq!(fixtures.len(), 8);
    for fixture in fixtures {
        assert!(fixture.case.frozen > 0 && fixture.case.learning_rates.len() == 20);
        compare(&fixture, &mut found);
    }
    found.assert_none();
}

#[test]
fn frozen_layers_keep_every_bit_and_all_others_are_trained() {
    // A convolution, batchnorm, a dense layer, batchnorm, and the last dense layer.
    for (frozen, index) in [(0, 0), (1, 1), (2, 2), (3, 6), (4, 7), (5, 10), (99, 10)] {
        assert_eq!(architecture(LAYERS).leading(frozen), index);
        let mut network = network(LAYERS, frozen);
        let (frozen_before, trained_before) = split_at(network.tensors(), index);
        train(&mut network, 0..5);
        let (frozen_after, trained_after) = split_at(network.tensors(), index);
        assert!(frozen_before == frozen_after, "{frozen} frozen layers");
        for (before, after) in trained_before.iter().zip(&trained_after) {
            assert_ne!(
                before.values, after.values,
                "{} behind {frozen} frozen layers",
                before.name
            );
        }
        let (of_frozen, of_trained) = split_at(network.optimizer_tensors(), index);
        let trained = trained_after.iter().filter(|tensor| !tensor.name.contains("running"));
        assert_eq!((of_frozen.len(), of_trained.len()), (0, 2 * trained.count()));
    }
}

/// Without batchnorm, dropout and penalty, frozen layers do what trained ones do, so the first step's
/// gradients are the same bits.
#[test]
fn gradients_behind_frozen_layers_are_those_of_the_whole_network() {
    for layers in [
        "conv 8 3x3 pad 1, relu, conv 8 3x3 pad 1, relu, maxpool 2x2, flatten, dense 20, relu",
        "dense 70, relu, dense 60, tanh, dense 50, relu",
        "flatten, dense 9, gelu, dense 8, leakyrelu",
    ] {
        let gradients = |frozen| {
            let recipe = Recipe { frozen, ..Recipe::default() };
            let mut network = Network::new(&architecture(layers), &recipe, BATCH, 3);
            network.keep_gradients();
            train(&mut network, 0..1);
            network.gradients()
        };
        let whole = gradients(0);
        for frozen in 1..=3 {
            let (_, expected) = split_at(whole.clone(), architecture(layers).leading(frozen));
            assert!(gradients(frozen) == expected, "{layers}, {frozen} frozen");
        }
    }
}

#[test]
fn no_penalty_counts_frozen_layers() {
    let loss = |penalty, frozen| {
        let recipe = Recipe { penalty, frozen, ..Recipe::default() };
        train(&mut Network::new(&architecture("dense 9, relu"), &recipe, BATCH, 3), 0..1)[0].loss()
    };
    let tensors = Network::new(&architecture("dense 9, relu"), &Recipe::default(), 1, 3).tensors();
    let (_, trained) = split_at(tensors, 1);
    let values = trained.iter().flat_map(|tensor| &tensor.values).map(|&p| f64::from(p));
    let expected: f64 = values.map(|p| 0.001 * p.abs() + 0.002 * p * p).sum();
    let of_penalty = loss(PENALTY, 1) - loss(Penalty::default(), 1);
    assert!((of_penalty / expected - 1.0).abs() < 1e-4, "{of_penalty} {expected}");
}

/// A layer that is added to the list of all kinds is checked here too.
#[test]
fn any_layer_can_be_frozen_on_any_number_of_threads() {
    for layer in LayerSpec::EXAMPLES {
        let takes_vectors = matches!(layer.parse(), Ok(LayerSpec::Dense(_)));
        let before = if takes_vectors { "flatten, dense 70" } else { "conv 12 3x3 pad 1" };
        let layers = format!("{before}, relu, {layer}, batchnorm, dropout 0.1, flatten, dense 70");
        let with = layers.split(", ").filter(|l| l.parse::<LayerSpec>().unwrap().has_parameters());
        for frozen in 1..=with.count() {
            let trained = |threads| {
                let mut network = network(&layers, frozen);
                network.set_threads(threads);
                (train(&mut network, 0..3), network.tensors(), network.optimizer_tensors())
            };
            assert!(trained(3) == trained(1), "{layers}, {frozen} frozen");
        }
    }
}

#[test]
fn a_copy_with_frozen_layers_trains_on_bit_for_bit() {
    let mut first = network(LAYERS, 2);
    train(&mut first, 0..4);
    let mut copy = network(LAYERS, 2);
    copy.load_tensors(&first.tensors()).unwrap();
    copy.load_optimizer(&first.optimizer_tensors(), first.steps()).unwrap();
    let mut read = network(LAYERS, 2);
    let all = [first.tensors(), first.optimizer_tensors()].concat();
    let value = |name: &str| {
        let tensor = all.iter().find(|tensor| tensor.name == name);
        Ok::<_, NetworkError>(tensor.unwrap().values.clone())
    };
    read.read_state(value).unwrap();
    read.read_optimizer(first.steps(), value).unwrap();
    let expected = (train(&mut first, 4..8), first.tensors());
    assert!(expected == (train(&mut copy, 4..8), copy.tensors()));
    assert!(expected == (train(&mut read, 4..8), read.tensors()));
}

#[test]
fn some_tensors_are_loaded_or_none() {
    let new = || Network::new(&architecture(LAYERS), &Recipe::default(), BATCH, 1);
    let given = network(LAYERS, 0).tensors();
    let (some, _) = split_at(given.clone(), 2);
    let mut loaded = new();
    loaded.load_some(&some).unwrap();
    let (first, others) = split_at(loaded.tensors(), 2);
    assert!(first == some && others == split_at(new().tensors(), 2).1);
    assert!(some.iter().any(|tensor| tensor.name == "1.running_var"));
    let mut whole = new();
    whole.load_some(&given).unwrap();
    assert!(whole.tensors() == given);
    let mut bad = given[..2].to_vec();
    bad[1].name = "5.weight".to_owned();
    let mut refusing = new();
    let unknown = |name: &str| Err(NetworkError::UnknownTensor { name: name.to_owned() });
    assert!(matches!(refusing.load_some(&bad), Err(NetworkError::TensorShape { .. })));
    bad[1].name = "77.weight".to_owned();
    assert_eq!(refusing.load_some(&bad), unknown("77.weight"));
    assert!(refusing.tensors() == new().tensors(), "nothing was loaded");
}

#[test]
fn the_list_of_tensors_is_that_of_the_network() {
    for layer in LayerSpec::EXAMPLES.iter().chain(&[LAYERS]) {
        let layers = [format!("conv 2 3x3, {layer}, flatten"), format!("flatten, {layer}")];
        let fits = |layers: &String| {
            let [channels, height, width] = INPUT;
            let image = Shape::Image { channels, height, width };
            Architecture::parse(image, layers, CLASSES).ok()
        };
        let architecture = layers.iter().find_map(fits).unwrap();
        let network = Network::new(&architecture, &Recipe::default(), 1, 1);
        let of_network: Vec<_> = network
            .state()
            .iter()
            .map(|tensor| (tensor.name().to_owned(), tensor.shape().to_vec()))
            .collect();
        assert_eq!(architecture.tensors(), of_network);
        for placed in architecture.layers() {
            let path = format!("{}.", placed.path());
            let has = of_network.iter().any(|(name, _)| name.starts_with(&path));
            assert_eq!(placed.spec.has_parameters(), has, "{layer}");
        }
    }
}
