//! Reads a stored study: its curves, its scores and its weights.

use std::path::PathBuf;

use fitroom_session::report::{EPOCH_COLUMNS, SUMMARY_COLUMNS, epoch_numbers, outcome_numbers};
use fitroom_session::results::{Results, Run};
use fitroom_session::study::{self, Weights};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::attended::{OnException, attend};
use crate::failure::{of_session, wrong_request};

/// What a study's directory holds.
#[pyclass(frozen, module = "fitroom._fitroom")]
pub struct StoredStudy {
    stored: study::StoredStudy,
    results: Results,
}

/// A tensor: its name, its shape, and its values as bytes in this machine's order.
type RawTensor<'py> = (String, Vec<usize>, Bound<'py, PyBytes>);

#[pymethods]
impl StoredStudy {
    /// Opens the study in a directory.
    #[new]
    fn new(py: Python<'_>, dir: PathBuf) -> PyResult<Self> {
        let work = move |_: &crate::attended::Messages<(), _>| {
            let stored = study::StoredStudy::open(&dir)?;
            let results = Results::try_from(&stored)?;
            Ok::<_, fitroom_session::SessionError>(StoredStudy { stored, results })
        };
        attend(py, work, |()| Ok(()), OnException::Leave)?.map_err(of_session)
    }

    /// The study's name.
    #[getter]
    fn name(&self) -> &str {
        &self.stored.study.name
    }

    /// The networks' names, in the study's order.
    #[getter]
    fn networks(&self) -> Vec<&str> {
        self.stored.study.networks.iter().map(|network| network.name.as_str()).collect()
    }

    /// For each run: its network, its seed and its status.
    #[getter]
    fn runs(&self) -> Vec<(&str, u64, String)> {
        let of_run = |run: &Run| {
            let network = self.results.networks[run.network].name.as_str();
            (network, run.seed, run.status.to_string())
        };
        self.results.runs.iter().map(of_run).collect()
    }

    /// The columns of `epochs.csv`.
    fn epochs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let rows: Vec<_> = self
            .results
            .runs
            .iter()
            .flat_map(|run| run.epochs.iter().map(move |record| (run, record)))
            .collect();
        let columns = PyDict::new(py);
        let networks = rows.iter().map(|(run, _)| self.results.networks[run.network].name.as_str());
        columns.set_item("network", PyList::new(py, networks.collect::<Vec<_>>())?)?;
        columns.set_item("seed", rows.iter().map(|(run, _)| run.seed).collect::<Vec<_>>())?;
        columns
            .set_item("epoch", rows.iter().map(|(_, record)| record.epoch).collect::<Vec<_>>())?;
        let numbers = rows.iter().map(|(_, record)| epoch_numbers(record));
        set_numbers(&columns, EPOCH_COLUMNS[3..].iter().map(|(name, _)| *name), numbers)?;
        Ok(columns)
    }

    /// The columns of `summary.csv`.
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let runs = &self.results.runs;
        let network = |run: &Run| &self.results.networks[run.network];
        let columns = PyDict::new(py);
        let names: Vec<_> = runs.iter().map(|run| network(run).name.as_str()).collect();
        columns.set_item("network", names)?;
        columns.set_item("seed", runs.iter().map(|run| run.seed).collect::<Vec<_>>())?;
        columns.set_item(
            "status",
            runs.iter().map(|run| run.status.to_string()).collect::<Vec<_>>(),
        )?;
        let best = runs.iter().map(|run| run.outcome.map(|outcome| outcome.best.epoch));
        columns.set_item("best_epoch", best.collect::<Vec<_>>())?;
        let numbers = runs.iter().map(|run| outcome_numbers(run.outcome.as_ref()));
        set_numbers(&columns, SUMMARY_COLUMNS[4..16].iter().map(|(name, _)| *name), numbers)?;
        let parameters = runs.iter().map(|run| network(run).parameters);
        columns.set_item("parameters", parameters.collect::<Vec<_>>())?;
        let seconds =
            runs.iter().map(|run| [run.outcome.map_or(f64::NAN, |outcome| outcome.seconds)]);
        set_numbers(&columns, ["seconds"].into_iter(), seconds)?;
        Ok(columns)
    }

    /// The weights of a run, sorted by name. `None` if they are not stored.
    fn weights<'py>(
        &self,
        py: Python<'py>,
        network: &str,
        seed: u64,
        best: bool,
    ) -> PyResult<Option<Vec<RawTensor<'py>>>> {
        let index = self.stored.study.network(network).map_err(of_session)?;
        let runs = self.stored.runs.iter().filter(|run| run.network == index);
        let Some(run) = runs.clone().find(|run| run.seed == seed) else {
            let name = &self.stored.study.networks[index].name;
            let seeds: Vec<_> = runs.map(|run| run.seed.to_string()).collect();
            let seeds = seeds.join(", ");
            return Err(wrong_request(format!(
                "`{name}` has no run with seed {seed}; its seeds are {seeds}"
            )));
        };
        let which = if best { Weights::Best } else { Weights::Last };
        let tensors = py.detach(|| self.stored.weights(run, which)).map_err(of_session)?;
        let raw = |tensor: study::Tensor| {
            let bytes: Vec<u8> =
                tensor.values.iter().flat_map(|value| value.to_ne_bytes()).collect();
            (tensor.name, tensor.shape, PyBytes::new(py, &bytes))
        };
        Ok(tensors.map(|tensors| tensors.into_iter().map(raw).collect()))
    }
}

/// Adds columns of numbers, whose rows are given. What was not measured is `None`.
fn set_numbers<'n, const COLUMNS: usize>(
    columns: &Bound<'_, PyDict>,
    names: impl Iterator<Item = &'n str>,
    rows: impl Iterator<Item = [f64; COLUMNS]> + Clone,
) -> PyResult<()> {
    for (column, name) in names.enumerate() {
        let measured = |row: [f64; COLUMNS]| Some(row[column]).filter(|number| !number.is_nan());
        columns.set_item(name, rows.clone().map(measured).collect::<Vec<_>>())?;
    }
    Ok(())
}
