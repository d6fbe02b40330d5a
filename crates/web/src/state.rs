//! What all requests share.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::error::WebError;
use crate::served::Served;

/// What all requests share.
pub struct Server {
    /// The directories that are shown.
    pub all: Vec<Served>,
    /// What pages are told.
    pub ticks: watch::Sender<Tick>,
}

impl Server {
    /// The directory of this name in addresses.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self, slug: &str) -> Result<&Served, WebError> {
        let found = self.all.iter().find(|served| served.slug == slug);
        found.ok_or_else(|| WebError::NotFound("there is no such directory".to_owned()))
    }

    /// How long it took to read the directory at `index`, the last time.
    pub fn cost(&self, index: usize) -> Duration {
        self.all[index].cost()
    }
}

/// What all pages are told at once. A slow reader is told of the newest state only.
#[derive(Clone, Debug, Default)]
pub struct Tick {
    /// For each directory: the version to show, and how far its training has come.
    pub studies: Vec<(u64, Option<Arc<str>>)>,
}
