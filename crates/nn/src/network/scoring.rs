//! Scores, predictions and logits, all in inference mode: no dropout, running statistics.

use std::ops::Range;

use super::Network;
use super::images::gather_as;
use crate::layer::execution::Mode;
use crate::{Score, loss};

impl Network {
    /// Loss (without penalty) and correct answers on the images at `indices`, in inference mode: no
    /// dropout, running statistics. There may be any number of images. With test-time augmentation,
    /// an image's logits are the mean over its views, here and in the other methods.
    pub fn score(&mut self, images: &[u8], labels: &[u8], indices: &[u32]) -> Score {
        self.together(|network| network.score_each(images, labels, indices, |_, _| {}))
    }

    /// [`score`](Self::score) that also gives the predicted class and the probabilities of each
    /// image.
    ///
    /// It writes to `classes`, `[indices.len()]`, the class with the largest logit, or the first of
    /// several largest. The score counts this class as the network's answer. It writes to
    /// `probabilities`, `[indices.len(), classes]` row-major, softmax of the logits. Softmax is
    /// taken once, even if the network's loss takes it twice.
    ///
    /// # Panics
    /// If `classes` or `probabilities` have another length, an index is out of bounds, or there are
    /// more than 256 classes.
    pub fn predict(
        &mut self,
        images: &[u8],
        labels: &[u8],
        indices: &[u32],
        classes: &mut [u8],
        probabilities: &mut [f32],
    ) -> Score {
        assert!(self.classes <= 1 << u8::BITS, "{} classes do not fit into a byte", self.classes);
        let values = indices.len() * self.classes;
        assert_eq!(
            (classes.len(), probabilities.len()),
            (indices.len(), values),
            "`classes` and `probabilities` have a place for each prediction"
        );
        let class_count = self.classes;
        self.together(|network| {
            network.score_each(images, labels, indices, |first, logits| {
                let classes = &mut classes[first..][..logits.len() / class_count];
                let probabilities = &mut probabilities[first * class_count..][..logits.len()];
                loss::predict(logits, classes, probabilities);
            })
        })
    }

    /// [`score`](Self::score) on one of the team's threads. It calls `see` for each scored batch,
    /// with the place of the batch's first image in `indices`, and with the logits.
    fn score_each(
        &mut self,
        images: &[u8],
        labels: &[u8],
        indices: &[u32],
        mut see: impl FnMut(usize, &[f32]),
    ) -> Score {
        self.with_scored(|network| {
            let mut score = Score::default();
            for (part, indices) in indices.chunks(network.capacity).enumerate() {
                network.labels.clear();
                network.labels.extend(indices.iter().map(|&index| labels[index as usize]));
                let logits = network.infer(images, indices);
                let Network { recipe, activations, labels, scratch, capacity, .. } = &mut *network;
                let logits = &activations[logits];
                score += recipe.loss.evaluate(logits, labels, scratch, None);
                see(part * *capacity, logits);
            }
            score
        })
    }

    /// Logits of the images at `indices`, `[indices.len(), classes]` row-major, in inference mode.
    pub fn logits(&mut self, images: &[u8], indices: &[u32]) -> Vec<f32> {
        let scored = |network: &mut Network| {
            let mut all = Vec::with_capacity(indices.len() * network.classes);
            for indices in indices.chunks(network.capacity) {
                let logits = network.infer(images, indices);
                all.extend_from_slice(&network.activations[logits]);
            }
            all
        };
        self.together(|network| network.with_scored(scored))
    }

    /// Computes the logits of the images at `indices` in inference mode, and returns where they lie
    /// in the activations. There are at most `capacity` images.
    fn infer(&mut self, images: &[u8], indices: &[u32]) -> Range<usize> {
        if self.views.len() == 1 {
            self.gather(images, indices);
            return self.forward(indices.len(), Mode::Inference);
        }
        let values = indices.len() * self.classes;
        self.view_logits[..values].fill(0.0);
        let mut logits = 0..0;
        for view in 0..self.views.len() {
            let Network { views, extent, activations, team, normalisation, .. } = self;
            gather_as(
                team,
                images,
                indices,
                |_| views[view],
                *extent,
                normalisation.as_ref(),
                activations,
            );
            logits = self.forward(indices.len(), Mode::Inference);
            let sums = &mut self.view_logits[..values];
            sums.iter_mut()
                .zip(&self.activations[logits.clone()])
                .for_each(|(sum, logit)| *sum += logit);
        }
        let views = self.views.len() as f32;
        let means = &mut self.activations[logits.clone()];
        means.iter_mut().zip(&self.view_logits).for_each(|(mean, sum)| *mean = sum / views);
        logits
    }
}
