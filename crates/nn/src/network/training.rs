//! A training step: forward, loss, penalty, backward and update.

use std::mem;

use super::{Network, Stage, joint};
use crate::layer::execution::{Backward, Mode};
use crate::loss::Targets;
use crate::trained::Trained;
use crate::update::Update;
use crate::{Operation, PenaltyScope, Score};

impl Network {
    /// One training step on the images at `indices`: forward, backward, penalty, optimizer.
    ///
    /// `images` are all training images: one byte per value, `Architecture::input().len()` bytes
    /// per image (channels-last). Values are divided by 255. `labels` are the classes of all
    /// images. Returns the loss (penalty included) and the correct answers before the step's
    /// update, as trained (dropout on, batch statistics). If images are mixed, the loss is that to the
    /// mixed labels, and an answer is correct if it is the label with the larger share.
    ///
    /// # Panics
    /// If there are more indices than `batch_size` or none, an index is out of bounds, or batch
    /// normalisation gets a single value per channel.
    pub fn train_batch(
        &mut self,
        images: &[u8],
        labels: &[u8],
        indices: &[u32],
        learning_rate: f32,
    ) -> Score {
        self.together(|network| network.step(images, labels, indices, learning_rate))
    }

    /// [`train_batch`](Self::train_batch) on one of the team's threads.
    fn step(&mut self, images: &[u8], labels: &[u8], indices: &[u32], learning_rate: f32) -> Score {
        let batch = indices.len();
        assert!(
            (1..=self.batch_size).contains(&batch),
            "a batch of {batch} images, planned for {}",
            self.batch_size
        );
        let own_share = self.gather_augmented(images, indices);
        self.labels.clear();
        self.labels.extend(indices.iter().map(|&index| labels[index as usize]));
        let logits = self.forward(batch, Mode::Training { seed: self.seed, step: self.steps });
        let gradient = &mut self.activation_gradients[0][..batch * self.classes];
        let smoothing = self.recipe.label_smoothing;
        let mut score = self.recipe.loss.evaluate_soft(
            Targets { labels: &self.labels, smoothing, own_share },
            &self.activations[logits],
            &mut self.scratch,
            gradient,
        );
        score.loss_sum += self.penalty() * batch as f64;
        self.steps += 1;
        self.backward(batch, learning_rate);
        score
    }

    /// The backward pass, down to the first layer that is trained. It begins with the gradient of the logits, in the first buffer of
    /// `activation_gradients`. Each layer's parameters are updated as soon as their gradients are
    /// known.
    fn backward(&mut self, batch: usize, learning_rate: f32) {
        let penalty = self.recipe.penalty;
        let on_weights = (!penalty.is_none()).then(|| penalty.gradient());
        let on_others = on_weights.filter(|_| penalty.on == PenaltyScope::All);
        let step = self.recipe.optimizer.at(learning_rate, self.steps);
        let update = Update { step, on_weights, on_others, keeps_gradients: self.keeps_gradients };
        let is_trained = |stage: &Stage| !stage.parameters.is_empty();
        let first_trained = match self.stages[self.frozen..].iter().position(is_trained) {
            Some(place) => self.frozen + place,
            None => return,
        };
        let is_first = |&operation: &Operation| operation == Operation::Layer(first_trained);
        let first = self.operations.iter().position(is_first).expect("each layer is run");
        let Network { team, stages, joints, parameters, gradients, moments, activations, .. } =
            self;
        let (pair, saved) = self.activation_gradients.split_at_mut(2);
        let [current, next] = pair else { unreachable!("two buffers take turns") };
        let (mut current, mut next) = (current, next);
        for operation in self.operations[first..].iter().rev() {
            match *operation {
                Operation::Layer(index) => {
                    let stage = &mut stages[index];
                    if stage.fused.backward {
                        continue;
                    }
                    let is_elementwise = stage.output_place.is_elementwise();
                    stage.layer.backward(Backward {
                        team,
                        trained: Trained {
                            parameters: &mut parameters[stage.parameters.clone()],
                            gradients: &mut gradients[stage.parameters.clone()],
                            moments: moments.each_mut().map(|moment| match moment.is_empty() {
                                true => Default::default(),
                                false => &mut moment[stage.parameters.clone()],
                            }),
                        },
                        update,
                        x: &activations[stage.input.of(batch)],
                        y: &activations[stage.output.of(batch)],
                        dy: &mut current[..batch * stage.output.len],
                        dx: (index > first_trained && !is_elementwise)
                            .then(|| &mut next[..batch * stage.input.len]),
                    });
                    if !is_elementwise {
                        mem::swap(&mut current, &mut next);
                    }
                }
                Operation::Join(index) => {
                    let joint = &joints[index];
                    let shortcut = &mut saved[joint.depth];
                    if joint.backward(team, current, shortcut, next, batch) {
                        mem::swap(&mut current, &mut next);
                    }
                }
                // The projection's gradient has come to its input. The body's turn begins.
                Operation::Shortcut(index) => {
                    mem::swap(&mut *current, &mut saved[joints[index].depth])
                }
                Operation::Fork(index) => {
                    let joint = &joints[index];
                    let values = batch * joint.input;
                    joint::add(team, &mut current[..values], &saved[joint.depth][..values]);
                }
            }
        }
    }

    /// The penalty, summed over all parameters that it counts. Frozen ones are not among them.
    fn penalty(&mut self) -> f64 {
        let penalty = self.recipe.penalty;
        if penalty.is_none() {
            return 0.0;
        }
        let Network { team, parameters, penalty_blocks, .. } = self;
        self.places[self.frozen_places..]
            .iter()
            .filter(|place| penalty.on == PenaltyScope::All || place.spec.is_weight)
            .map(|place| penalty.value(team, &parameters[place.range.clone()], penalty_blocks))
            .sum()
    }
}
