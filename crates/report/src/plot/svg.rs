//! A drawing as SVG.

use std::fmt::Write;

use maud::{Escaper, html};

use super::palette::{Color, level_stylesheet, stylesheet};
use super::scene::{Anchor, Dash, FILE_MARGIN, Mark, Scene, Stroke};

/// An SVG element for a page that has the [`stylesheet`]. Screen readers read `label`. If the drawing
/// has links, they read these too, and nothing else that is drawn.
pub fn embedded(scene: &Scene, label: &str) -> String {
    let links = links(scene);
    let marks = match links.is_empty() {
        true => marks(scene),
        false => format!("<g aria-hidden=\"true\">{}</g>\n{links}", marks(scene)),
    };
    // The children of an image are hidden from screen readers, so links need a group.
    let role = if links.is_empty() { "img" } else { "group" };
    let view_box = format!("0 0 {} {}", Number(scene.width), Number(scene.height));
    html! {
        svg.plot viewBox=(view_box) width=(Number(scene.width)) height=(Number(scene.height)) role=(role)
            aria-label=(label) xmlns="http://www.w3.org/2000/svg" { (maud::PreEscaped(marks)) }
    }
    .into_string()
}

/// The links of a drawing. They stand in front of all other marks, so that nothing covers them.
fn links(scene: &Scene) -> String {
    let mut svg = String::new();
    for mark in &scene.marks {
        if let Mark::Link { at, size, to, label } = mark {
            let _ = writeln!(
                svg,
                "<a href=\"{}\" aria-label=\"{}\"><rect {} fill=\"transparent\"/></a>",
                escaped(to),
                escaped(label),
                placed(*at, *size)
            );
        }
    }
    svg
}

/// A whole SVG file, in light colours on white.
pub fn standalone(scene: &Scene, label: &str) -> String {
    let marks = marks(scene);
    let (width, height) =
        (Number(scene.width + 2.0 * FILE_MARGIN), Number(scene.height + 2.0 * FILE_MARGIN));
    let start = -FILE_MARGIN;
    let mut style = stylesheet(Color::light);
    if scene.has_levels() {
        style += &level_stylesheet(Color::light);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{start} {start} {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" font-family=\"Noto Sans, Helvetica, Arial, sans-serif\">\n\
         <title>{title}</title>\n<style>{style}</style>\n<rect x=\"{start}\" y=\"{start}\" width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\
         \n{marks}</svg>\n",
        title = escaped(label),
    )
}

/// A number as text, rounded to a tenth of a pixel.
struct Number(f64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", (self.0 * 10.0).round() / 10.0)
    }
}

impl maud::Render for Number {
    fn render_to(&self, buffer: &mut String) {
        let _ = write!(buffer, "{self}");
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    let _ = Escaper::new(&mut escaped).write_str(text);
    escaped
}

fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        let command = if index == 0 { "M" } else { " " };
        let _ = write!(path, "{command}{},{}", Number(x), Number(y));
    }
    path
}

/// The attribute `opacity`; nothing for an opacity of 1.
fn opacity(opacity: f64) -> String {
    if opacity < 1.0 { format!(" opacity=\"{opacity}\"") } else { String::new() }
}

/// The attributes of a rectangle: the place of its upper left corner, and its size.
fn placed(at: (f64, f64), size: (f64, f64)) -> String {
    let [x, y, width, height] = [at.0, at.1, size.0, size.1].map(Number);
    format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"")
}

fn marks(scene: &Scene) -> String {
    let mut svg = String::new();
    for mark in &scene.marks {
        let _ = match mark {
            Mark::Line { points, stroke: Stroke { color, width, dash, opacity: alpha } } => {
                writeln!(
                    svg,
                    "<path class=\"l-{}\" fill=\"none\" stroke-width=\"{width}\" stroke-linejoin=\"round\"{}{} d=\"{}\"/>",
                    color.class(),
                    if *dash == Dash::Dashed { " stroke-dasharray=\"5 4\"" } else { "" },
                    opacity(*alpha),
                    path(points),
                )
            }
            Mark::Area { points, color, opacity: alpha } => writeln!(
                svg,
                "<path class=\"f-{}\"{} d=\"{}Z\"/>",
                color.class(),
                opacity(*alpha),
                path(points)
            ),
            Mark::Dot { at, radius, color, opacity: alpha } => writeln!(
                svg,
                "<circle class=\"f-{}\" cx=\"{}\" cy=\"{}\" r=\"{radius}\"{}/>",
                color.class(),
                Number(at.0),
                Number(at.1),
                opacity(*alpha)
            ),
            Mark::Diamond { at: (x, y), radius, color } => writeln!(
                svg,
                "<path class=\"f-paper l-{}\" stroke-width=\"1.5\" d=\"{}Z\"/>",
                color.class(),
                path(&[(x - radius, *y), (*x, y - radius), (x + radius, *y), (*x, y + radius)])
            ),
            Mark::Rectangle { at, size, color, opacity: alpha } => {
                writeln!(
                    svg,
                    "<rect class=\"f-{}\" {}{}/>",
                    color.class(),
                    placed(*at, *size),
                    opacity(*alpha)
                )
            }
            Mark::Raster { at, size, raster } => writeln!(
                svg,
                "<image {} preserveAspectRatio=\"none\" image-rendering=\"pixelated\" href=\"{}\"/>",
                placed(*at, *size),
                raster.data_uri()
            ),
            // A file leads nowhere, and `embedded` adds the links itself.
            Mark::Link { .. } => Ok(()),
            Mark::Text { at, anchor, size, bold, color, text } => writeln!(
                svg,
                "<text class=\"f-{}\" x=\"{}\" y=\"{}\" font-size=\"{size}\"{}{}>{}</text>",
                color.class(),
                Number(at.0),
                Number(at.1),
                match anchor {
                    Anchor::Start => "",
                    Anchor::Middle => " text-anchor=\"middle\"",
                    Anchor::End => " text-anchor=\"end\"",
                },
                if *bold { " font-weight=\"600\"" } else { "" },
                escaped(text)
            ),
        };
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::super::Raster;
    use super::*;

    fn scene() -> Scene {
        let mut scene = Scene::new(100.0, 50.0);
        let dashed =
            Stroke { dash: Dash::Dashed, opacity: 0.5, ..Stroke::solid(Color::Train, 2.0) };
        scene.segment((0.0, 1.04), (10.0, 20.06), dashed);
        scene.label((5.0, 5.0), Anchor::End, Color::Series(9), "<script> & \"co\"");
        scene
    }

    #[test]
    fn marks_become_elements_with_the_classes_of_their_colours() {
        let svg = embedded(&scene(), "a \"label\"");
        assert!(svg.contains(
            "<path class=\"l-train\" fill=\"none\" stroke-width=\"2\" stroke-linejoin=\"round\" \
             stroke-dasharray=\"5 4\" opacity=\"0.5\" d=\"M0,1 10,20.1\"/>"
        ));
        assert!(svg.contains("text-anchor=\"end\">&lt;script&gt; &amp; &quot;co&quot;</text>"));
        assert!(
            svg.contains("class=\"f-n1\"") && svg.contains("aria-label=\"a &quot;label&quot;\"")
        );
        assert!(!svg.contains("<style>"));
    }

    #[test]
    fn pictures_are_inside_of_the_file_and_keep_their_pixels() {
        let mut scene = Scene::new(100.0, 50.0);
        let raster = Raster::new(1, vec![[1, 2, 3]]);
        scene.marks.push(Mark::Raster {
            at: (1.0, 2.0),
            size: (30.0, 40.0),
            raster: raster.clone(),
        });
        scene.marks.push(Mark::Rectangle {
            at: (5.0, 6.25),
            size: (7.0, 8.0),
            color: Color::Fit,
            opacity: 0.5,
        });
        let svg = embedded(&scene, "");
        let place =
            "<image x=\"1\" y=\"2\" width=\"30\" height=\"40\" preserveAspectRatio=\"none\"";
        let image =
            format!("{place} image-rendering=\"pixelated\" href=\"{}\"/>", raster.data_uri());
        assert!(svg.contains(&image), "{svg}");
        assert!(
            svg.contains(
                "<rect class=\"f-fit\" x=\"5\" y=\"6.3\" width=\"7\" height=\"8\" opacity=\"0.5\"/>"
            ),
            "{svg}"
        );
    }

    #[test]
    fn links_stand_in_front_on_pages_and_are_not_in_files() {
        let mut scene = scene();
        assert!(embedded(&scene, "").contains("role=\"img\""));
        let link = Mark::Link {
            at: (1.0, 2.0),
            size: (3.0, 4.0),
            to: "?a=1&b=\"2\"".into(),
            label: "a < b".into(),
        };
        scene.marks.insert(0, link);
        let svg = embedded(&scene, "cells");
        let expected = "</g>\n<a href=\"?a=1&amp;b=&quot;2&quot;\" aria-label=\"a &lt; b\">\
                        <rect x=\"1\" y=\"2\" width=\"3\" height=\"4\" fill=\"transparent\"/></a>\n</svg>";
        assert!(svg.ends_with(expected), "{svg}");
        assert!(
            svg.contains("role=\"group\" aria-label=\"cells\"") && !svg.contains("role=\"img\"")
        );
        assert!(svg.contains("><g aria-hidden=\"true\"><path"), "{svg}");
        let file = standalone(&scene, "cells");
        assert!(!file.contains("<a ") && file.contains("role=\"img\""));
    }

    #[test]
    fn files_carry_their_style_and_title() {
        let svg = standalone(&scene(), "1 < 2");
        assert!(svg.contains("viewBox=\"-16 -16 132 82\" width=\"132\" height=\"82\""));
        assert!(
            svg.contains("<title>1 &lt; 2</title>") && svg.contains(".l-train{stroke:#0072b2}")
        );
    }
}
