//! Where images of a batch are alike in what each layer reads ([`Repeats`]).

use super::Stage;
use crate::layer::Extent;
use crate::repeats::Repeats;
use crate::spec::{LayerSpec, Window};
use crate::{Architecture, Shape};

/// What is known of each layer's input, as far as anybody uses it.
pub(super) struct Likeness {
    /// Of the network's input; then behind each window that slides over the one before.
    steps: Vec<Step>,
    /// Channels of the network's input.
    channels: usize,
}

struct Step {
    repeats: Repeats,
    /// What slides over the step before, and how many outputs along each axis are computed
    /// together.
    window: Option<(Window, usize)>,
}

impl Likeness {
    /// Tells `stages` what they can know of batches of up to `batch` images in training, and of up
    /// to `images` otherwise.
    pub(super) fn new(
        architecture: &Architecture,
        stages: &mut [Stage],
        (batch, images): (usize, usize),
    ) -> Self {
        let step =
            |shape, window| Step { repeats: Repeats::new(Extent::of(shape), images), window };
        let mut steps = vec![step(architecture.input(), None)];
        let mut known = matches!(architecture.input(), Shape::Image { .. });
        let mut used = 0;
        for ((spec, _, output), stage) in architecture.layers().zip(stages) {
            if known && stage.layer.expect_repeats(batch) {
                used = steps.len();
                stage.repeats = Some(used - 1);
            }
            match spec {
                LayerSpec::Conv { window, .. }
                | LayerSpec::MaxPool { window }
                | LayerSpec::AvgPool { window } => {
                    steps.push(step(output, Some((window, stage.layer.tile()))));
                }
                // A mask differs from image to image, and a dense layer's output depends on all
                // pixels.
                LayerSpec::Dropout { .. } | LayerSpec::Dense { .. } => known = false,
                LayerSpec::BatchNorm { .. }
                | LayerSpec::Relu
                | LayerSpec::LeakyRelu { .. }
                | LayerSpec::Gelu
                | LayerSpec::Tanh
                | LayerSpec::Sigmoid
                | LayerSpec::Flatten => {}
            }
        }
        steps.truncate(used);
        Likeness { steps, channels: Extent::of(architecture.input()).channels }
    }

    /// Looks at a batch of the network's input.
    pub(super) fn find(&mut self, images: &[f32]) {
        let Some((first, mut rest)) = self.steps.split_first_mut() else { return };
        first.repeats.find(images, self.channels);
        let mut before = &first.repeats;
        while let Some((step, behind)) = rest.split_first_mut() {
            if let Some((window, tile)) = step.window {
                step.repeats.slide(before, window, tile);
            }
            (before, rest) = (&step.repeats, behind);
        }
    }

    /// What is known of a stage's input.
    pub(super) fn of(&self, stage: &Stage) -> Option<&Repeats> {
        stage.repeats.map(|step| &self.steps[step].repeats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Network, Recipe};

    /// Images of 12 × 12 pixels that are blank but for a rectangle, which differs.
    fn images(count: usize) -> Vec<u8> {
        let value = |image: usize, row: usize, column: usize| {
            let inside = row >= image % 5
                && row < 12 - image % 3
                && column >= image % 7
                && column < 12 - image % 2;
            if inside { (1 + (image * 31 + row * 17 + column * 7) % 200) as u8 } else { 0 }
        };
        (0..count * 144).map(|at| value(at / 144, at / 12 % 12, at % 12)).collect()
    }

    /// The logits of 70 images, the gradients of a step on them, and whether anybody makes use of
    /// likeness.
    fn outcome(layers: &str, knows: bool, threads: usize) -> (Vec<f32>, Vec<f32>, bool) {
        let input = Shape::Image { channels: 1, height: 12, width: 12 };
        let architecture = Architecture::parse(input, layers, 10).unwrap();
        let mut network = Network::new(&architecture, &Recipe::default(), 70, 3);
        network.keep_gradients();
        network.set_threads(threads);
        let any = !network.likeness.steps.is_empty();
        if !knows {
            network.stages.iter_mut().for_each(|stage| stage.repeats = None);
        }
        let (images, labels, indices) =
            (images(70), [1, 2, 3, 4, 5, 6, 7].repeat(10), (0..70).collect::<Vec<u32>>());
        let logits = network.logits(&images, &indices);
        network.train_batch(&images, &labels, &indices, 0.001);
        let gradients = network.gradients().into_iter().flat_map(|tensor| tensor.values).collect();
        (logits, gradients, any)
    }

    #[test]
    fn a_step_is_the_same_for_a_network_that_does_not_know_and_on_any_number_of_threads() {
        for (layers, uses) in [
            ("conv 8 3x3 pad 1, relu, conv 8 3x3 pad 1, relu, flatten", true),
            (
                "conv 8 3x3, tanh, maxpool 2x2, conv 9 3x3 pad 2, batchnorm, relu, conv 8 5x5 pad 2, flatten",
                true,
            ),
            (
                "batchnorm, conv 8 3x3 pad 1, batchnorm, avgpool 2x2, conv 16 3x3 pad 1, gelu, flatten, dense 20",
                true,
            ),
            (
                "conv 8 3x3 stride 2 pad 1, relu, conv 8 3x3 pad 1, relu, dropout 0.5, conv 8 3x3, flatten",
                true,
            ),
            ("conv 12 3x3 pad 1, relu, flatten, dense 50, relu", true),
            ("conv 8 3x3 pad 1, relu, conv 8 3x3 pad 1, relu, flatten, dense 50, relu", true),
            ("conv 8 3x3 pad 1, relu, conv 8 5x5 pad 2, relu, flatten, dense 50, relu", true),
            (
                "conv 8 3x3 pad 1, relu, conv 8 3x3 pad 1, relu, conv 8 3x3 pad 1, relu, flatten",
                true,
            ),
            ("conv 8 3x3 pad 1, dropout 0.5, conv 8 3x3 pad 1, relu, flatten", false),
            ("dropout 0.5, conv 8 3x3 pad 1, relu, conv 8 3x3 pad 1, relu, flatten", false),
            ("flatten, dense 20, relu", false),
        ] {
            let (logits, gradients, is_used) = outcome(layers, true, 1);
            for threads in [2, 3] {
                let on_threads = outcome(layers, true, threads);
                assert!(
                    on_threads == (logits.clone(), gradients.clone(), is_used),
                    "{threads} threads: {layers}"
                );
            }
            let expected = outcome(layers, false, 1);
            assert_eq!(is_used, uses, "{layers}");
            for (found, expected) in [(logits, expected.0), (gradients, expected.1)] {
                let largest = expected.iter().fold(0f32, |most, x| most.max(x.abs()));
                for (found, expected) in found.iter().zip(&expected) {
                    assert!(
                        (found - expected).abs() <= 2e-5 * largest,
                        "{found}, not {expected}: {layers}"
                    );
                }
            }
        }
    }
}
