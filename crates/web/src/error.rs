//! What a request is answered with when it can't be done.

use std::path::PathBuf;

use axum::http::StatusCode;
use fitroom_session::judging::JudgeError;
use fitroom_session::prediction::PredictionError;
use fitroom_session::report::ReportError;
use fitroom_session::report::view::ViewError;
use fitroom_session::results::ResultsError;
use thiserror::Error;

/// The server can't begin.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The address can't be listened on.
    #[error(
        "can't listen on {address}: {source}\nhint: --address names another address; port 0 takes a free one"
    )]
    Listen {
        /// The address that was asked for.
        address: std::net::SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system refuses a thread or a timer.
    #[error("can't start the server: {0}")]
    Start(#[from] std::io::Error),
    /// No random token can be made.
    #[error("the system gives no random numbers for a token\nhint: --token WORD")]
    NoRandomness,
    /// There is nothing at a path.
    #[error("there is nothing at {}\nhint: name the directory of a study (`--out` of `fitroom run`), or runs that a tool logged", path.display())]
    NothingThere {
        /// The path.
        path: PathBuf,
    },
    /// A token that can't be part of an address.
    #[error("a token has 8 to 200 letters, digits, - or _")]
    WrongToken,
}

impl ServeError {
    /// Whether the user asked for something wrong.
    pub fn is_wrong_request(&self) -> bool {
        match self {
            ServeError::Listen { .. }
            | ServeError::NothingThere { .. }
            | ServeError::WrongToken => true,
            ServeError::Start(_) | ServeError::NoRandomness => false,
        }
    }
}

/// A request can't be answered.
#[derive(Debug, Error)]
pub enum WebError {
    /// There is no such page, network or image.
    #[error("{0}")]
    NotFound(String),
    /// A part of the address or the body is wrong.
    #[error("{0}")]
    Wrong(String),
    /// The request comes from elsewhere, or without the token.
    #[error("{0}")]
    Refused(&'static str),
    /// The request is of another kind than those that are answered.
    #[error("only GET, HEAD and POST are answered")]
    WrongMethod,
    /// The results can't be shown now, for example because they have just begun.
    #[error("{0}")]
    NotYet(String),
    /// Stored results can't be read.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// Runs from elsewhere can't be judged.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// A picture can't be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The request has more headers than any browser sends.
    #[error("the request is too large")]
    TooLarge,
    /// The request did not arrive, or could not be answered, in time.
    #[error("the request took too long")]
    TookTooLong,
    /// The program has a fault.
    #[error("the page could not be made: this is a fault of the program")]
    Fault,
}

/// What a view does not have was asked for by its address.
impl From<ViewError> for WebError {
    fn from(error: ViewError) -> Self {
        WebError::Wrong(error.to_string())
    }
}

/// A network has no models, or a picture does not suit them.
impl From<PredictionError> for WebError {
    fn from(error: PredictionError) -> Self {
        WebError::Wrong(error.to_string())
    }
}

impl WebError {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            WebError::NotFound(_) => StatusCode::NOT_FOUND,
            WebError::Wrong(_) => StatusCode::BAD_REQUEST,
            WebError::Refused(_) => StatusCode::FORBIDDEN,
            WebError::TooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            WebError::TookTooLong => StatusCode::REQUEST_TIMEOUT,
            WebError::NotYet(_) => StatusCode::SERVICE_UNAVAILABLE,
            WebError::Report(ReportError::OutOfRange { .. }) => StatusCode::BAD_REQUEST,
            WebError::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            WebError::Results(_) | WebError::Judge(_) | WebError::Report(_) | WebError::Fault => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}
