//! Errors as Python's exceptions, with the words of the command line.

use std::fmt::Display;

use fitroom_session::{ErrorKind, SessionError};
use pyo3::PyErr;

mod python {
    pyo3::import_exception!(fitroom._errors, FitroomError);
    pyo3::import_exception!(fitroom._errors, WrongRequestError);
}

/// The request was wrong: the caller has to change something.
pub fn wrong_request(error: impl Display) -> PyErr {
    python::WrongRequestError::new_err(error.to_string())
}

/// The request was right, but the work failed.
pub fn work_failed(error: impl Display) -> PyErr {
    python::FitroomError::new_err(error.to_string())
}

/// The exception for an error of a session, or of a crate that the session uses.
pub fn of_session(error: impl Into<SessionError>) -> PyErr {
    let error = error.into();
    match error.kind() {
        ErrorKind::WrongRequest => wrong_request(error),
        ErrorKind::WorkFailed => work_failed(error),
    }
}
