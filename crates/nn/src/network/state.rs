//! Reads and replaces a network's state, under PyTorch's names and in its layouts: parameters,
//! statistics, gradients and moments.

use std::collections::HashMap;

use super::{Network, Place};
use crate::layer::execution::Statistic;
use crate::layout::Layout;
use crate::tensor::matched;
use crate::{NetworkError, NetworkTensor, Tensor};

impl Network {
    /// Parameters and batch-norm statistics (`running_mean`, `running_var`) under PyTorch's names
    /// and in its layouts, as they are trained. Where there are averages, scores count
    /// [`scored_state`](Self::scored_state).
    pub fn tensors(&self) -> Vec<Tensor> {
        exported(&self.state())
    }

    /// The same tensors as [`tensors`](Self::tensors), but without copies of their values: for
    /// callers that need one tensor at a time, or names and shapes only.
    pub fn state(&self) -> Vec<NetworkTensor<'_>> {
        let mut state = named(&self.places, &self.parameters, "");
        for stage in &self.stages {
            for Statistic { name, layout, values } in stage.layer.statistics() {
                let (name, shape) = (format!("{}.{name}", stage.path), vec![layout.len()]);
                state.push(NetworkTensor { name, shape, layout, values });
            }
        }
        state
    }

    /// Replaces the parameters and statistics that [`tensors`](Self::tensors) gives.
    ///
    /// # Errors
    /// A tensor that is missing, unknown or of another shape. The network is then unchanged.
    pub fn load_tensors(&mut self, tensors: &[Tensor]) -> Result<(), NetworkError> {
        let found = matched(&self.state(), tensors)?;
        let (parameters, statistics) = found.split_at(self.places.len());
        for (place, tensor) in self.places.iter().zip(parameters) {
            place.layout.import(&tensor.values, &mut self.parameters[place.range.clone()]);
        }
        let mut statistics = statistics.iter();
        self.each_statistic(|layout, values| {
            let tensor = statistics.next().expect("matched against the same list");
            layout.import(&tensor.values, values);
        });
        Ok(())
    }

    /// Replaces those of the network's tensors that are in `tensors`. The others stay as they are.
    ///
    /// # Errors
    /// A tensor that the network does not have, or that has another shape. The network is then
    /// unchanged.
    pub fn load_some<'a>(
        &mut self,
        tensors: impl IntoIterator<Item = &'a Tensor>,
    ) -> Result<(), NetworkError> {
        let given: Vec<&Tensor> = tensors.into_iter().collect();
        let own = self.state();
        let by_name: HashMap<&str, usize> =
            own.iter().enumerate().map(|(index, tensor)| (tensor.name(), index)).collect();
        let mut found: Vec<Option<&Tensor>> = vec![None; own.len()];
        for tensor in given {
            let index = by_name.get(tensor.name.as_str());
            let &index =
                index.ok_or_else(|| NetworkError::UnknownTensor { name: tensor.name.clone() })?;
            own[index].check(tensor)?;
            found[index] = Some(tensor);
        }
        let (of_places, of_statistics) = found.split_at(self.places.len());
        for (place, tensor) in self.places.iter().zip(of_places) {
            if let Some(tensor) = tensor {
                place.layout.import(&tensor.values, &mut self.parameters[place.range.clone()]);
            }
        }
        let mut of_statistics = of_statistics.iter();
        self.each_statistic(|layout, values| {
            if let Some(Some(tensor)) = of_statistics.next() {
                layout.import(&tensor.values, values);
            }
        });
        Ok(())
    }

    /// Replaces the tensors that [`state`](Self::state) gives, one after the other, so that only one
    /// is in memory twice. `read` gives the values of the tensor of this name, in PyTorch's order.
    ///
    /// # Errors
    /// Those of `read`. Some tensors may then be replaced.
    ///
    /// # Panics
    /// If `read` gives another number of values than the tensor has.
    pub fn read_state<E>(
        &mut self,
        mut read: impl FnMut(&str) -> Result<Vec<f32>, E>,
    ) -> Result<(), E> {
        let names: Vec<String> = self.state().iter().map(|own| own.name().to_owned()).collect();
        let (of_places, of_statistics) = names.split_at(self.places.len());
        for (place, name) in self.places.iter().zip(of_places) {
            place.layout.import(&read(name)?, &mut self.parameters[place.range.clone()]);
        }
        let (mut of_statistics, mut result) = (of_statistics.iter(), Ok(()));
        self.each_statistic(|layout, values| {
            let Some(name) = of_statistics.next().filter(|_| result.is_ok()) else { return };
            match read(name) {
                Ok(read) => layout.import(&read, values),
                Err(error) => result = Err(error),
            }
        });
        result
    }

    /// Shows the statistics of all layers, in the order of [`state`](Self::state).
    fn each_statistic(&mut self, mut see: impl FnMut(Layout, &mut [f32])) {
        self.stages.iter_mut().for_each(|stage| stage.layer.each_statistic(&mut see));
    }

    /// From now on, every training step keeps its gradients for [`gradients`](Self::gradients).
    /// Otherwise the gradients of a dense layer's weights are used while they are in the cache, and
    /// never written to memory.
    pub fn keep_gradients(&mut self) {
        self.keeps_gradients = true;
    }

    /// Gradients of the last training step's loss, penalty included: PyTorch's `.grad`. Their names
    /// and layouts are those of the parameters in [`tensors`](Self::tensors). Frozen layers have none.
    ///
    /// # Panics
    /// Unless [`keep_gradients`](Self::keep_gradients) was called before that step.
    pub fn gradients(&self) -> Vec<Tensor> {
        assert!(self.keeps_gradients, "gradients are kept from `keep_gradients` on");
        exported(&named(self.trained_places(), &self.gradients, ""))
    }

    /// The optimizer's moments, named after the parameter: `0.weight.exp_avg`. Parameters of frozen
    /// layers have none.
    ///
    /// Another network of the same architecture, recipe and seed trains on exactly as this one if
    /// it gets these moments, [`tensors`](Self::tensors), [`steps`](Self::steps) and, where there are
    /// averages, [`average_state`](Self::average_state).
    pub fn optimizer_tensors(&self) -> Vec<Tensor> {
        exported(&self.optimizer_state())
    }

    /// The same tensors as [`optimizer_tensors`](Self::optimizer_tensors), but without copies of
    /// their values.
    pub fn optimizer_state(&self) -> Vec<NetworkTensor<'_>> {
        let names = self.recipe.optimizer.moments();
        let kept =
            names.into_iter().zip(&self.moments).filter_map(|(name, moment)| Some((name?, moment)));
        let places = self.trained_places();
        kept.flat_map(|(name, moment)| named(places, moment, &format!(".{name}"))).collect()
    }

    /// The places of all parameters that are not frozen.
    fn trained_places(&self) -> &[Place] {
        &self.places[self.frozen_places..]
    }

    /// Replaces the optimizer's moments and the number of steps done.
    ///
    /// # Errors
    /// As [`load_tensors`](Self::load_tensors).
    pub fn load_optimizer(&mut self, moments: &[Tensor], steps: u64) -> Result<(), NetworkError> {
        let found = matched(&self.optimizer_state(), moments)?;
        let mut found = found.iter();
        for moment in self.moments.iter_mut().filter(|moment| !moment.is_empty()) {
            for (place, tensor) in self.places[self.frozen_places..].iter().zip(&mut found) {
                place.layout.import(&tensor.values, &mut moment[place.range.clone()]);
            }
        }
        self.steps = steps;
        Ok(())
    }

    /// Replaces the optimizer's moments and the number of steps done, as
    /// [`read_state`](Self::read_state) does.
    ///
    /// # Errors
    /// Those of `read`. Some moments may then be replaced.
    ///
    /// # Panics
    /// If `read` gives another number of values than the moment has.
    pub fn read_optimizer<E>(
        &mut self,
        steps: u64,
        mut read: impl FnMut(&str) -> Result<Vec<f32>, E>,
    ) -> Result<(), E> {
        let names: Vec<String> =
            self.optimizer_state().iter().map(|own| own.name().to_owned()).collect();
        let mut names = names.iter();
        for moment in self.moments.iter_mut().filter(|moment| !moment.is_empty()) {
            for (place, name) in self.places[self.frozen_places..].iter().zip(&mut names) {
                place.layout.import(&read(name)?, &mut moment[place.range.clone()]);
            }
        }
        self.steps = steps;
        Ok(())
    }
}

/// The values of the parameter at each of `places`, under its name with `suffix`.
pub(super) fn named<'a>(
    places: &[Place],
    values: &'a [f32],
    suffix: &str,
) -> Vec<NetworkTensor<'a>> {
    let tensor = |place: &Place| NetworkTensor {
        name: format!("{}{suffix}", place.spec.name),
        shape: place.spec.shape.clone(),
        layout: place.layout,
        values: &values[place.range.clone()],
    };
    places.iter().map(tensor).collect()
}

fn exported(tensors: &[NetworkTensor]) -> Vec<Tensor> {
    tensors.iter().map(NetworkTensor::to_tensor).collect()
}
