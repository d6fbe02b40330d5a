//! A network plans all its memory when it is made: training, scoring and predicting allocate none.

use fitroom_nn::{
    Architecture, Augmentation, LayerSpec, Loss, Network, NetworkMemory, Optimizer, Penalty,
    Recipe, Shape,
};

#[test]
fn a_training_step_scoring_and_predicting_allocate_nothing() {
    let input = Shape::Image { channels: 1, height: 12, width: 12 };
    let layers = "conv 4 3x3 pad 1, layernorm, elu, groupnorm 2, depthwise 3x3 pad same, selu, spatialdropout 0.2, \
                  conv 6 3x3 pad 1 groups 2, silu, conv 4 3x3 pad 1, hardswish, gelu tanh, batchnorm, relu, maxpool 2x2, conv 8 3x3, gelu, conv 9 3x3 pad 1, conv 8 5x5 pad 2, \
                  avgpool 2x2, dropout 0.2, residual (conv 8 1x1, concat (relu), conv 8 1x1), flatten, dense 48, batchnorm, tanh, dropout 0.5, leakyrelu, \
                  layernorm, sigmoid";
    let pooled = ["globalavgpool", "globalmaxpool"].map(|pool| layers.replace("flatten", pool));
    let images: Vec<u8> = (0..100 * 144).map(|i| (i * 37 % 251) as u8).collect();
    let labels: Vec<u8> = (0..100).map(|i| i % 10).collect();
    let indices: Vec<u32> = (0..100).collect();
    let losses = [Loss::CrossEntropy, Loss::CrossEntropyOfSoftmax, Loss::CrossEntropy];
    let networks = [layers].into_iter().chain(pooled.iter().map(String::as_str));
    for (loss, layers) in losses.into_iter().zip(networks) {
        let architecture = Architecture::parse(input, layers, 10).unwrap();
        let penalty = Penalty { l1: 0.001, l2: 0.001, ..Penalty::default() };
        let augmentation = Augmentation {
            shift: 1,
            flip: true,
            cutout: 3,
            rotate: 20.0,
            mixup: 0.2,
            cutmix: 1.0,
            test_time: true,
        };
        let recipe =
            Recipe { loss, label_smoothing: 0.1, penalty, augmentation, ..Recipe::default() };
        let mut network = Network::new(&architecture, &recipe, 16, 1);
        // The first call also prepares what the whole process needs once, such as the choice of
        // kernels. So it is not counted.
        network.train_batch(&images, &labels, &indices[..16], 0.001);
        let training = allocation_counter::measure(|| {
            for batch in indices.chunks(16) {
                network.train_batch(&images, &labels, batch, 0.001);
            }
        });
        let scoring = allocation_counter::measure(|| {
            network.score(&images, &labels, &indices);
        });
        let (mut classes, mut probabilities) = ([0; 100], [0.0; 1000]);
        let predicting = allocation_counter::measure(|| {
            network.predict(&images, &labels, &indices, &mut classes, &mut probabilities);
        });
        let counts = [training, scoring, predicting].map(|work| work.count_total);
        assert_eq!(counts, [0; 3], "{layers}");
    }
}

#[test]
fn the_memory_of_every_layer_is_counted() {
    let input = Shape::Image { channels: 1, height: 12, width: 12 };
    let (batch, threads) = (48, 3);
    let own = [
        "conv 9 3x3 stride 2 pad 2",
        "conv 8 5x5 pad 2",
        "conv 1 1x1",
        "conv 16 3x3 pad 1 groups 2",
        "conv 8 3x3 groups 8",
        "depthwise 3x3 stride 2 pad 1",
        "flatten, layernorm",
        "flatten, batchnorm",
        "flatten, dense 200, dropout 0.5, dense 100",
        "residual shortcut conv (conv 9 3x3 stride 2 pad 1, relu, concat (tanh, residual (relu))), concat (relu)",
    ];
    for layer in LayerSpec::EXAMPLES.iter().chain(&own) {
        let parse = |layers: String| Architecture::parse(input, &layers, 10);
        let architecture = parse(format!("conv 8 3x3 pad 1, relu, {layer}, flatten"))
            .or_else(|_| parse(format!("conv 8 3x3 pad 1, relu, flatten, {layer}")))
            .or_else(|_| parse(format!("conv 8 3x3 pad 1, relu, {layer}")))
            .unwrap();
        let all = Optimizer::NAMES.iter().map(|name| (name, 0));
        for (name, frozen) in all.chain([(&Optimizer::NAMES[0], 1), (&Optimizer::NAMES[0], 2)]) {
            let optimizer = Optimizer::named(name).unwrap();
            let augmentation = Augmentation {
                rotate: 9.0,
                mixup: 0.2,
                flip: true,
                test_time: true,
                ..Default::default()
            };
            let recipe = Recipe { optimizer, augmentation, frozen, ..Recipe::default() };
            let memory = NetworkMemory::of(&architecture, &recipe, batch, threads);
            let mut network = None;
            let taken = allocation_counter::measure(|| {
                let network = network.insert(Network::new(&architecture, &recipe, batch, 1));
                network.set_threads(threads);
            });
            // A buffer from 2 MiB on is mapped, which the counter does not see.
            let kept = taken.bytes_current as u64;
            assert!(
                kept.abs_diff(memory.reserved) < memory.reserved / 50 + 16_000,
                "{layer}, {name}, {frozen} frozen: {kept} bytes, {memory:?}"
            );
        }
    }
}
