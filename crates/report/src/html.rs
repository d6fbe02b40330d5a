//! A report as one HTML file that needs nothing else, and its parts for other pages.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::document::{Block, Cell, Document, Section, Span, Table, Text};
use crate::figure::Figure;
use crate::plot::{Color, stylesheet};

/// How the parts of a report become HTML on a page.
pub trait Page {
    /// The address that a link leads to. In the report, `to` is `#id` of a section, or a file beside it.
    fn link(&self, to: &str) -> String;

    /// A figure with what belongs to it.
    fn figure(&self, figure: &Figure) -> Markup;

    /// A table with what belongs to it.
    fn table(&self, table: &Table) -> Markup;
}

/// The report's own page.
struct Report;

impl Page for Report {
    fn link(&self, to: &str) -> String {
        to.to_owned()
    }

    fn figure(&self, figure: &Figure) -> Markup {
        html! { figure { (figure_svg(figure)) } }
    }

    fn table(&self, table: &Table) -> Markup {
        html_table(self, table)
    }
}

/// The report as an HTML page.
pub fn to_html(document: &Document) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (document.title) @if let Some(warning) = &document.warning { ". " (warning) } }
                style { (PreEscaped(style())) }
            }
            body {
                main {
                    header {
                        h1 { (document.title) }
                        @if let Some(subtitle) = &document.subtitle { p.subtitle { (subtitle) } }
                        @if let Some(warning) = &document.warning { p.warning role="note" { (warning) } }
                        ul.facts { @for fact in &document.facts { li { (fact) } } }
                    }
                    @for section in &document.sections { (html_section(&Report, section)) }
                }
            }
        }
    }
    .into_string()
}

/// The style sheet. Dark colours are for screens only, because paper is white.
pub fn style() -> String {
    format!(
        "{}{}@media screen and (prefers-color-scheme:dark){{{}}}",
        include_str!("style.css"),
        stylesheet(Color::light),
        stylesheet(Color::dark)
    )
}

/// A section with its heading and blocks.
pub fn html_section(page: &dyn Page, section: &Section) -> Markup {
    html! {
        section #(section.id) {
            @if let Some(heading) = &section.heading { h2 { (heading) } }
            @for block in &section.blocks { (html_block(page, block)) }
        }
    }
}

/// One block.
pub fn html_block(page: &dyn Page, block: &Block) -> Markup {
    let text = |text| html_text(page, text);
    match block {
        Block::Paragraph(words) => html! { p { (text(words)) } },
        Block::Note(words) => html! { p.note role="note" { (text(words)) } },
        Block::List(items) => html! { ul { @for item in items { li { (text(item)) } } } },
        Block::Table(table) => page.table(table),
        Block::Figure(figure) => page.figure(figure),
        Block::Command(command) => html! { pre { code { (command) } } },
        Block::Beside(left, right) => html! {
            div.beside {
                div { @for block in left { (html_block(page, block)) } }
                div { (html_block(page, right)) }
            }
        },
    }
}

/// The drawing of a figure, for a page with the style sheet.
pub fn figure_svg(figure: &Figure) -> Markup {
    PreEscaped(figure.svg())
}

/// Text in pieces.
pub fn html_text(page: &dyn Page, text: &Text) -> Markup {
    html! {
        @for span in &text.0 {
            @match span {
                Span::Plain(text) => (text),
                Span::Code(code) => code { (code) },
                Span::Strong(text) => strong { (text) },
                Span::Link { text, to } => a href=(page.link(to)) { (text) },
            }
        }
    }
}

/// A table that scrolls sideways where the page is narrow.
pub fn html_table(page: &dyn Page, table: &Table) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(table.caption) {
            table.prose[table.is_prose] {
                caption { (table.caption) }
                thead {
                    @if !table.groups.is_empty() {
                        tr {
                            td {}
                            @for (name, columns) in &table.groups { th scope="colgroup" colspan=(columns) { (name) } }
                        }
                    }
                    tr { @for column in &table.columns { th scope="col" { (column) } } }
                }
                tbody {
                    @for row in &table.rows {
                        tr {
                            th scope="row" { (html_text(page, &row.header)) }
                            @for cell in &row.cells { (html_cell(cell)) }
                        }
                    }
                }
            }
        }
    }
}

fn html_cell(cell: &Cell) -> Markup {
    html! {
        td.apart[cell.is_apart] {
            @if cell.is_apart { span.flag title="chance and reading error do not explain this difference" { "≠ " } }
            (cell.text)
            @if let Some(below) = &cell.below { small { (below) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Row;

    fn document(text: &str) -> Document {
        let table = Table {
            caption: text.into(),
            groups: vec![(text.into(), 1)],
            columns: vec![text.into(), text.into()],
            rows: vec![Row {
                header: Text::plain("").link(text, format!("#{text}")),
                cells: vec![Cell { text: text.into(), below: Some(text.into()), is_apart: true }],
            }],
            is_prose: false,
        };
        let blocks = vec![
            Block::Note(Text::strong(text).code(text)),
            Block::List(vec![Text::plain(text)]),
            Block::Beside(vec![Block::Command(text.into())], Box::new(Block::Table(table))),
        ];
        Document {
            title: text.into(),
            subtitle: Some(text.into()),
            warning: Some(text.into()),
            facts: vec![text.into()],
            sections: vec![Section { id: text.into(), heading: Some(text.into()), blocks }],
        }
    }

    #[test]
    fn text_from_a_study_is_never_markup() {
        let page = to_html(&document("<script>alert(\"x\")</script>"));
        assert!(!page.contains("<script") && !page.contains("\"x\""));
        assert!(page.contains("<h1>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</h1>"));
    }

    #[test]
    fn cells_and_headers_are_marked_up_for_screen_readers() {
        let page = to_html(&document("t"));
        for part in [
            "<th scope=\"col\">t</th>",
            "<th scope=\"colgroup\" colspan=\"1\">t</th>",
            "<th scope=\"row\"><a href=\"#t\">t</a></th>",
            "<td class=\"apart\"><span class=\"flag\" title=\"chance and reading error do not explain this difference\">≠ </span>t<small>t</small></td>",
            "<caption>t</caption>",
            "<html lang=\"en\">",
        ] {
            assert!(page.contains(part), "{part}\nis not in\n{page}");
        }
    }

    #[test]
    fn the_page_needs_nothing_from_elsewhere() {
        let page = to_html(&document("t"));
        for reach in ["http://", "https://", "url(", "@import", "src=", "<link"] {
            assert!(!page.contains(reach), "{reach}");
        }
    }
}
