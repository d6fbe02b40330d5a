//! Looks at every file of a run, and lists everything that is wrong with them.

use fitroom_nn::{Architecture, Shape, parse_layers};

use super::RunDirectory;
use crate::file_names::{BEST, CHECKPOINT, LAST, PREDICTIONS, PREVIOUS};
use crate::run::{ENGINE_VERSION, RunFacts};
use crate::weights::{self, Weights};
use crate::{DatasetFacts, RunStatus, StoreError, training_mark};

impl RunDirectory {
    /// The run's status if that can be read, and everything that is wrong with the run's files.
    pub fn verify(
        &self,
        facts: &RunFacts,
        dataset: &DatasetFacts,
    ) -> (Option<RunStatus>, Vec<StoreError>) {
        let mut findings = Vec::new();
        let status = match self.progress() {
            Ok((status, ..)) => Some(status),
            Err(error) => {
                findings.push(error);
                None
            }
        };
        let is_finished = status == Some(RunStatus::Finished);
        let missing = |name| StoreError::damaged(&self.file(name), "it is missing");
        if is_finished {
            match self.predictions(dataset) {
                Ok(Some(_)) => {}
                Ok(None) => findings.push(missing(PREDICTIONS)),
                Err(error) => findings.push(error),
            }
        }
        findings.extend(training_mark::verify(&self.dir).err());
        // The layers of another engine may be written in another way.
        if facts.engine != ENGINE_VERSION {
            return (status, findings);
        }
        let Some(architecture) = architecture(facts, dataset) else {
            let problem = "its layers do not fit the data set's images";
            findings.push(StoreError::damaged(&self.file(super::RUN), problem));
            return (status, findings);
        };
        for (which, name) in [(Weights::Best, BEST), (Weights::Last, LAST)] {
            match self.weights(which, &architecture) {
                Ok(None) if is_finished => findings.push(missing(name)),
                Ok(_) => {}
                Err(error) => findings.push(error),
            }
        }
        let most = weights::most_checkpoint_bytes(&architecture);
        for name in [CHECKPOINT, PREVIOUS] {
            findings.extend(weights::saved_at(&self.file(name), &self.id, most).err());
        }
        (status, findings)
    }
}

fn architecture(facts: &RunFacts, dataset: &DatasetFacts) -> Option<Architecture> {
    let DatasetFacts { channels, height, width, .. } = *dataset;
    let image = Shape::Image { channels, height, width };
    Architecture::new(image, &parse_layers(&facts.layers).ok()?, dataset.classes.len()).ok()
}
