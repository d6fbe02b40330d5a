//! A report as a tree of blocks: written once, shown as HTML and as Markdown.

use crate::figure::Figure;

/// A whole report.
pub struct Document {
    /// Names it, also in a browser's tab.
    pub title: String,
    /// Under the title: what the study calls itself.
    pub subtitle: Option<String>,
    /// Under the title, as important as it: that the data are not those that were asked for.
    pub warning: Option<String>,
    /// One line under the title.
    pub facts: Vec<String>,
    /// In order.
    pub sections: Vec<Section>,
}

/// A part of a report under its own heading.
pub struct Section {
    /// What links lead to; unique.
    pub id: String,
    /// The first part needs none: it stands under the title.
    pub heading: Option<String>,
    /// In order.
    pub blocks: Vec<Block>,
}

/// What a section is made of.
pub enum Block {
    /// Running text.
    Paragraph(Text),
    /// Text that must not be overlooked.
    Note(Text),
    /// Points of equal standing.
    List(Vec<Text>),
    /// Numbers.
    Table(Table),
    /// A plot.
    Figure(Figure),
    /// What can be typed in a terminal.
    Command(String),
    /// Narrow text on the left, something wide on the right.
    Beside(Vec<Block>, Box<Block>),
}

/// Text in pieces.
#[derive(Clone, Debug, Default)]
pub struct Text(pub Vec<Span>);

/// A piece of text.
#[derive(Clone, Debug)]
pub enum Span {
    /// As it is.
    Plain(String),
    /// In the letters of code: names of files, commands, layers.
    Code(String),
    /// Leads a paragraph or marks a word.
    Strong(String),
    /// To a section of this report or a file beside it.
    Link {
        /// The words.
        text: String,
        /// `#id`, or a relative path.
        to: String,
    },
}

/// Rows of numbers under named columns.
pub struct Table {
    /// What is in it.
    pub caption: String,
    /// Names above groups of columns, with how many columns each spans; the first column is not
    /// counted. May be empty.
    pub groups: Vec<(String, usize)>,
    /// Names of columns, the first one included.
    pub columns: Vec<String>,
    /// In order.
    pub rows: Vec<Row>,
    /// Whether the cells hold words, not numbers.
    pub is_prose: bool,
}

/// One row of a table.
pub struct Row {
    /// What the row is about.
    pub header: Text,
    /// One for each column but the first.
    pub cells: Vec<Cell>,
}

/// One cell of a table.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// The number, or words.
    pub text: String,
    /// Smaller, below it: the published value.
    pub below: Option<String>,
    /// Whether the eye should stop here: chance does not explain it.
    pub is_apart: bool,
}

impl Text {
    /// Text without marks.
    pub fn plain(text: impl Into<String>) -> Self {
        Text::default().then(text)
    }

    /// Text that begins with strong words.
    pub fn strong(text: impl Into<String>) -> Self {
        Text(vec![Span::Strong(text.into())])
    }

    /// Goes on.
    pub fn then(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Plain(text.into()));
        self
    }

    /// Goes on in the letters of code.
    pub fn code(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Code(text.into()));
        self
    }

    /// Goes on with a link.
    pub fn link(mut self, text: impl Into<String>, to: impl Into<String>) -> Self {
        self.0.push(Span::Link { text: text.into(), to: to.into() });
        self
    }
}

impl Block {
    /// Running text without marks.
    pub fn paragraph(text: impl Into<String>) -> Self {
        Block::Paragraph(Text::plain(text))
    }
}

impl Document {
    /// Every figure, wherever it stands.
    pub fn figures(&self) -> Vec<&Figure> {
        fn collect<'a>(block: &'a Block, figures: &mut Vec<&'a Figure>) {
            match block {
                Block::Figure(figure) => figures.push(figure),
                Block::Beside(left, right) => {
                    left.iter().chain([&**right]).for_each(|block| collect(block, figures))
                }
                Block::Paragraph(_)
                | Block::Note(_)
                | Block::List(_)
                | Block::Table(_)
                | Block::Command(_) => {}
            }
        }
        let mut figures = Vec::new();
        self.sections
            .iter()
            .flat_map(|section| &section.blocks)
            .for_each(|block| collect(block, &mut figures));
        figures
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell { text, ..Cell::default() }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}
