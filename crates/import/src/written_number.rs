//! Numbers that are written with more than digits: `85.5%`, `tensor(0.81)`, `1,200.5`.

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Written {
    /// With a percent sign.
    Percent,
    /// As Python shows a tensor or another object around a number.
    Wrapped,
    /// With commas between thousands.
    Thousands,
}

impl Written {
    /// The numbers' name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Written::Percent => "numbers with a percent sign",
            Written::Wrapped => "numbers as Python shows them",
            Written::Thousands => "numbers with a comma between thousands",
        }
    }
}

/// The number and how it is written. A percent sign does not divide it: `85.5%` is 85.5.
pub(crate) fn read(text: &str) -> Option<(f64, Written)> {
    if let Some(number) = text.strip_suffix('%') {
        return Some((plain(number.trim_end())?, Written::Percent));
    }
    if text.ends_with(')') {
        return Some((wrapped(text)?, Written::Wrapped));
    }
    Some((thousands(text)?, Written::Thousands))
}

fn plain(text: &str) -> Option<f64> {
    let first = text.as_bytes().first()?;
    let is_number = first.is_ascii_digit() || b"+-.".contains(first);
    text.parse().ok().filter(|_| is_number)
}

/// The number in `tensor(0.81)`, `tensor(0.81, device='cuda:0')` or `np.float64(0.81)`.
fn wrapped(text: &str) -> Option<f64> {
    const AROUND: [&str; 6] = ["tensor", "array", "float", "int", "Array", "Tensor"];
    let (around, inner) = text.strip_suffix(')')?.split_once('(')?;
    let around = around.rsplit('.').next().unwrap_or(around);
    let around = around.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = inner.split(", ").next().unwrap_or(inner).trim_matches(['[', ']']);
    AROUND.contains(&around).then(|| plain(number))?
}

/// `1,200.5` and `1,200,000`. `1,200` may be a decimal comma.
fn thousands(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(['+', '-']);
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let mut groups = whole.split(',');
    let first = groups.next()?.len();
    let others: Vec<usize> = groups.map(str::len).collect();
    let is_clear = (1..=3).contains(&first)
        && others.iter().all(|&length| length == 3)
        && others.len() >= if fraction.is_some() { 1 } else { 2 }
        && whole.bytes().all(|byte| byte.is_ascii_digit() || byte == b',')
        && fraction.is_none_or(|fraction| fraction.bytes().all(|byte| byte.is_ascii_digit()));
    is_clear.then(|| plain(&text.replace(',', "")))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_where_they_are_clear() {
        for (text, number) in [
            ("85.5%", 85.5),
            ("-3 %", -3.0),
            ("tensor(0.81)", 0.81),
            ("tensor([0.81], device='cuda:0')", 0.81),
            ("np.float64(1e-3)", 1e-3),
            ("1,200.5", 1200.5),
            ("-12,345,678", -12_345_678.0),
        ] {
            assert_eq!(read(text).map(|(number, _)| number), Some(number), "{text}");
        }
        for text in [
            "1,200",
            "12,34.5",
            "1,2345.0",
            "%",
            "cnn (0.5)",
            "tensor()",
            "0.5 ± 0.1",
            "1,200.5.1",
            "x%",
            "",
            ",200.5",
            "tensor(0.1, 0.2",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
