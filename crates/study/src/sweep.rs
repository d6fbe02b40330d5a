//! The sweeps of a study: which of its networks one `[[network]]` stands for.

use crate::Study;

/// The networks that one `[[network]]` of a study file stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep<'a> {
    /// The sweep's name, as `dropout {p}`.
    pub name: &'a str,
    /// Positions of its networks in the study, in the order of values.
    pub networks: Vec<usize>,
}

impl Study {
    /// The study's sweeps, in the order of the file.
    pub fn sweeps(&self) -> Vec<Sweep<'_>> {
        let mut sweeps: Vec<Sweep> = Vec::new();
        for (index, network) in self.networks.iter().enumerate() {
            let Some(point) = &network.swept else { continue };
            match sweeps.iter_mut().find(|sweep| sweep.name == point.of) {
                Some(sweep) => sweep.networks.push(index),
                None => sweeps.push(Sweep { name: &point.of, networks: vec![index] }),
            }
        }
        sweeps
    }
}
