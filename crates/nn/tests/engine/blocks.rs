//! Blocks: against PyTorch, and what must hold whatever is in them.

use fitroom_nn::{Architecture, Network, NetworkMemory, Optimizer, Recipe, Shape};

use crate::fixture::{Disagreements, compare, read};
use crate::small_network::{BATCH, CLASSES, INPUT, network_of, train};

#[test]
fn twenty_steps_of_blocks_agree_with_pytorch() {
    let mut found = Disagreements::default();
    let fixtures = read(include_str!("../pytorch/blocks.json"));
    assert_eq!(fixtures.len(), 13);
    for fixture in fixtures {
        assert_eq!(fixture.case.learning_rates.len(), 20);
        compare(&fixture, &mut found);
    }
    found.assert_none();
}

fn architecture(layers: &str) -> Result<Architecture, String> {
    let [channels, height, width] = INPUT;
    let image = Shape::Image { channels, height, width };
    Architecture::parse(image, layers, CLASSES).map_err(|error| error.to_string())
}

#[test]
fn tensors_are_named_as_in_pytorch() {
    let layers = "conv 4 3x3 pad same, repeat 2 (residual shortcut conv (conv 6 3x3 pad same, concat (batchnorm), conv 6 1x1))";
    let architecture = architecture(&format!("{layers}, flatten")).unwrap();
    let names: Vec<String> = architecture.tensors().into_iter().map(|(name, _)| name).collect();
    let of_block = |index: usize, projects: bool| {
        let mut names = vec![
            format!("{index}.body.0.weight"),
            format!("{index}.body.0.bias"),
            format!("{index}.body.1.body.0.weight"),
            format!("{index}.body.1.body.0.bias"),
            format!("{index}.body.2.weight"),
            format!("{index}.body.2.bias"),
        ];
        if projects {
            names.extend(["weight", "bias"].map(|name| format!("{index}.shortcut.{name}")));
        }
        names
    };
    let ends = |index: usize| ["weight", "bias"].map(|name| format!("{index}.{name}")).to_vec();
    let statistics = [1, 2].into_iter().flat_map(|index| {
        ["running_mean", "running_var"].map(|name| format!("{index}.body.1.body.0.{name}"))
    });
    let expected =
        [ends(0), of_block(1, true), of_block(2, false), ends(4), statistics.collect()].concat();
    assert_eq!(names, expected);
    let network = network_of(&format!("{layers}, flatten"), Optimizer::default(), 1);
    let of_network: Vec<String> =
        network.state().iter().map(|tensor| tensor.name().to_owned()).collect();
    assert_eq!(of_network, expected);
}

#[test]
fn a_block_that_does_not_fit_says_where_and_what_came_in() {
    for (layers, message) in [
        (
            "conv 4 3x3, residual (relu, conv 5 3x3 pad same)",
            "layer 2 `residual` adds its input, 4×6×7, to what its layers give, 5×6×7\n\
             hint: write `residual shortcut conv (…)`, which projects the input by a 1×1 convolution, or give both the same shape",
        ),
        (
            "dense 4, residual (relu, dense 5)",
            "layer 2 `residual` adds its input, 4, to what its layers give, 5\nhint: give both the same shape",
        ),
        (
            "residual (conv 4 3x3 pad same, relu, dense 5)",
            "layer 1.3 `dense 5` takes a vector, but 4×8×9 comes in\nhint: put `flatten` or `globalavgpool` before it",
        ),
        (
            "conv 2 1x1, residual (relu, concat (conv 4 3x3))",
            "layer 2.2 `concat` puts its input, 2×8×9, before what its layers give, 4×6×7\n\
             hint: both must have the same height and width: use `pad same` and no stride",
        ),
        (
            "conv 2 1x1, residual shortcut conv (conv 4 3x3)",
            "layer 2 `residual shortcut conv` adds its input, 2×8×9, to what its layers give, 4×6×7\n\
             hint: no stride of a 1×1 convolution makes one size of the other: use `pad same`, or strides that divide the size",
        ),
        (
            "conv 2 1x1, flatten, residual (dense 144)",
            "layer 3 `residual` joins a flattened image of several channels with other values\n\
             hint: put a dense layer before the block, or `flatten` behind it",
        ),
        (
            "conv 2 1x1, flatten, concat (relu)",
            "layer 3 `concat` joins a flattened image of several channels with other values\n\
             hint: put a dense layer before the block, or `flatten` behind it",
        ),
    ] {
        assert_eq!(architecture(layers).unwrap_err(), message, "{layers}");
    }
    assert!(architecture("conv 2 1x1, flatten, residual (relu), dense 3").is_ok());
    assert!(architecture("flatten, residual (dense 72), concat (dense 3)").is_ok(), "one channel");
}

/// A block counts as one of the layers that are frozen, with all that is in it.
#[test]
fn whole_blocks_are_frozen() {
    let layers = "conv 4 3x3 pad same, relu, residual shortcut conv (conv 6 3x3 stride 2 pad 1, batchnorm, relu), \
                  concat (conv 2 1x1, relu), flatten";
    let architecture = architecture(layers).unwrap();
    assert_eq!([0, 1, 2, 3, 4].map(|frozen| architecture.leading(frozen)), [0, 1, 6, 8, 10]);
    let recipe = Recipe { frozen: 2, ..Recipe::default() };
    let mut network = Network::new(&architecture, &recipe, BATCH, 3);
    let before = network.tensors();
    train(&mut network, 0..3);
    for (before, after) in before.iter().zip(network.tensors()) {
        let is_frozen = ["0.", "2."].iter().any(|path| before.name.starts_with(path));
        assert_eq!(before.values == after.values, is_frozen, "{}", before.name);
    }
    let used = |frozen| {
        NetworkMemory::of(&architecture, &Recipe { frozen, ..Recipe::default() }, BATCH, 1).used
    };
    assert!(used(2) < used(0));
}
