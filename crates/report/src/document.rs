//! A report as a tree of blocks: written once, shown as HTML and as Markdown.

use crate::csv_table;
use crate::figure::Figure;

/// A whole report.
pub struct Document {
    /// The title of the page and of the browser's tab.
    pub title: String,
    /// The study's title, shown under the title.
    pub subtitle: Option<String>,
    /// A warning under the title: drawn images replace the data that were asked for.
    pub warning: Option<String>,
    /// Short facts in one line under the title.
    pub facts: Vec<String>,
    /// The sections, in order.
    pub sections: Vec<Section>,
}

/// A part of a report with its own heading.
pub struct Section {
    /// The target of links; unique in the report.
    pub id: String,
    /// The heading; `None` for a first section right under the title.
    pub heading: Option<String>,
    /// The blocks, in order.
    pub blocks: Vec<Block>,
}

/// One block of a section.
pub enum Block {
    /// Running text.
    Paragraph(Text),
    /// Text that must not be overlooked.
    Note(Text),
    /// A list of points.
    List(Vec<Text>),
    /// A table.
    Table(Table),
    /// A plot.
    Figure(Figure),
    /// A command to type in a terminal.
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
    /// Unformatted text.
    Plain(String),
    /// Code: names of files, commands, layers.
    Code(String),
    /// Strong text: the beginning of a paragraph, or an important word.
    Strong(String),
    /// A link to a section of this report or to a file beside it.
    Link {
        /// The words of the link.
        text: String,
        /// `#id`, or a relative path.
        to: String,
    },
}

/// Rows of cells under named columns.
pub struct Table {
    /// The caption, which says what the table holds.
    pub caption: String,
    /// Names above groups of columns, each with the number of columns that it spans. The first
    /// column belongs to no group. May be empty.
    pub groups: Vec<(String, usize)>,
    /// Names of columns, including the first.
    pub columns: Vec<String>,
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// Whether the cells hold words instead of numbers.
    pub is_prose: bool,
}

/// One row of a table.
pub struct Row {
    /// The first cell, which names the row.
    pub header: Text,
    /// The other cells, one for each column but the first.
    pub cells: Vec<Cell>,
}

/// One cell of a table.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// The number or words of the cell.
    pub text: String,
    /// A smaller line below, such as the reference curve's value.
    pub below: Option<String>,
    /// Whether the cell is marked ≠: chance does not explain its value.
    pub is_apart: bool,
}

impl Text {
    /// Unformatted text.
    pub fn plain(text: impl Into<String>) -> Self {
        Text::default().then(text)
    }

    /// Strong text.
    pub fn strong(text: impl Into<String>) -> Self {
        Text(vec![Span::Strong(text.into())])
    }

    /// The words alone.
    pub fn words(&self) -> String {
        let word = |span: &Span| match span {
            Span::Plain(text) | Span::Code(text) | Span::Strong(text) => text.clone(),
            Span::Link { text, .. } => text.clone(),
        };
        self.0.iter().map(word).collect()
    }

    /// Appends unformatted text.
    pub fn then(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Plain(text.into()));
        self
    }

    /// Appends code.
    pub fn code(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Code(text.into()));
        self
    }

    /// Appends a link.
    pub fn link(mut self, text: impl Into<String>, to: impl Into<String>) -> Self {
        self.0.push(Span::Link { text: text.into(), to: to.into() });
        self
    }
}

impl Table {
    /// The table as a CSV file: a line for each row, and smaller lines in cells as columns of their own.
    ///
    /// # Errors
    /// A row has another number of cells than the table has columns.
    pub fn to_csv(&self) -> Result<Vec<u8>, csv::Error> {
        let has_below = |column: usize| {
            self.rows.iter().any(|row| row.cells.get(column).is_some_and(|it| it.below.is_some()))
        };
        let doubled: Vec<bool> = (0..self.columns.len().saturating_sub(1)).map(has_below).collect();
        let first = self.columns.first().map(String::as_str);
        let others = self.columns.iter().skip(1).zip(&doubled);
        let below: Vec<String> =
            self.columns.iter().skip(1).map(|column| format!("{column} (below)")).collect();
        let others = others.zip(&below).flat_map(|((column, doubled), below)| {
            std::iter::once(column.as_str()).chain(doubled.then_some(below.as_str()))
        });
        let rows = self.rows.iter().map(|row| {
            let cells = row.cells.iter().zip(&doubled).flat_map(|(cell, doubled)| {
                let below = doubled.then(|| cell.below.clone().unwrap_or_default());
                std::iter::once(cell.text.clone()).chain(below)
            });
            std::iter::once(row.header.words()).chain(cells).collect()
        });
        csv_table::table(first.into_iter().chain(others), rows)
    }
}

impl Block {
    /// A paragraph of unformatted text.
    pub fn paragraph(text: impl Into<String>) -> Self {
        Block::Paragraph(Text::plain(text))
    }
}

impl Document {
    /// Every figure of the report, including those inside other blocks.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_a_csv_file_with_all_that_its_cells_say() {
        let cell = |text: &str, below: Option<&str>| Cell {
            text: text.into(),
            below: below.map(str::to_owned),
            is_apart: false,
        };
        let row = |name: &str, cells| Row { header: Text::plain("").link(name, "#x"), cells };
        let table = Table {
            caption: String::new(),
            groups: Vec::new(),
            columns: ["network", "test", "epoch"].map(String::from).to_vec(),
            rows: vec![
                row("a, b", vec![cell("1.5", Some("1.4")), cell("3", None)]),
                row("=c", vec![cell("2.5", None), cell("4", None)]),
            ],
            is_prose: false,
        };
        let csv = String::from_utf8(table.to_csv().unwrap()).unwrap();
        assert_eq!(csv, "network,test,test (below),epoch\n\"a, b\",1.5,1.4,3\n'=c,2.5,,4\n");
    }
}
