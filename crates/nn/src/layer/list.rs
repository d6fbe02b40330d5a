//! Reads lists of layers and blocks, as study files write them.

use std::str::FromStr;

use super::block::{Block, BlockKind, Layers, Part, Shortcut};
use super::words::LayerSpecError;

/// The most layers and blocks of a network. The deepest published networks have a thousand.
const MOST_LAYERS: usize = 10_000;

/// The most blocks that are nested. No stack overflows then, whatever a study file holds.
const DEEPEST: usize = 32;

/// Reads a comma-separated list of layers and blocks, such as `dense 128, relu, residual (dense 128, relu)`.
///
/// # Errors
/// The first layer or block that can't be read, or a list that is too long.
pub fn parse_layers(layers: &str) -> Result<Layers, LayerSpecError> {
    if layers.trim().is_empty() {
        return Ok(Layers::default());
    }
    let parts = parse_parts(layers, 0)?;
    let count = parts.iter().map(Part::count).fold(0, usize::saturating_add);
    if count > MOST_LAYERS {
        return Err(LayerSpecError::TooMany { count, limit: MOST_LAYERS });
    }
    Ok(Layers(parts))
}

impl FromStr for Layers {
    type Err = LayerSpecError;

    fn from_str(layers: &str) -> Result<Self, LayerSpecError> {
        parse_layers(layers)
    }
}

/// Reads a list within `depth` blocks.
fn parse_parts(list: &str, depth: usize) -> Result<Vec<Part>, LayerSpecError> {
    let pieces = pieces(list)?;
    if pieces.len() > MOST_LAYERS {
        return Err(LayerSpecError::TooMany { count: pieces.len(), limit: MOST_LAYERS });
    }
    let part = |piece: &str| match piece.trim() {
        "" => Err(LayerSpecError::Empty { layers: list.to_owned() }),
        piece => parse_part(piece, depth),
    };
    pieces.into_iter().map(part).collect()
}

/// What stands between the commas that are in no parentheses.
fn pieces(list: &str) -> Result<Vec<&str>, LayerSpecError> {
    let (mut pieces, mut begin, mut open) = (Vec::new(), 0, Vec::new());
    for (at, character) in list.char_indices() {
        match character {
            '(' => open.push(at),
            ')' if open.pop().is_none() => {
                return Err(LayerSpecError::NotOpened { before: list[..at].trim().to_owned() });
            }
            ',' if open.is_empty() => {
                pieces.push(&list[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    match open.first() {
        Some(&at) => Err(LayerSpecError::NotClosed { block: list[begin..=at].trim().to_owned() }),
        None => {
            pieces.push(&list[begin..]);
            Ok(pieces)
        }
    }
}

fn parse_part(piece: &str, depth: usize) -> Result<Part, LayerSpecError> {
    let Some((head, rest)) = piece.split_once('(') else {
        let name = piece.split_whitespace().next().unwrap_or_default().to_lowercase();
        return match BlockKind::NAMES.contains(&name.as_str()) {
            true => Err(LayerSpecError::NoBody { block: piece.to_owned() }),
            false => piece.parse().map(Part::Layer),
        };
    };
    let kind = BlockKind::parse(&head.to_lowercase())?;
    // Parentheses are in pairs, so that there is a last one.
    let (body, after) = rest.rsplit_once(')').unwrap_or((rest, ""));
    let after = match pieces(body) {
        Ok(_) => after,
        // The first parenthesis that is closed is the block's: another block follows.
        Err(_) => rest.split_once(')').map_or("", |(_, after)| after),
    };
    if !after.trim().is_empty() {
        return Err(LayerSpecError::AfterBlock { text: after.trim().to_owned() });
    }
    if depth == DEEPEST {
        return Err(LayerSpecError::TooDeep { limit: DEEPEST });
    }
    Ok(Part::Block(Block { kind, body: parse_parts(body, depth + 1)? }))
}

impl BlockKind {
    /// Reads what stands before the parentheses, in lower case.
    fn parse(head: &str) -> Result<Self, LayerSpecError> {
        let words: Vec<&str> = head.split_whitespace().collect();
        let unexpected = |word: &str, example| {
            let (layer, word) = (head.trim().to_owned(), word.to_owned());
            Err(LayerSpecError::Unexpected { layer, word, example })
        };
        match words[..] {
            ["residual"] => Ok(BlockKind::Residual(Shortcut::Identity)),
            ["residual", "shortcut", "conv"] => Ok(BlockKind::Residual(Shortcut::Conv)),
            ["residual", "shortcut", word, ..] | ["residual", word, ..] => {
                unexpected(word, "residual shortcut conv (conv 32 3x3 pad same, relu)")
            }
            ["concat"] => Ok(BlockKind::Concat),
            ["concat", word, ..] => unexpected(word, "concat (conv 12 3x3 pad same)"),
            ["repeat", word] => match word.parse() {
                Ok(times) if (1..=MOST_LAYERS).contains(&times) => Ok(BlockKind::Repeat(times)),
                _ => Err(LayerSpecError::OutOfRange {
                    layer: head.trim().to_owned(),
                    what: "the number of times",
                    bounds: "a whole number from 1 to 10000",
                    value: word.to_owned(),
                }),
            },
            ["repeat"] => Err(LayerSpecError::Missing {
                layer: head.trim().to_owned(),
                what: "the number of times",
                example: "repeat 3 (dense 64, relu)",
            }),
            ["repeat", _, word, ..] => unexpected(word, "repeat 3 (dense 64, relu)"),
            _ => Err(LayerSpecError::NoBlock { head: head.trim().to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_say_what_was_wrong_and_what_would_be_right() {
        let deep = format!("{}relu{}", "residual (".repeat(33), ")".repeat(33));
        for (layers, message) in [
            (
                "relu, residual (relu",
                "`residual (` is not closed\nhint: write `)` after its last layer",
            ),
            (
                "relu), relu",
                "`)` after `relu` closes nothing\nhint: blocks are written like `residual (conv 32 3x3 pad same, relu)`",
            ),
            (
                "residual (relu) relu, tanh",
                "unexpected `relu` after a block\nhint: separate layers by commas",
            ),
            (
                "residual (relu) (tanh)",
                "unexpected `(tanh)` after a block\nhint: separate layers by commas",
            ),
            (
                "residual 3",
                "`residual 3` has no layers\nhint: write them in parentheses, like `residual (conv 32 3x3 pad same, relu)`",
            ),
            ("residual ()", "an empty layer in ``\nhint: separate layers by one comma"),
            (
                "residul (relu)",
                "`residul` is no block\nhint: blocks are `residual`, `concat` and `repeat 3`",
            ),
            (
                "relu (relu)",
                "`relu` is no block\nhint: blocks are `residual`, `concat` and `repeat 3`",
            ),
            (
                "repeat 0 (relu)",
                "`repeat 0`: the number of times must be a whole number from 1 to 10000, got `0`",
            ),
            (
                "repeat (relu)",
                "`repeat`: the number of times is missing\nhint: write it like `repeat 3 (dense 64, relu)`",
            ),
            (
                "residual shortcut dense (relu)",
                "`residual shortcut dense`: unexpected `dense`\nhint: write it like `residual shortcut conv (conv 32 3x3 pad same, relu)`",
            ),
            ("residual (dens 3)", "unknown layer `dens`\nhint: did you mean `dense`?"),
            (
                "repeat 5000 (relu, residual (relu))",
                "15000 layers and blocks, and a network may have 10000",
            ),
            (
                "repeat 9999 (repeat 9999 (repeat 9999 (repeat 9999 (repeat 9999 (relu)))))",
                "18446744073709551615 layers and blocks, and a network may have 10000",
            ),
            (&deep, "more than 32 blocks are nested\nhint: write fewer blocks within blocks"),
        ] {
            assert_eq!(parse_layers(layers).unwrap_err().to_string(), message, "{layers}");
        }
    }
}
