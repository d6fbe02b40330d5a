//! The views of a directory. Each has an address that holds all of its state.

mod compare;
mod curves;
mod data;
mod network;
mod overview;
mod pictures;
mod sweep;
mod try_it;

use fitroom_session::report::Summary;
use fitroom_session::report::document::Section;
use maud::{Markup, html};

use crate::error::WebError;
use crate::query::{Query, escaped};
use crate::served::{Loaded, Served};

/// A kind of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewKind {
    /// Which differences are real, and what runs now.
    Overview,
    /// Scores over epochs.
    Curves,
    /// One network.
    Network,
    /// Two networks.
    Compare,
    /// Networks over their swept settings.
    Sweep,
    /// The images.
    Data,
    /// Predictions for new images.
    TryIt,
}

impl ViewKind {
    /// All views, in the order of the navigation.
    pub const ALL: [ViewKind; 7] = [
        ViewKind::Overview,
        ViewKind::Curves,
        ViewKind::Network,
        ViewKind::Compare,
        ViewKind::Sweep,
        ViewKind::Data,
        ViewKind::TryIt,
    ];

    /// The word in addresses.
    pub fn word(self) -> &'static str {
        match self {
            ViewKind::Overview => "overview",
            ViewKind::Curves => "curves",
            ViewKind::Network => "network",
            ViewKind::Compare => "compare",
            ViewKind::Sweep => "sweep",
            ViewKind::Data => "data",
            ViewKind::TryIt => "try",
        }
    }

    /// The name in the navigation.
    pub fn name(self) -> &'static str {
        match self {
            ViewKind::Overview => "Overview",
            ViewKind::Curves => "Curves",
            ViewKind::Network => "Network",
            ViewKind::Compare => "Compare",
            ViewKind::Sweep => "Sweep",
            ViewKind::Data => "Data",
            ViewKind::TryIt => "Try it",
        }
    }

    /// The view of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        ViewKind::ALL.into_iter().find(|view| view.word() == word)
    }

    /// Whether there is anything to see.
    pub fn has_content(self, served: &Served, summary: &Summary) -> bool {
        match self {
            ViewKind::Overview | ViewKind::Network => true,
            ViewKind::Curves => summary.results.runs.iter().any(|run| run.has_curve()),
            ViewKind::Compare => summary.networks.len() > 1,
            ViewKind::Sweep => !summary.results.sweeps().is_empty(),
            ViewKind::Data | ViewKind::TryIt => served.is_study(),
        }
    }

    /// Makes the view.
    ///
    /// # Errors
    /// The address asks for something that is not there, or a file can't be read.
    pub fn make(self, context: &Context) -> Result<View, WebError> {
        match self {
            ViewKind::Overview => overview::view(context),
            ViewKind::Curves => curves::view(context),
            ViewKind::Network => network::view(context),
            ViewKind::Compare => compare::view(context),
            ViewKind::Sweep => sweep::view(context),
            ViewKind::Data => data::view(context),
            ViewKind::TryIt => try_it::view(context),
        }
    }
}

/// What a view is made from.
pub struct Context<'a> {
    /// The directory.
    pub served: &'a Served,
    /// Its results.
    pub loaded: &'a Loaded,
    /// Every number that is derived from them.
    pub summary: &'a Summary<'a>,
    /// The state of the view.
    pub query: &'a Query,
}

/// The content of a page.
pub struct View {
    /// The title of the browser's tab.
    pub title: String,
    /// The parts, from top to bottom.
    pub parts: Vec<Part>,
    /// What scripts know of figures, as JSON: their slugs with axes and points.
    pub plots: Vec<(String, String)>,
}

impl View {
    /// A view whose figures stand still.
    pub fn new(title: String, parts: Vec<Part>) -> Self {
        View { title, parts, plots: Vec::new() }
    }
}

/// A part of a view.
pub enum Part {
    /// A section as the report has it.
    Section(Section),
    /// A section that opens when its name is clicked.
    Folded(&'static str, Section),
    /// Something that only the page has, with the id by which scripts renew it.
    Own(&'static str, Markup),
}

impl Context<'_> {
    /// The address of a view of this directory.
    pub fn address(&self, view: ViewKind, pairs: &[(&str, &str)]) -> String {
        let query: Vec<String> = pairs
            .iter()
            .map(|(key, value)| format!("{}={}", escaped(key), escaped(value)))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("/{}/{}{mark}{}", self.served.slug, view.word(), query.join("&"))
    }

    /// The network that a key of the address names by its slug; the one at `default` if the key is not
    /// there.
    ///
    /// # Errors
    /// There is no such network.
    pub fn network(&self, key: &str, default: usize) -> Result<usize, WebError> {
        match self.query.one(key)? {
            None if default < self.summary.networks.len() => Ok(default),
            None => Err(WebError::NotYet("no network has been trained yet".to_owned())),
            Some(slug) => self.network_of_slug(slug),
        }
    }

    /// The network of this slug.
    ///
    /// # Errors
    /// There is no such network.
    pub fn network_of_slug(&self, slug: &str) -> Result<usize, WebError> {
        let position = self.summary.networks.iter().position(|network| network.slug == slug);
        position.ok_or_else(|| WebError::NotFound("there is no such network here".to_owned()))
    }

    /// Names and slugs of all networks.
    pub fn networks(&self) -> Vec<(&str, &str)> {
        let networks = self.summary.networks.iter();
        networks.map(|network| (network.facts.name.as_str(), network.slug.as_str())).collect()
    }
}

/// A field with a choice of networks, or of anything else with a name and a word.
pub fn choice(key: &str, name: &str, options: &[(&str, &str)], chosen: &str) -> Markup {
    html! {
        label {
            (name)
            select name=(key) id=(key) {
                @for (name, word) in options { option value=(word) selected[*word == chosen] { (name) } }
            }
        }
    }
}
