//! A network plans all its memory when it is made: training, scoring and predicting allocate none.

use fitroom_nn::{Architecture, Augmentation, Loss, Network, Optimizer, Penalty, Recipe, Shape};

#[test]
fn a_training_step_scoring_and_predicting_allocate_nothing() {
    let input = Shape::Image { channels: 1, height: 12, width: 12 };
    let layers = "conv 4 3x3 pad 1, batchnorm, relu, maxpool 2x2, conv 8 3x3, gelu, conv 9 3x3 pad 1, conv 8 5x5 pad 2, \
                  avgpool 2x2, dropout 0.2, flatten, dense 48, batchnorm, tanh, dropout 0.5, leakyrelu, sigmoid";
    let architecture = Architecture::parse(input, layers, 10).unwrap();
    let images: Vec<u8> = (0..100 * 144).map(|i| (i * 37 % 251) as u8).collect();
    let labels: Vec<u8> = (0..100).map(|i| i % 10).collect();
    let indices: Vec<u32> = (0..100).collect();
    for loss in [Loss::CrossEntropy, Loss::CrossEntropyOfSoftmax] {
        let penalty = Penalty { l1: 0.001, l2: 0.001, ..Penalty::default() };
        let augmentation = Augmentation { shift: 1, flip: true, cutout: 3, test_time: true };
        let recipe = Recipe { loss, penalty, optimizer: Optimizer::default(), augmentation };
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
        assert_eq!(counts, [0; 3], "{loss:?}");
    }
}
