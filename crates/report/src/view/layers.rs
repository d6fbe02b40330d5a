//! The layers of a network, one by one.

use fitroom_results::{NetworkFacts, WeightFacts};

use crate::document::{Row, Table, Text};
use crate::number::{MISSING, count};

pub use crate::settings::settings;

/// One layer of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerRow {
    /// The layer as it is written, with a note on how it is computed.
    pub layer: String,
    /// The shape of its output for one image: `32×28×28`.
    pub output: String,
    /// Number of trained values.
    pub parameters: u64,
    /// Multiply-adds of one image's forward pass.
    pub multiply_adds: u64,
}

/// Layers with their total.
pub fn layer_table(network: &str, layers: &[LayerRow]) -> Table {
    let row = |layer: &str, output: &str, parameters: u64, multiply_adds: u64| Row {
        header: Text::plain(layer),
        cells: vec![output.into(), count(parameters).into(), count(multiply_adds).into()],
    };
    let mut rows: Vec<Row> = layers
        .iter()
        .map(|at| row(&at.layer, &at.output, at.parameters, at.multiply_adds))
        .collect();
    let parameters = layers.iter().map(|at| at.parameters).sum();
    rows.push(row("total", "", parameters, layers.iter().map(|at| at.multiply_adds).sum()));
    Table {
        caption: format!("The layers of {network}, for one image."),
        groups: Vec::new(),
        columns: ["layer", "output", "parameters", "multiply-adds"].map(String::from).to_vec(),
        rows,
        is_prose: false,
    }
}

/// The layers of a network of which only results are known, with the shapes of their weights as in
/// PyTorch. The last layer, one output for each class, is implied. `None` if the layers are not
/// known.
pub fn weight_table(facts: &NetworkFacts) -> Option<Table> {
    let layers = facts.layers.as_ref()?;
    let mut weights = facts.weights.iter().peekable();
    let row = |layer: String, weight: Option<&WeightFacts>| Row {
        header: Text::plain(layer),
        cells: match weight {
            Some(WeightFacts { shape, .. }) => {
                let sides: Vec<String> = shape.iter().map(usize::to_string).collect();
                let values = shape.iter().map(|&side| side as u64).product();
                vec![sides.join("×").into(), count(values).into()]
            }
            None => vec![MISSING.into(), MISSING.into()],
        },
    };
    let mut rows: Vec<Row> = layers
        .iter()
        .map(|layer| row(layer.text.clone(), weights.next_if(|weight| weight.layer == layer.text)))
        .collect();
    rows.extend(weights.map(|weight| row(format!("{} (implied)", weight.layer), Some(weight))));
    let mut caption = format!("The layers of {}", facts.name);
    if let Some(parameters) = facts.parameters {
        caption += &format!(": {} parameters", count(parameters as u64));
    }
    if let Some(multiply_adds) = facts.multiply_adds {
        caption += &format!(", {} multiply-adds for one image", count(multiply_adds));
    }
    Some(Table {
        caption: caption + ".",
        groups: Vec::new(),
        columns: ["layer", "shape of weights", "weights"].map(String::from).to_vec(),
        rows,
        is_prose: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};

    fn lines(table: &Table) -> Vec<String> {
        let line = |row: &Row| {
            let header = row.header.words();
            let cells = row.cells.iter().map(|cell| cell.text.as_str());
            std::iter::once(header.as_str()).chain(cells).collect::<Vec<_>>().join(" | ")
        };
        table.rows.iter().map(line).collect()
    }

    #[test]
    fn layers_are_added_up() {
        let row = |parameters, multiply_adds| LayerRow {
            layer: "dense 4".into(),
            output: "4".into(),
            parameters,
            multiply_adds,
        };
        let table = layer_table("a", &[row(1000, 900), row(24, 20)]);
        assert_eq!(
            lines(&table),
            ["dense 4 | 4 | 1,000 | 900", "dense 4 | 4 | 24 | 20", "total |  | 1,024 | 920"]
        );
    }

    #[test]
    fn weights_stand_beside_their_layers() {
        let layers = "dense 16, relu, dense 16, dropout 0.5";
        let results = Fixture::new(1).with(Plan::new("a").layers(layers)).results();
        let table = weight_table(&results.networks[0]).unwrap();
        assert_eq!(
            lines(&table),
            [
                "dense 16 | 16×784 | 12,544",
                "relu | – | –",
                "dense 16 | 16×16 | 256",
                "dropout 0.5 | – | –",
                "dense 10 (implied) | 10×16 | 160"
            ]
        );
        assert_eq!(
            table.caption,
            "The layers of a: 13,002 parameters, 12,960 multiply-adds for one image."
        );
        assert!(weight_table(&NetworkFacts::new("not known")).is_none());
    }
}
