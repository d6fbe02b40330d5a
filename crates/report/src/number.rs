//! Numbers for people: accuracies in percent, losses with three decimals. (The CSV files have all
//! digits.)

use fitroom_results::Metric;
use fitroom_stats::Spread;

/// Shown in place of a number that was not measured.
pub const MISSING: &str = "–";

/// `88.41%`
pub fn percent(fraction: f64) -> String {
    format!("{}%", two_decimals(100.0 * fraction))
}

/// `88%`
pub fn whole_percent(fraction: f64) -> String {
    format!("{:.0}%", 100.0 * fraction)
}

/// `88.41 ± 0.23%`, or `88.41%` for one seed.
pub fn spread_percent(spread: &Spread) -> String {
    format!("{}%", value(Metric::Accuracy, spread))
}

/// Mean ± sd without a unit: `88.41 ± 0.23` (percent) or `0.331 ± 0.004`; the mean alone for one
/// seed.
pub fn value(metric: Metric, spread: &Spread) -> String {
    let text = |x: f64| match metric {
        Metric::Accuracy => two_decimals(100.0 * x),
        Metric::Loss => loss(x),
    };
    match spread.sd {
        Some(sd) => format!("{} ± {}", text(spread.mean), text(sd)),
        None => text(spread.mean),
    }
}

/// [`value`], or [`MISSING`] if nothing was measured.
pub fn measured(metric: Metric, spread: Option<Spread>) -> String {
    spread.map_or(MISSING.into(), |spread| value(metric, &spread))
}

/// Mean ± sd of whole numbers: `14.2 ± 3.1`, or `14` for one seed.
pub fn epoch(spread: &Spread) -> String {
    match spread.sd {
        Some(sd) => format!("{:.1} ± {sd:.1}", spread.mean),
        None => spread.mean.to_string(),
    }
}

/// A value with as many digits as can be read off a figure: `86.9` (percent) or `1.592`.
pub fn rounded(metric: Metric, x: f64) -> String {
    match metric {
        Metric::Accuracy => format!("{:.1}", 100.0 * x),
        Metric::Loss => loss(x),
    }
}

/// A difference with its sign and the digits of [`rounded`]: `+1.5`, `−0.020`.
pub fn difference(metric: Metric, x: f64) -> String {
    let size = rounded(metric, x.abs());
    let is_zero = size.chars().all(|c| matches!(c, '0' | '.'));
    match (is_zero, x > 0.0) {
        (true, _) => size,
        (false, true) => format!("+{size}"),
        (false, false) => format!("−{size}"),
    }
}

/// A difference of accuracies in points, with its sign: `+1.17`, `−0.05`.
pub fn points(fraction: f64) -> String {
    let size = unsigned_points(fraction);
    match size == "0.00" {
        true => size,
        false if fraction > 0.0 => format!("+{size}"),
        false => format!("−{size}"),
    }
}

/// A number with its sign and one decimal: `+3.1`, `−0.4`.
pub fn signed(number: f64) -> String {
    let size = format!("{:.1}", number.abs());
    match (size == "0.0", number > 0.0) {
        (true, _) => size,
        (false, true) => format!("+{size}"),
        (false, false) => format!("−{size}"),
    }
}

/// A difference of accuracies in points, without its sign: `1.17`.
pub fn unsigned_points(fraction: f64) -> String {
    two_decimals(100.0 * fraction.abs())
}

/// `p = 0.014`, `p = 0.23`, `p < 0.001`.
pub fn p_value(p: f64) -> String {
    match p {
        ..0.001 => "p < 0.001".into(),
        ..0.1 => format!("p = {p:.3}"),
        _ => format!("p = {p:.2}"),
    }
}

/// Most names that a sentence lists.
const MOST_NAMES: usize = 20;

/// [`listed`], but of more than `most` names only the first, and how many there are besides:
/// `a, b, c and 317 more`.
pub fn listed_first(names: &[String], most: usize) -> String {
    if names.len() <= most {
        return listed(names);
    }
    let mut first = names[..MOST_NAMES.min(most)].to_vec();
    first.push(format!("{} more", count((names.len() - first.len()) as u64)));
    listed(&first)
}

/// `109,386`
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `one network`, `12 networks`: small numbers in words.
pub fn counted(n: usize, noun: &str) -> String {
    const WORDS: [&str; 11] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    let number = WORDS.get(n).map_or_else(|| count(n as u64), |word| (*word).to_owned());
    format!("{number} {noun}{}", if n == 1 { "" } else { "s" })
}

/// `1 run`, `1,200 runs`: the number in digits, as after “3 of”.
pub fn counted_in_digits(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(n as u64), if n == 1 { "" } else { "s" })
}

/// `one seed` in digits: `1 seed`, `10 seeds`.
pub fn counted_seeds(seeds: usize) -> String {
    counted_in_digits(seeds, "seed")
}

/// The words with a capital letter, as at the beginning of a sentence.
pub fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [name] => name.clone(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}

fn two_decimals(x: f64) -> String {
    format!("{x:.2}")
}

fn loss(x: f64) -> String {
    if x.abs() >= 1e4 { format!("{x:.2e}") } else { format!("{x:.3}") }
}

/// `45 s`, `12 min`, `2 h 5 min`
pub fn duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as u64;
    match seconds {
        ..90.0 => format!("{seconds:.0} s"),
        _ if minutes < 60 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

/// `41,000`: rounded to two digits, so that rates can be compared at a glance.
pub fn two_digits(rate: f64) -> String {
    let unit = 10_f64.powf((rate.max(1.0).log10().floor() - 1.0).max(0.0));
    count(((rate / unit).round() * unit) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_rounded() {
        assert_eq!(
            [0.4, 7.2, 83.4, 999.0, 41_234.0].map(two_digits),
            ["0", "7", "83", "1,000", "41,000"]
        );
    }

    #[test]
    fn durations_have_a_unit_of_their_size() {
        let said = [0.0, 45.4, 89.4, 90.0, 720.0, 3569.0, 3570.0, 7500.0].map(duration);
        assert_eq!(
            said,
            ["0 s", "45 s", "89 s", "2 min", "12 min", "59 min", "1 h 0 min", "2 h 5 min"]
        );
    }

    #[test]
    fn numbers_have_the_digits_of_their_kind() {
        let spread = |mean, sd| Spread { mean, sd, count: 2 };
        assert_eq!(spread_percent(&spread(0.884_12, Some(0.0023))), "88.41 ± 0.23%");
        assert_eq!(spread_percent(&spread(0.884_12, None)), "88.41%");
        assert_eq!(value(Metric::Loss, &spread(0.3306, Some(0.0042))), "0.331 ± 0.004");
        assert_eq!(value(Metric::Loss, &spread(3.21e9, None)), "3.21e9");
        assert_eq!(epoch(&spread(14.2, Some(3.12))), "14.2 ± 3.1");
        assert_eq!(epoch(&spread(14.0, None)), "14");
        assert_eq!(rounded(Metric::Accuracy, 0.8692), "86.9");
    }

    #[test]
    fn of_many_names_the_first_are_listed() {
        let names: Vec<String> = (1..=120).map(|n| n.to_string()).collect();
        assert!(listed_first(&names[..100], 100).ends_with("98, 99 and 100"));
        assert!(listed_first(&names, 100).ends_with("18, 19, 20 and 100 more"));
        assert_eq!(listed_first(&names[..5], 3), "1, 2, 3 and 2 more");
    }

    #[test]
    fn differences_have_a_sign_unless_they_are_nothing() {
        assert_eq!(difference(Metric::Accuracy, 0.0148), "+1.5");
        assert_eq!(difference(Metric::Loss, -0.0201), "−0.020");
        assert_eq!(difference(Metric::Accuracy, -0.0001), "0.0");
    }

    #[test]
    fn points_and_p_values_have_few_digits() {
        assert_eq!(
            [0.0117, -0.0005, 0.00003, -0.00003].map(points),
            ["+1.17", "−0.05", "0.00", "0.00"]
        );
        assert_eq!(
            [0.0004, 0.0137, 0.0999, 0.1, 1.0].map(p_value),
            ["p < 0.001", "p = 0.014", "p = 0.100", "p = 0.10", "p = 1.00"]
        );
    }

    #[test]
    fn counts_and_lists_read_well() {
        assert_eq!(
            [0, 7, 999, 1000, 3_229_866].map(count),
            ["0", "7", "999", "1,000", "3,229,866"]
        );
        assert_eq!(
            [0, 1, 8, 12].map(|n| counted(n, "seed")),
            ["no seeds", "one seed", "eight seeds", "12 seeds"]
        );
        let names = |names: &[&str]| {
            listed(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            [names(&[]), names(&["a"]), names(&["a", "b"]), names(&["a", "b", "c"])],
            ["", "a", "a and b", "a, b and c"]
        );
    }
}
