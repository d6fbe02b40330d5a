//! Every optimizer agrees with PyTorch in float64 over ten steps: parameters, moments and losses,
//! to 1e-5. The steps are large: ten of them move a parameter about as far as it is from zero.

use crate::fixture::{Disagreements, compare, read};

#[test]
fn optimizers_agree_with_pytorch() {
    let mut found = Disagreements::default();
    for fixture in read(include_str!("../pytorch/optimizers.json")) {
        compare(&fixture, &mut found);
    }
    found.assert_none();
}
