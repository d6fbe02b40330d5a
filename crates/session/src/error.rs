//! The errors of a session.

use fitroom_data::{DataError, NewImagesError, SourceError};
use fitroom_report::{ComparisonError, ReportError};
use fitroom_results::ResultsError;
use fitroom_study::{InstructionSetError, MergeError, RunError, StoreError, StudyError};
use thiserror::Error;

use crate::ShareRequestError;
use crate::evaluation_error::EvaluationError;
use crate::exporting_error::ExportError;
use crate::judging::JudgeError;
use crate::models::ModelsError;
use crate::prediction::PredictionError;
use crate::rate_test_error::RateTestError;
use crate::tensorboard_error::TensorBoardError;

/// Why a session failed. The error's text is for people; lines that begin with `hint: ` say what
/// they can do about it.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The study has a mistake, or does not suit the request.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// The environment variable `FITROOM_SIMD` names an instruction set that can't be used.
    #[error(transparent)]
    Instructions(#[from] InstructionSetError),
    /// There is no data set of the given name.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The data set can't be loaded.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A study's directory can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The study was refused, or some of its runs failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// There is no such share.
    #[error(transparent)]
    Share(#[from] ShareRequestError),
    /// The directories of shares can't be joined.
    #[error(transparent)]
    Merge(Box<MergeError>),
    /// The results in a study's directory can't be read.
    #[error(transparent)]
    Results(ResultsError),
    /// The report can't be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Runs that other tools logged can't be judged.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// No trained network is found as asked for.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// A network of a stored study can't predict.
    #[error(transparent)]
    Prediction(#[from] PredictionError),
    /// A network can't be exported.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A network can't be evaluated on some images.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// New images can't be read.
    #[error(transparent)]
    NewImages(#[from] NewImagesError),
    /// TensorBoard's event files can't be written.
    #[error(transparent)]
    TensorBoard(#[from] TensorBoardError),
    /// A learning-rate range test failed.
    #[error(transparent)]
    RateTest(#[from] RateTestError),
    /// Two networks can't be compared.
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
}

/// Whether the request or the work is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request was wrong: no training was started, and the user has to change something.
    WrongRequest,
    /// The request was right, but the work failed: a download, a run, a write, a damaged file.
    WorkFailed,
}

impl From<MergeError> for SessionError {
    fn from(error: MergeError) -> Self {
        SessionError::Merge(Box::new(error))
    }
}

impl From<ResultsError> for SessionError {
    fn from(error: ResultsError) -> Self {
        match error {
            ResultsError::Store(error) => SessionError::Store(error),
            error @ (ResultsError::Network { .. } | ResultsError::OtherLabels { .. }) => {
                SessionError::Results(error)
            }
        }
    }
}

impl SessionError {
    /// Whether the request was wrong, or the work failed.
    pub fn kind(&self) -> ErrorKind {
        match self {
            SessionError::Merge(error) => match **error {
                MergeError::Damaged(_)
                | MergeError::TwoResults { .. }
                | MergeError::Store(StoreError::Damaged { .. }) => ErrorKind::WorkFailed,
                MergeError::Store(_)
                | MergeError::Twice(_)
                | MergeError::InUse { .. }
                | MergeError::AnotherStudy { .. }
                | MergeError::Engine { .. } => ErrorKind::WrongRequest,
            },
            SessionError::Data(DataError::Download(_) | DataError::Staging(_))
            | SessionError::Judge(
                JudgeError::Store(StoreError::Damaged { .. })
                | JudgeError::Results(_)
                | JudgeError::Report(_),
            )
            | SessionError::Store(StoreError::Damaged { .. })
            | SessionError::Run(
                RunError::Store(StoreError::Damaged { .. })
                | RunError::Runs { .. }
                | RunError::StoppedPreparing
                | RunError::NothingTuned { .. }
                | RunError::Threads { .. },
            )
            | SessionError::Prediction(PredictionError::Models(ModelsError::Store(
                StoreError::Damaged { .. },
            )))
            | SessionError::Models(ModelsError::Store(StoreError::Damaged { .. }))
            | SessionError::RateTest(RateTestError::Network { .. })
            | SessionError::TensorBoard(_)
            | SessionError::Results(_)
            | SessionError::Report(_) => ErrorKind::WorkFailed,
            SessionError::Study(_)
            | SessionError::Instructions(_)
            | SessionError::Source(_)
            | SessionError::Data(_)
            | SessionError::Store(_)
            | SessionError::Run(_)
            | SessionError::Share(_)
            | SessionError::Judge(_)
            | SessionError::Models(_)
            | SessionError::Prediction(_)
            | SessionError::Export(_)
            | SessionError::Evaluation(_)
            | SessionError::NewImages(_)
            | SessionError::RateTest(RateTestError::Range(_))
            | SessionError::Comparison(_) => ErrorKind::WrongRequest,
        }
    }
}
