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
    window: Option<Window>,
}

impl Likeness {
    /// Tells `stages` what they can know, for up to `images` images.
    pub(super) fn new(architecture: &Architecture, stages: &mut [Stage], images: usize) -> Self {
        let step = |shape, window| Step { repeats: Repeats::new(Extent::of(shape), images), window };
        let mut steps = vec![step(architecture.input(), None)];
        let mut known = matches!(architecture.input(), Shape::Image { .. });
        let mut used = 0;
        for ((spec, _, output), stage) in architecture.layers().zip(stages) {
            if known && stage.layer.uses_repeats() {
                used = steps.len();
                stage.repeats = Some(used - 1);
            }
            match spec {
                LayerSpec::Conv { window, .. } | LayerSpec::MaxPool { window } | LayerSpec::AvgPool { window } => {
                    steps.push(step(output, Some(window)));
                }
                // Each image has a mask of its own.
                LayerSpec::Dropout { .. } => known = false,
                LayerSpec::Dense { .. } => known = false,
                _ => {}
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
            if let Some(window) = step.window {
                step.repeats.slide(before, window);
            }
            (before, rest) = (&step.repeats, behind);
        }
    }

    /// What is known of a stage's input.
    pub(super) fn of(&self, stage: &Stage) -> Option<&Repeats> {
        stage.repeats.map(|step| &self.steps[step].repeats)
    }
}
