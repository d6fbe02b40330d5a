//! The page of Fitting Room: studies in the browser, while they are trained and afterwards.
//!
//! The server renders every view as HTML, with the words, numbers and drawings of the report. A few
//! scripts make it move: they change the address, ask for the page again, and replace what differs. So
//! an address holds all that is shown, and the page works without scripts too.
//!
//! | file | what it does |
//! |---|---|
//! | `server` | routes, and the thread that the server runs on |
//! | `connections` | bounds on connections: number, sizes, times |
//! | `guard` | who may ask: host, origin, token; the headers of every answer |
//! | `served` | a directory that is shown, read again when it changes |
//! | `training` | the study that this process trains |
//! | `live`, `now` | the stream of events, and the panel of what happens now |
//! | `requests` | actions on the training, and predictions for pictures |
//! | `view` | the views, a file each |
//! | `render` | a view as HTML, its figures and tables as files |
//! | `../pages` | scripts and the style sheet, embedded in the program |

#![deny(clippy::wildcard_enum_match_arm)]

mod actions;
mod answer;
mod assets;
mod changes;
mod connections;
mod error;
mod guard;
mod images;
mod index;
mod live;
mod lock;
mod models;
mod now;
mod page;
mod prediction;
mod query;
mod render;
mod report_file;
mod requests;
mod served;
mod server;
mod state;
mod training;
mod view;

pub use error::ServeError;
pub use guard::Token;
pub use served::Served;
pub use server::{Running, ServeOptions, start};
pub use training::Training;
