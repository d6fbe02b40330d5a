//! A report as GitHub Flavored Markdown, with its plots in files beside it.

use std::fmt::Write;

use crate::document::{Block, Cell, Document, Section, Span, Table, Text};

/// The report as a Markdown file.
pub fn to_markdown(document: &Document) -> String {
    let mut markdown = format!("# {}\n\n", escaped(&document.title));
    if let Some(subtitle) = &document.subtitle {
        let _ = write!(markdown, "{}\n\n", escaped(subtitle));
    }
    if let Some(warning) = &document.warning {
        let _ = write!(markdown, "> **{}**\n\n", escaped(warning));
    }
    let facts: Vec<String> = document.facts.iter().map(|fact| escaped(fact)).collect();
    let _ = write!(markdown, "{}\n\n", facts.join(" · "));
    for section in &document.sections {
        write_section(&mut markdown, section);
    }
    // The file ends with a single line feed.
    markdown.truncate(markdown.trim_end().len());
    markdown.push('\n');
    markdown
}

fn write_section(markdown: &mut String, section: &Section) {
    if let Some(heading) = &section.heading {
        let _ = write!(markdown, "<a id=\"{}\"></a>\n\n## {}\n\n", section.id, escaped(heading));
    }
    for block in &section.blocks {
        write_block(markdown, block);
    }
}

fn write_block(markdown: &mut String, block: &Block) {
    let _ = match block {
        Block::Paragraph(text) => write!(markdown, "{}\n\n", inline(text)),
        Block::Note(text) => write!(markdown, "> {}\n\n", inline(text)),
        Block::List(items) => {
            for item in items {
                let _ = writeln!(markdown, "- {}", inline(item));
            }
            writeln!(markdown)
        }
        Block::Table(table) => {
            writeln!(markdown, "*{}*\n\n{}", escaped(&table.caption), table_lines(table))
        }
        Block::Figure(figure) => {
            write!(markdown, "![{}](plots/{}.svg)\n\n", escaped(&figure.label), figure.slug)
        }
        Block::Command(command) => write!(markdown, "```sh\n{command}\n```\n\n"),
        Block::Beside(left, right) => {
            left.iter().chain([&**right]).for_each(|block| write_block(markdown, block));
            Ok(())
        }
    };
}

fn inline(text: &Text) -> String {
    let pieces = text.0.iter().map(|span| match span {
        Span::Plain(text) => escaped(text),
        Span::Code(text) => code(text),
        Span::Strong(text) => format!("**{}**", escaped(text)),
        Span::Link { text, to } => format!("[{}]({to})", escaped(text)),
    });
    pieces.collect()
}

fn table_lines(table: &Table) -> String {
    // Markdown tables have one row of headers, so a group's name goes into its columns' names.
    let groups = table
        .groups
        .iter()
        .flat_map(|(name, columns)| std::iter::repeat_n(name.as_str(), *columns));
    let mut names =
        table.columns.iter().zip(std::iter::once("").chain(groups).chain(std::iter::repeat("")));
    let header: Vec<String> = names
        .by_ref()
        .map(|(column, group)| {
            escaped(&if group.is_empty() { column.clone() } else { format!("{group}: {column}") })
        })
        .collect();
    let rule = if table.is_prose { "|---" } else { "|---:" };
    let mut lines = format!("| {} |\n|---{}|\n", header.join(" | "), rule.repeat(header.len() - 1));
    for row in &table.rows {
        let cells = std::iter::once(inline(&row.header)).chain(row.cells.iter().map(cell));
        let _ = writeln!(lines, "| {} |", cells.collect::<Vec<_>>().join(" | "));
    }
    lines
}

fn cell(cell: &Cell) -> String {
    let text = escaped(&cell.text);
    let text = if cell.is_apart { format!("≠ **{text}**") } else { text };
    match &cell.below {
        Some(below) => format!("{text}<br>{}", escaped(below)),
        None => text,
    }
}

/// Escapes text so that it is never read as markup or HTML, never ends a table's cell or a line,
/// and on GitHub never becomes a formula, a mention or a link.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\n' | '\r' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '$' | '@' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            _ => escaped.push(letter),
        }
    }
    escaped.replace("://", "\\://").replace("www.", "www\\.")
}

/// Code between backticks: more of them than stand together anywhere in the code.
fn code(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let room = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{room}{}{room}{fence}", text.replace('|', "\\|").replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Row;

    #[test]
    fn text_from_a_study_is_never_markup() {
        assert_eq!(
            escaped("a|b <script> *x* `y` [z](w)\n# h"),
            "a\\|b &lt;script&gt; \\*x\\* \\`y\\` \\[z\\](w) \\# h"
        );
        assert_eq!(escaped("https://a.b www.c.d e@f $x$"), "https\\://a.b www\\.c.d e\\@f \\$x\\$");
        assert_eq!([code("a"), code("a``b"), code("`a")], ["`a`", "```a``b```", "`` `a ``"]);
    }

    #[test]
    fn tables_are_github_flavored_markdown() {
        let table = Table {
            caption: "caption".into(),
            groups: vec![(String::new(), 1), ("last".into(), 1)],
            columns: vec!["network".into(), "loss".into(), "accuracy".into()],
            rows: vec![Row {
                header: Text::plain("").link("a|b", "#ab"),
                cells: vec![
                    Cell {
                        text: "0.3".into(),
                        below: Some("reference 0.4".into()),
                        is_apart: false,
                    },
                    Cell { text: "88".into(), below: None, is_apart: true },
                ],
            }],
            is_prose: false,
        };
        let lines = table_lines(&table);
        assert_eq!(
            lines,
            "| network | loss | last: accuracy |\n|---|---:|---:|\n| [a\\|b](#ab) | 0.3<br>reference 0.4 | ≠ **88** |\n"
        );
    }
}
