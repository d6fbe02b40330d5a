//! A view as HTML, and its figures and tables as files.

use std::cell::Cell;

use fitroom_session::report::Figure;
use fitroom_session::report::document::{Block, Section, Table};
use fitroom_session::report::html::{Page, figure_svg, html_block, html_section, html_table};
use maud::{Markup, html};

use crate::error::WebError;
use crate::query::escaped;
use crate::view::{Context, Part, View, ViewKind};

/// The page of a view: links lead to other views, and figures and tables can be taken away.
struct ViewPage<'a> {
    context: &'a Context<'a>,
    /// The number of tables so far, by which addresses name them.
    tables: Cell<usize>,
    plots: &'a [(String, String)],
}

/// The content of a view's page.
pub fn content(context: &Context, view: &View) -> Markup {
    let page = ViewPage { context, tables: Cell::new(0), plots: &view.plots };
    html! {
        @for part in &view.parts {
            @match part {
                Part::Section(section) => (html_section(&page, section)),
                Part::Folded(name, section) => details id=(section.id) {
                    summary { (name) }
                    @for block in &section.blocks { (html_block(&page, block)) }
                },
                Part::Own(id, markup) => div id=(id) { (markup) },
            }
        }
    }
}

impl ViewPage<'_> {
    fn download(&self, kind: &str, what: &str, name: &str) -> String {
        let query = self.context.query.with("as", Some(kind));
        let mark = if query.is_empty() { "" } else { "&" };
        format!("?{query}{mark}{what}={}", escaped(name))
    }
}

impl Page for ViewPage<'_> {
    /// In a report, `#slug` leads to a network's section. Here each network has an address.
    fn link(&self, to: &str) -> String {
        let networks = self.context.networks();
        match to.strip_prefix('#').filter(|slug| networks.iter().any(|(_, it)| it == slug)) {
            Some(slug) => self.context.address(ViewKind::Network, &[("network", slug)]),
            // How curves are read is explained in the report alone.
            None if to == "#reading" && self.context.served.has_report() => {
                format!("/{}/report{to}", self.context.served.slug)
            }
            None => to.to_owned(),
        }
    }

    fn figure(&self, figure: &Figure) -> Markup {
        let plot = self.plots.iter().find(|(slug, _)| *slug == figure.slug);
        html! {
            figure id=(format!("figure-{}", figure.slug)) data-plot=[plot.map(|(_, json)| json)] {
                div.scroll tabindex="0" role="region" aria-label=(figure.label) { (figure_svg(figure)) }
                figcaption.tools {
                    a href=(self.download("svg", "figure", &figure.slug)) download { "SVG" }
                    a href=(self.download("png", "figure", &figure.slug)) download { "PNG" }
                    button.needs-script type="button" data-copy=(self.download("png", "figure", &figure.slug)) { "Copy picture" }
                }
            }
        }
    }

    fn table(&self, table: &Table) -> Markup {
        let index = self.tables.get();
        self.tables.set(index + 1);
        let address = self.download("csv", "table", &index.to_string());
        html! {
            div.table {
                (html_table(self, table))
                p.tools {
                    a href=(address) download { "CSV" }
                    button.needs-script type="button" data-copy=(address) { "Copy numbers" }
                }
            }
        }
    }
}

/// The figure of this slug.
///
/// # Errors
/// The view has no such figure.
pub fn figure<'v>(view: &'v View, slug: &str) -> Result<&'v Figure, WebError> {
    let mut found = None;
    each_block(view, &mut |block| {
        if let Block::Figure(figure) = block
            && figure.slug == slug
        {
            found = Some(figure);
        }
    });
    found.ok_or_else(|| WebError::NotFound("this view has no such figure".to_owned()))
}

/// The table at this position.
///
/// # Errors
/// The view has no such table.
pub fn table(view: &View, index: usize) -> Result<&Table, WebError> {
    let mut tables = Vec::new();
    each_block(view, &mut |block| {
        if let Block::Table(table) = block {
            tables.push(table);
        }
    });
    tables
        .get(index)
        .copied()
        .ok_or_else(|| WebError::NotFound("this view has no such table".to_owned()))
}

/// Calls `see` with each block, in the order in which they are rendered.
fn each_block<'v>(view: &'v View, see: &mut dyn FnMut(&'v Block)) {
    fn of_block<'v>(block: &'v Block, see: &mut dyn FnMut(&'v Block)) {
        see(block);
        if let Block::Beside(left, right) = block {
            left.iter().for_each(|block| of_block(block, see));
            of_block(right, see);
        }
    }
    let sections = view.parts.iter().filter_map(|part| match part {
        Part::Section(section) | Part::Folded(_, section) => Some(section),
        Part::Own(..) => None,
    });
    sections.flat_map(|Section { blocks, .. }| blocks).for_each(|block| of_block(block, see));
}
