//! Compares docs/study-file.md with the parser: every example of the page parses, and every key
//! that the parser asks for has a section.

use std::fs;

use fitroom_nn::{BlockKind, Decay, LayerSpec, Optimizer, parse_layers};

use crate::Study;
use crate::init::tests::file_of;
use crate::keys::asked_keys;

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/study-file.md");
    fs::read_to_string(path).unwrap()
}

/// The code blocks in `language`, each with the number of its first line.
fn blocks(page: &str, language: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut lines = (1..).zip(page.lines());
    while let Some((number, line)) = lines.next() {
        if let Some(found) = line.strip_prefix("```") {
            let block = lines.by_ref().take_while(|(_, line)| *line != "```");
            let block: Vec<&str> = block.map(|(_, line)| line).collect();
            if found == language {
                blocks.push((number + 1, block.join("\n") + "\n"));
            }
        }
    }
    blocks
}

/// The example as a whole study: with a name and a network added if it has none.
fn completed(example: &str) -> String {
    let top = example.lines().take_while(|line| !line.starts_with('['));
    let name =
        if top.clone().any(|line| line.starts_with("name ")) { "" } else { "name = \"a\"\n" };
    let has_network = example.lines().any(|line| line == "[[network]]");
    let network = if has_network { "" } else { "[[network]]\nname = \"a\"\nlayers = \"\"\n" };
    format!("{name}{example}{network}")
}

/// The text between the heading of `key` and the next heading.
fn section<'a>(page: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("\n### `{key}`\n"))?;
    Some(rest.split("\n### ").next().unwrap_or(rest))
}

/// Parses every example as if it lay beside the page's table of curves and a file of weights.
fn parse_examples(page: &str) {
    let dir = tempfile::tempdir().unwrap();
    let [(_, curves)] = &blocks(page, "csv")[..] else { panic!("one table of curves") };
    fs::write(dir.path().join("paper.csv"), curves).unwrap();
    let layers = "conv 8 3x3, batchnorm, relu, flatten, dense 32, relu";
    fs::write(dir.path().join("pretrained.safetensors"), file_of(layers, 1)).unwrap();
    let file = dir.path().join("example.toml");
    for (line, example) in blocks(page, "toml") {
        if let Err(error) = Study::parse(&completed(&example), &file.to_string_lossy()) {
            panic!("the example at line {line} of docs/study-file.md: {error}");
        }
    }
}

#[test]
fn every_example_is_a_study() {
    let page = page();
    assert!(blocks(&page, "toml").len() > 20);
    parse_examples(&page);
}

#[test]
fn every_key_has_a_section() {
    let page = page();
    parse_examples(&page);
    // Optimizers and schedules that no example uses have keys too.
    for (key, names) in [("optimizer", Optimizer::NAMES), ("schedule", Decay::NAMES)] {
        for name in names {
            let study = completed(&format!("[training]\n{key} = {{ name = \"{name}\" }}\n"));
            let _ = Study::parse(&study, "example.toml");
            assert!(
                section(&page, key).unwrap().contains(&format!("`\"{name}\"`")),
                "{key} {name}"
            );
        }
    }
    let asked = asked_keys();
    assert!(asked.len() > 40, "{asked:?}");
    for (table, key) in asked {
        // `momentum` in `optimizer` of [training] stands in the section `optimizer`, and `label` in
        // [data] in the section `data`.
        let outer = match table.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
            Some((outer, _)) => Some(outer),
            None => (table == "[data]").then_some("data"),
        };
        let is_there = match outer {
            Some(outer) => {
                section(&page, outer).is_some_and(|text| text.contains(&format!("`{key}`")))
            }
            None => section(&page, key).is_some(),
        };
        assert!(is_there, "docs/study-file.md says nothing of `{key}` in {table}");
    }
}

#[test]
fn every_layer_has_a_row() {
    let page = page();
    let rows =
        section(&page, "layers").unwrap().lines().filter_map(|line| line.strip_prefix("| `"));
    let layers: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    for layers in &layers {
        assert_eq!(parse_layers(layers).unwrap().parts().len(), 1, "{layers}");
    }
    for name in LayerSpec::NAMES.iter().chain(BlockKind::NAMES) {
        let is_there = layers.iter().any(|layer| layer.split(' ').next() == Some(name));
        assert!(is_there, "docs/study-file.md has no row for the layer `{name}`");
    }
}
