//! A budget of training, which becomes a number of steps.

use std::fmt;

use crate::toml_text::inline;

/// What training may cost. It becomes a number of steps, once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Multiply-adds of all training steps, forward and backward, without the optimizer. The steps
    /// follow from the network and the number of training images.
    MultiplyAdds(f64),
    /// Seconds of all training steps on one thread. The steps are measured before the first run.
    Seconds(f64),
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (limit, value) = self.limit();
        write!(f, "{{ {limit} = {value} }}")
    }
}

impl Budget {
    /// The key of what is limited, and the limit, as in a study file.
    pub(crate) fn limit(self) -> (&'static str, String) {
        match self {
            Budget::MultiplyAdds(number) => ("multiply_adds", inline(&number)),
            Budget::Seconds(number) => ("seconds", inline(&number)),
        }
    }
}
