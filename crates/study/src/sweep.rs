//! The sweeps of a study: which of its networks one `[[network]]` stands for.

use std::collections::HashMap;

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
        let mut positions: HashMap<&str, usize> = HashMap::new();
        for (index, network) in self.networks.iter().enumerate() {
            let Some(point) = &network.swept else { continue };
            let position = *positions.entry(&point.of).or_insert_with(|| {
                sweeps.push(Sweep { name: &point.of, networks: Vec::new() });
                sweeps.len() - 1
            });
            sweeps[position].networks.push(index);
        }
        sweeps
    }
}
