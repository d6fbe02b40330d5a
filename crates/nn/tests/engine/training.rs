//! Eight whole networks over a hundred steps against PyTorch in float32. The losses of steps 1 to
//! 20 must agree to 1e-4, and that of step 100 to 1e-2. Rounding alone makes 2e-6 and 8e-5; on
//! harder images it makes more, as make.py says.

use crate::fixture::{Disagreements, Fixture, read};

fn train(fixture: &Fixture, found: &mut Disagreements) {
    let Fixture { case, expected } = fixture;
    let mark = found.len();
    let (mut network, data) = (case.network(), case.data());
    for (step, (&learning_rate, &loss)) in
        case.learning_rates.iter().zip(&expected.losses.values).enumerate()
    {
        let score =
            network.train_batch(&data.pixels, &data.labels, &case.batch(step), learning_rate);
        // Rounding grows from step to step.
        let tolerance = match step + 1 {
            ..=20 => 1e-4,
            100 => 1e-2,
            _ => continue,
        };
        found.number(&format!("loss of step {}", step + 1), score.loss(), loss, tolerance);
    }
    found.label_since(mark, &case.name);
}

fn agree(convolutional: bool) {
    let fixtures = read(include_str!("../pytorch/training.json"));
    assert_eq!(fixtures.len(), 8);
    let mut found = Disagreements::default();
    for fixture in fixtures.iter().filter(|f| f.case.layers.contains("conv") == convolutional) {
        assert_eq!(fixture.expected.losses.values.len(), 100);
        train(fixture, &mut found);
    }
    found.assert_none();
}

#[test]
fn losses_of_the_seven_dense_networks_agree_with_pytorch() {
    agree(false);
}

#[test]
fn losses_of_the_convolutional_network_agree_with_pytorch() {
    agree(true);
}
