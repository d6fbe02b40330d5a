//! Judges runs that any tool logged, or that Python holds in a data frame.

use std::path::PathBuf;
use std::str::FromStr;

use fitroom_session::judging::{
    self, At, Direction, For, JudgeError, JudgeRequest, Margin, TidyColumns, judge_paths,
    judge_runs,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::attended::{Messages, OnException, attend};
use crate::data_frame::{Frame, PlainColumn, open};
use crate::failure::{of_session, wrong_request};

/// Runs with everything that is concluded from them.
#[pyclass(frozen, module = "fitroom._fitroom")]
pub struct Judgement {
    pub(crate) judgement: judging::Judgement,
}

/// What `fitroom.judge` asks for. Pairs name a measure, or none for all measures.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Asked {
    network: Option<String>,
    seed: Option<String>,
    epoch: Option<String>,
    scores: Vec<String>,
    ignore: Vec<String>,
    baseline: Option<String>,
    is_best: bool,
    lower_is_better: Vec<(Option<String>, bool)>,
    scales: Vec<(Option<String>, String)>,
    margins: Vec<(Option<String>, String)>,
    is_declared: bool,
    is_unpaired: bool,
}

impl Asked {
    fn request(self) -> PyResult<JudgeRequest> {
        let direction = |is_lower| match is_lower {
            true => Direction::LowerIsBetter,
            false => Direction::HigherIsBetter,
        };
        let directions = self.lower_is_better.into_iter();
        Ok(JudgeRequest {
            columns: TidyColumns {
                network: self.network,
                seed: self.seed,
                epoch: self.epoch,
                scores: self.scores.clone(),
            },
            ignore: self.ignore,
            measures: self.scores,
            at: if self.is_best { At::Best } else { At::Last },
            directions: directions.map(|(of, is_lower)| (named(of), direction(is_lower))).collect(),
            scales: parsed(self.scales)?,
            margins: parsed(self.margins)?,
            baseline: self.baseline,
            is_declared: self.is_declared,
            is_unpaired: self.is_unpaired,
        })
    }
}

/// The margin of an accuracy as a fraction.
pub fn fraction(margin: &str) -> PyResult<f64> {
    let fraction = match margin.parse::<Margin>().map_err(wrong_request)? {
        Margin::Absolute(fraction) => fraction,
        Margin::Percent(percent) => percent / 100.0,
    };
    match (0.0..=1.0).contains(&fraction) {
        true => Ok(fraction),
        false => Err(wrong_request(format!(
            "the margin of an accuracy is a fraction from 0 to 1, and not {fraction}\n\
             hint: half a point is 0.005, or \"0.5%\""
        ))),
    }
}

fn named(measure: Option<String>) -> For {
    measure.map_or(For::All, For::Measure)
}

fn parsed<T: FromStr<Err: ToString>>(
    texts: Vec<(Option<String>, String)>,
) -> PyResult<Vec<(For, T)>> {
    let parse = |(of, text): (Option<String>, String)| match text.parse() {
        Ok(value) => Ok((named(of), value)),
        Err(error) => Err(wrong_request(T::Err::to_string(&error))),
    };
    texts.into_iter().map(parse).collect()
}

/// Judges the runs of `paths`, of an Arrow stream, or of columns: one of them is given.
#[pyfunction]
pub fn judge(
    py: Python<'_>,
    paths: Option<Vec<PathBuf>>,
    stream: Option<Bound<'_, PyAny>>,
    columns: Option<Vec<(String, PlainColumn<'_>)>>,
    asked: &Bound<'_, PyDict>,
) -> PyResult<Judgement> {
    let request = asked.extract::<Asked>()?.request()?;
    let frame = match (stream, columns) {
        (Some(stream), _) => Some(Frame::Stream(stream)),
        (None, Some(columns)) => Some(Frame::Columns(columns)),
        (None, None) => None,
    };
    let table = frame.map(open).transpose()?;
    let work = move |_: &Messages<(), _>| match table {
        Some(table) => judge_runs(table.read(&request.columns)?, &request),
        None => judge_paths(&paths.unwrap_or_default(), &request),
    };
    let judged: Result<_, JudgeError> = attend(py, work, |()| Ok(()), OnException::Leave)?;
    Ok(Judgement { judgement: judged.map_err(of_session)? })
}

#[pymethods]
impl Judgement {
    /// The verdicts of a stored study, as its report has them.
    #[staticmethod]
    fn of_study(py: Python<'_>, dir: PathBuf, margin: &str) -> PyResult<Self> {
        let margin = fraction(margin)?;
        let work = move |_: &Messages<(), _>| judging::Judgement::of_study(&dir, margin);
        let judged = attend(py, work, |()| Ok(()), OnException::Leave)?;
        Ok(Judgement { judgement: judged.map_err(of_session)? })
    }

    /// The judgement as text of JSON.
    fn json(&self) -> String {
        self.judgement.json_text()
    }

    /// The title of the report.
    fn title(&self) -> String {
        self.judgement.summary().title()
    }

    /// The picture of all comparisons in the first measure, as SVG.
    fn picture(&self, py: Python<'_>) -> Option<String> {
        py.detach(|| self.judgement.picture())
    }

    /// The report as one page.
    fn html(&self, py: Python<'_>) -> String {
        py.detach(|| self.judgement.html())
    }

    /// Markdown for a comment on a pull request.
    fn markdown(&self) -> String {
        self.judgement.markdown()
    }

    /// Writes the report and its tables into a directory, and returns the report's path.
    fn write(&self, py: Python<'_>, dir: PathBuf) -> PyResult<PathBuf> {
        py.detach(|| self.judgement.write(&dir)).map_err(of_session)
    }
}
