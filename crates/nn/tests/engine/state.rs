//! A network's state: initial values, tensors and moments, and that nothing remains of a batch.

use fitroom_nn::{
    Architecture, InitialValues, Network, NetworkError, Optimizer, Recipe, Shape, Tensor,
};

use crate::small_network::{
    BATCH, CLASSES, INPUT, LAYERS, batch, data, network, network_of, train,
};

/// Every optimizer with its defaults, and those with momentum that have none by default.
fn optimizers() -> Vec<Optimizer> {
    let with_momentum =
        [r#"{"name": "sgd", "momentum": 0.9}"#, r#"{"name": "rmsprop", "momentum": 0.5}"#]
            .map(|json| serde_json::from_str(json).unwrap());
    Optimizer::NAMES
        .iter()
        .map(|name| Optimizer::named(name).unwrap())
        .chain(with_momentum)
        .collect()
}

#[test]
fn a_copy_trains_on_bit_for_bit() {
    for optimizer in optimizers() {
        let mut first = network_of(LAYERS, optimizer, 1);
        train(&mut first, 0..5);
        assert_eq!(first.steps(), 5);
        // The same seed, which decides dropout, but other steps before.
        let mut copy = network_of(LAYERS, optimizer, 1);
        train(&mut copy, 7..9);
        copy.load_tensors(&first.tensors()).unwrap();
        copy.load_optimizer(&first.optimizer_tensors(), first.steps()).unwrap();
        assert_eq!(copy.tensors(), first.tensors());
        assert_eq!(copy.optimizer_tensors(), first.optimizer_tensors());
        assert_eq!(train(&mut first, 5..10), train(&mut copy, 5..10), "{optimizer:?}");
        assert_eq!(copy.tensors(), first.tensors(), "{optimizer:?}");
        assert_eq!(copy.steps(), 10);
    }
}

/// Without this, the test above would pass if moments and steps had no effect.
#[test]
fn a_copy_without_moments_or_steps_trains_differently() {
    let mut first = network_of("dense 10, relu", Optimizer::default(), 1);
    train(&mut first, 0..5);
    let (tensors, moments) = (first.tensors(), first.optimizer_tensors());
    let fresh = network_of("dense 10, relu", Optimizer::default(), 1).optimizer_tensors();
    let copy = |moments: &[Tensor], steps| {
        let mut copy = network_of("dense 10, relu", Optimizer::default(), 1);
        copy.load_tensors(&tensors).unwrap();
        copy.load_optimizer(moments, steps).unwrap();
        train(&mut copy, 5..8)
    };
    let expected = train(&mut first, 5..8);
    assert_eq!(copy(&moments, 5), expected);
    assert_ne!(copy(&fresh, 5), expected);
    assert_ne!(copy(&moments, 50), expected);
}

#[test]
fn keeping_gradients_changes_nothing_else() {
    let (mut keeping, mut other) = (network(3), network(3));
    keeping.keep_gradients();
    assert_eq!(train(&mut keeping, 0..3), train(&mut other, 0..3));
    assert_eq!(keeping.tensors(), other.tensors());
    assert!(keeping.gradients().iter().all(|gradient| gradient.values.iter().any(|&g| g != 0.0)));
}

#[test]
fn seeds_decide_everything() {
    let (mut first, mut same, mut other) = (network(1), network(1), network(2));
    assert_eq!(first.tensors(), same.tensors());
    assert_ne!(first.tensors(), other.tensors());
    assert_eq!(train(&mut first, 0..6), train(&mut same, 0..6));
    assert_eq!(first.tensors(), same.tensors());
    train(&mut other, 0..6);
    assert_ne!(first.tensors(), other.tensors());
}

/// Initial values belong to what a seed means. These were drawn before `Recipe` had
/// `initial_values`, and by a ChaCha8 in Python.
#[test]
fn the_default_draws_what_it_always_drew() {
    let shape = Shape::Image { channels: 1, height: 2, width: 2 };
    let architecture = Architecture::parse(shape, "", 3).unwrap();
    let network = Network::new(&architecture, &Recipe::default(), 1, 7);
    let [weight, bias] = &network.tensors()[..] else { panic!("a weight and a bias") };
    let rows = [
        [-0.077_528_18, -0.290_301_44, -0.339_060_25, 0.246_432_3],
        [-0.371_728_42, -0.299_448_25, 0.212_987_07, -0.195_637_76],
        [0.366_261_54, -0.255_357_86, 0.385_823_25, 0.477_673_6],
    ];
    assert_eq!(weight.values, rows.concat());
    assert_eq!(bias.values, [0.185_870_11, -0.220_788_06, 0.408_989_85]);
}

/// Weights are drawn in PyTorch's layout, so a filter, and not a column of the engine's own layout,
/// is a unit vector.
#[test]
fn every_way_to_draw_initial_values_makes_a_network_that_trains() {
    let [channels, height, width] = INPUT;
    let shape = Shape::Image { channels, height, width };
    let architecture = Architecture::parse(shape, LAYERS, CLASSES).unwrap();
    let mut seen: Vec<Vec<Tensor>> = Vec::new();
    for name in InitialValues::NAMES {
        let initial_values = serde_json::from_str(&format!("\"{name}\"")).unwrap();
        let recipe = Recipe { initial_values, ..Recipe::default() };
        let mut network = Network::new(&architecture, &recipe, BATCH, 3);
        let tensors = network.tensors();
        let is_default = initial_values == InitialValues::Pytorch;
        for Tensor { name: tensor, values, .. } in &tensors {
            match tensor.as_str() {
                "1.weight" | "6.weight" => assert!(values.iter().all(|x| *x == 1.0), "{name}"),
                "1.bias" | "6.bias" => assert!(values.iter().all(|x| *x == 0.0), "{name}"),
                "0.bias" | "5.bias" | "9.bias" => {
                    assert_eq!(values.iter().all(|x| *x == 0.0), !is_default, "{name} {tensor}");
                }
                _ => assert!(values.iter().all(|x| x.is_finite()), "{name} {tensor}"),
            }
        }
        if initial_values == InitialValues::Orthogonal {
            for filter in tensors[0].values.chunks_exact(9) {
                let squared: f32 = filter.iter().map(|x| x * x).sum();
                assert!((squared - 1.0).abs() < 1e-6, "{squared}");
            }
        }
        assert!(!seen.contains(&tensors), "{name}");
        assert!(train(&mut network, 0..3).iter().all(|score| score.loss_sum.is_finite()));
        seen.push(tensors);
    }
}

#[test]
fn initial_values_are_uniform_within_one_over_the_root_of_fan_in() {
    let (a, b) =
        (network_of("conv 40 5x5, flatten, dense 50", Optimizer::default(), 3), network(3));
    for tensor in a.tensors() {
        let fan_in = match tensor.name.split('.').next().unwrap() {
            "0" => 25,
            "2" => 40 * 4 * 5,
            _ => 50,
        };
        let bound = 1.0 / (fan_in as f32).sqrt();
        assert!(tensor.values.iter().all(|v| v.abs() <= bound), "{} beyond {bound}", tensor.name);
        if tensor.name.ends_with("weight") {
            let count = tensor.values.len() as f64;
            let scaled = |power| {
                tensor.values.iter().map(|v| f64::from(v / bound).powi(power)).sum::<f64>() / count
            };
            // A uniform variable in ±1 has mean 0, mean square 1/3 and mean fourth power 1/5. Five
            // standard deviations are allowed.
            assert!(scaled(1).abs() < 5.0 * (1.0 / 3.0 / count).sqrt(), "{}", tensor.name);
            assert!(
                (scaled(2) - 1.0 / 3.0).abs() < 5.0 * (4.0 / 45.0 / count).sqrt(),
                "{}",
                tensor.name
            );
            assert!(
                (scaled(4) - 0.2).abs() < 5.0 * (16.0 / 225.0 / count).sqrt(),
                "{}",
                tensor.name
            );
        } else {
            assert!(tensor.values.iter().any(|v| *v != 0.0), "{} is zero", tensor.name);
        }
    }
    let tensors = b.tensors();
    for (name, expected) in
        [("1.weight", 1.0), ("1.bias", 0.0), ("6.running_mean", 0.0), ("6.running_var", 1.0)]
    {
        assert!(
            tensors.iter().find(|t| t.name == name).unwrap().values.iter().all(|v| *v == expected),
            "{name}"
        );
    }
    // No two tensors get the same random numbers.
    let square = network_of("dense 72, dense 72", Optimizer::default(), 3).tensors();
    assert_ne!(square[0].values, square[2].values);
}

#[test]
fn tensors_have_the_names_and_shapes_of_the_state_dict() {
    let named = |name: &str, shape: &[usize]| (name.to_owned(), shape.to_vec());
    let mut got: Vec<_> = network(1).tensors().into_iter().map(|t| (t.name, t.shape)).collect();
    let mut expected = vec![
        named("0.weight", &[4, 1, 3, 3]),
        named("0.bias", &[4]),
        named("1.weight", &[4]),
        named("1.bias", &[4]),
        named("1.running_mean", &[4]),
        named("1.running_var", &[4]),
        named("5.weight", &[10, 64]),
        named("5.bias", &[10]),
        named("6.weight", &[10]),
        named("6.bias", &[10]),
        named("6.running_mean", &[10]),
        named("6.running_var", &[10]),
        named("9.weight", &[6, 10]),
        named("9.bias", &[6]),
    ];
    got.sort();
    expected.sort();
    assert_eq!(got, expected);
}

/// Every way in which a list of tensors can be wrong, with the error that names it.
fn wrong_lists(good: &[Tensor]) -> Vec<(Vec<Tensor>, NetworkError)> {
    let name = |at: usize| good[at].name.clone();
    let (last, mut missing, mut unknown, mut flat) =
        (good.len() - 1, good.to_vec(), good.to_vec(), good.to_vec());
    missing.remove(last);
    unknown.push(Tensor { name: "77.weight".to_owned(), shape: vec![1], values: vec![0.0] });
    let expected = flat[last].shape.clone();
    flat[last].shape.push(1);
    let got = flat[last].shape.clone();
    vec![
        (missing, NetworkError::MissingTensor { name: name(last) }),
        (unknown, NetworkError::UnknownTensor { name: "77.weight".to_owned() }),
        (flat, NetworkError::TensorShape { name: name(last), got, expected }),
    ]
}

#[test]
fn wrong_tensors_are_named_and_change_nothing() {
    let mut network = network(1);
    let before = network.tensors();
    let other = self::network(2).tensors();
    for (tensors, error) in wrong_lists(&other) {
        assert_eq!(network.load_tensors(&tensors), Err(error));
        assert_eq!(network.tensors(), before);
    }
    network.load_tensors(&other).unwrap();
    assert_eq!(network.tensors(), other);
}

#[test]
fn wrong_moments_are_named_and_change_nothing() {
    let mut network = network(1);
    train(&mut network, 0..3);
    let before = network.optimizer_tensors();
    let mut other = self::network(1);
    train(&mut other, 0..4);
    for (moments, error) in wrong_lists(&other.optimizer_tensors()) {
        assert_eq!(network.load_optimizer(&moments, 9), Err(error));
        assert_eq!((network.optimizer_tensors(), network.steps()), (before.clone(), 3));
    }
    network.load_optimizer(&other.optimizer_tensors(), 9).unwrap();
    assert_eq!((network.optimizer_tensors(), network.steps()), (other.optimizer_tensors(), 9));
}

#[test]
fn tensors_may_come_in_any_order() {
    let (mut network, other) = (network(1), network(2));
    let mut tensors = other.tensors();
    tensors.reverse();
    network.load_tensors(&tensors).unwrap();
    assert_eq!(network.tensors(), other.tensors());
}

#[test]
fn a_zeroed_network_is_what_is_loaded() {
    let [channels, height, width] = INPUT;
    let input = Shape::Image { channels, height, width };
    let architecture = Architecture::parse(input, LAYERS, CLASSES).unwrap();
    let mut zeroed = Network::try_zeroed(&architecture, &Recipe::default(), 16).unwrap();
    assert!(zeroed.tensors()[0].values.iter().all(|&x| x == 0.0));
    let mut trained = network(1);
    train(&mut trained, 0..3);
    zeroed.load_tensors(&trained.tensors()).unwrap();
    assert_eq!(zeroed.tensors(), trained.tensors());
    assert_eq!(zeroed.steps(), 0);
}

/// The last batch of an epoch is small. Nothing of the batch before may remain in it.
#[test]
fn a_small_batch_does_not_depend_on_the_batch_before() {
    let data = data();
    let small = [3, 41, 5];
    let layers = "conv 4 3x3 pad 1, batchnorm, relu, maxpool 2x2, flatten, dense 10, relu";
    let mut after_others = network_of(layers, Optimizer::default(), 1);
    let mut alone = network_of(layers, Optimizer::default(), 1);
    after_others.keep_gradients();
    alone.keep_gradients();
    for step in 0..3 {
        after_others.train_batch(&data.pixels, &data.labels, &batch(step), 0.01);
    }
    alone.load_tensors(&after_others.tensors()).unwrap();
    alone.load_optimizer(&after_others.optimizer_tensors(), 3).unwrap();
    let step =
        |network: &mut Network| network.train_batch(&data.pixels, &data.labels, &small, 0.01);
    let score = step(&mut after_others);
    assert_eq!(score.images, 3);
    assert_eq!(score, step(&mut alone));
    assert_eq!(after_others.gradients(), alone.gradients());
    // A network for three images has no room in which more could remain.
    let [channels, height, width] = INPUT;
    let architecture =
        Architecture::parse(Shape::Image { channels, height, width }, layers, CLASSES).unwrap();
    let mut exact = Network::new(&architecture, &Recipe::default(), 3, 1);
    let mut whole = network_of(layers, Optimizer::default(), 1);
    assert_eq!(step(&mut whole), step(&mut exact));
    assert_eq!(whole.tensors(), exact.tensors());
}
