//! The modules of a crate and their imports, read from their `crate::`, `self::` and `super::`
//! paths.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module's names from the crate's root: `["kernel", "sparse"]`.
type ModulePath = Vec<String>;

/// The modules of one crate, without tests.
pub struct Crate {
    modules: BTreeMap<ModulePath, Module>,
}

#[derive(Default)]
struct Module {
    /// Every path that the module's code names, from the crate's root.
    paths: Vec<ModulePath>,
    /// What its `use` declarations bring in: each name with its path from the crate's root.
    imports: BTreeMap<String, ModulePath>,
}

/// For the children of one parent: each child, the siblings that it imports, and a place where it
/// does so.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

impl Crate {
    /// Reads the files of the crate whose sources lie in `source`.
    pub fn read(source: &Path, files: &[PathBuf]) -> Self {
        let mut modules = BTreeMap::new();
        let mut test_modules = Vec::new();
        for file in files {
            let module = module_path(file.strip_prefix(source).unwrap());
            let text = without_comments(&fs::read_to_string(file).unwrap());
            let (code, tests) = split_tests(&text);
            test_modules.extend(tests.into_iter().map(|test| child(&module, &test)));
            modules.insert(module.clone(), Module::parse(&code, &module));
        }
        modules.retain(|path, _| !test_modules.iter().any(|test| path.starts_with(test)));
        Crate { modules }
    }

    /// The circles of imports among the children of each module. A child's imports include those of
    /// all modules inside it.
    pub fn circles(&self) -> Vec<String> {
        let mut edges: BTreeMap<ModulePath, Imports> = BTreeMap::new();
        for (from, module) in &self.modules {
            for path in &module.paths {
                let to = self.defined_in(path, 0);
                let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
                if shared < from.len() && shared < to.len() {
                    let siblings = edges.entry(from[..shared].to_vec()).or_default();
                    let imported = siblings.entry(from[shared].clone()).or_default();
                    let place = format!("{} imports {}", from.join("::"), path.join("::"));
                    imported.entry(to[shared].clone()).or_insert(place);
                }
            }
        }
        let mut circles = Vec::new();
        for (parent, siblings) in edges {
            for start in siblings.keys() {
                if let Some(circle) = circle_from(start, &siblings) {
                    let places = circle.windows(2).map(|pair| &siblings[&pair[0]][&pair[1]]);
                    let places: String = places.map(|place| format!("\n    {place}")).collect();
                    circles.push(format!(
                        "{}{}",
                        child(&parent, &circle.join(" -> ")).join("::"),
                        places
                    ));
                }
            }
        }
        circles
    }

    /// The module in which the item at `path` is defined, through the `use` declarations on the way.
    fn defined_in(&self, path: &[String], depth: usize) -> ModulePath {
        let mut module: ModulePath = Vec::new();
        for (index, name) in path.iter().enumerate() {
            let inner = child(&module, name);
            if self.modules.contains_key(&inner) {
                module = inner;
                continue;
            }
            let import = self.modules.get(&module).and_then(|module| module.imports.get(name));
            return match import {
                Some(import) if depth < 8 => {
                    let path = [import, &path[index + 1..]].concat();
                    self.defined_in(&path, depth + 1)
                }
                _ => module,
            };
        }
        module
    }
}

impl Module {
    fn parse(code: &str, module: &ModulePath) -> Self {
        let mut parsed = Module::default();
        for (at, _) in code.match_indices("::") {
            let before = code[..at].rsplit(|c: char| !is_word(c)).next().unwrap_or_default();
            let start = at - before.len();
            let is_head = !code[..start].ends_with("::");
            let base = match before {
                "crate" if is_head => Vec::new(),
                "self" if is_head => module.clone(),
                "super" if is_head => module[..module.len().saturating_sub(1)].to_vec(),
                // A `use` of a child: `pub use network::Network`.
                _ if is_head && code[..start].ends_with("use ") => child(module, before),
                _ => continue,
            };
            let is_use = code[..start].ends_with("use ");
            let mut rest = &code[at..];
            read_tree(&mut rest, base, &mut |path, name| {
                if is_use {
                    parsed.imports.insert(name, path.clone());
                }
                parsed.paths.push(path);
            });
        }
        parsed
    }
}

/// Reads `::name`, `::{...}` and so on at the start of `rest`. Passes each whole path to `found`,
/// with the name under which it is imported.
fn read_tree(rest: &mut &str, mut path: ModulePath, found: &mut impl FnMut(ModulePath, String)) {
    while let Some(after) = rest.strip_prefix("::") {
        *rest = after.trim_start();
        if let Some(list) = rest.strip_prefix('{') {
            *rest = list.trim_start();
            while !rest.is_empty() && !rest.starts_with('}') {
                let name = word(rest);
                *rest = &rest[name.len()..];
                let is_self = name == "self" || name.is_empty();
                let inner = if is_self { path.clone() } else { child(&path, name) };
                read_tree(rest, inner, found);
                // Skips any other character, such as `*`.
                *rest = rest.trim_start_matches(|c: char| c != ',' && c != '}');
                *rest = rest.trim_start_matches(',').trim_start();
            }
            *rest = rest.strip_prefix('}').unwrap_or(rest);
            return;
        }
        let name = word(rest);
        *rest = &rest[name.len()..];
        match name {
            "" => return found(path, String::new()),
            "super" => drop(path.pop()),
            _ => path.push(name.to_owned()),
        }
    }
    let renamed = rest.trim_start().strip_prefix("as ").map(|name| word(name.trim_start()));
    let name = renamed.map(str::to_owned).or_else(|| path.last().cloned()).unwrap_or_default();
    found(path, name);
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word(text: &str) -> &str {
    &text[..text.find(|c| !is_word(c)).unwrap_or(text.len())]
}

fn child(module: &[String], name: &str) -> ModulePath {
    [module, &[name.to_owned()]].concat()
}

/// `kernel/sparse/mod.rs` is `["kernel", "sparse"]`.
fn module_path(file: &Path) -> ModulePath {
    let names = file.with_extension("");
    let mut names: ModulePath =
        names.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    if names.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        names.pop();
    }
    names
}

fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect()
}

/// The code before `#[cfg(test)] mod tests { ... }`, which comes last in a file, and apart from it
/// the names of test modules that have their own files.
fn split_tests(text: &str) -> (String, Vec<String>) {
    let mut pieces = text.split("#[cfg(test)]");
    let mut code = pieces.next().unwrap_or_default().to_owned();
    let mut tests = Vec::new();
    for piece in pieces {
        let declared = piece.trim_start().trim_start_matches("pub(crate) ").strip_prefix("mod ");
        match declared.and_then(|declared| declared.split_once([';', '{'])) {
            Some((name, rest)) if piece.contains(&format!("mod {name};")) => {
                tests.push(name.to_owned());
                code.push_str(rest);
            }
            Some(_) => break,
            None => code.push_str(piece),
        }
    }
    (code, tests)
}

/// A path of imports from `start` back to `start`, if `start` is the first name of its circle.
fn circle_from(start: &str, imports: &Imports) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        for next in imports.get(&way[way.len() - 1]).into_iter().flat_map(BTreeMap::keys) {
            let longer = child(&way, next);
            if next == start {
                return Some(longer);
            }
            if next.as_str() > start && seen.insert(next.clone()) {
                ways.push(longer);
            }
        }
    }
    None
}
