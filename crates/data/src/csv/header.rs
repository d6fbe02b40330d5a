//! A first line of column names.

use super::problem::CsvProblem;
use super::separator::Row;

/// What columns of labels are called.
const LABEL_NAMES: [&str; 7] = ["label", "labels", "class", "classes", "target", "targets", "y"];

/// What columns are called that number or name the images.
const INDEX_NAMES: [&str; 10] = [
    "index",
    "id",
    "idx",
    "unnamed:0",
    "imageid",
    "imageindex",
    "rowid",
    "filename",
    "file",
    "image",
];

/// The names of the columns.
#[derive(Debug)]
pub(crate) struct Header {
    names: Vec<String>,
}

impl Header {
    /// Reads a first line, if it names columns: by words, or by consecutive numbers from 0 or 1.
    pub(crate) fn read(row: &Row<'_>) -> Option<Self> {
        let names: Vec<String> = (0..row.len()).map(|column| row.shown(column)).collect();
        let numbers: Vec<_> = (0..row.len()).filter_map(|column| row.number(column)).collect();
        let words = names.len() - numbers.len();
        let are_consecutive = numbers.first().is_some_and(|first| [0.0, 1.0].contains(first))
            && numbers.windows(2).all(|pair| pair[1] - pair[0] == 1.0);
        let words_are_known = (0..row.len())
            .filter(|&column| row.number(column).is_none())
            .all(|column| is_label(&names[column]) || is_index(&names[column], column));
        let is_header = 2 * words > names.len()
            || (are_consecutive && words_are_known && names.len() > if words > 0 { 1 } else { 2 });
        is_header.then_some(Header { names })
    }

    /// The column of this name, or the column that is called like labels.
    pub(crate) fn labels(&self, name: Option<&str>) -> Result<Option<usize>, CsvProblem> {
        let Some(name) = name else { return self.label() };
        let exact = self.names.iter().position(|known| known == name);
        let similar = || self.names.iter().position(|known| known.eq_ignore_ascii_case(name));
        match exact.or_else(similar) {
            Some(column) => Ok(Some(column)),
            None => {
                let (name, columns) = (name.to_owned(), Some(self.shown(|_| true)));
                Err(CsvProblem::NoSuchColumn { name, columns })
            }
        }
    }

    /// The column that is called like labels.
    fn label(&self) -> Result<Option<usize>, CsvProblem> {
        let mut columns = (0..self.names.len()).filter(|&column| is_label(&self.names[column]));
        let (label, other) = (columns.next(), columns.next());
        if let Some((label, other)) = label.zip(other) {
            let [first, second] = [label, other].map(|column| self.name(column));
            return Err(CsvProblem::TwoLabels { first, second });
        }
        Ok(label)
    }

    /// The column that is called like numbers of images.
    pub(crate) fn index(&self) -> Option<usize> {
        (0..self.names.len()).find(|&column| is_index(&self.names[column], column))
    }

    /// The only column that is not called like a pixel (`pixel7`, `1x2`, `7`), if there is one and
    /// it is not called like numbers of images.
    pub(crate) fn only_other(&self) -> Option<usize> {
        let is_pixel = |name: &String| {
            let start = name.trim_start_matches(|c: char| c.is_alphabetic() || "_ -".contains(c));
            let is_counted = start.starts_with(|c: char| c.is_ascii_digit())
                && start.chars().all(|c| c.is_ascii_digit() || c == 'x' || c == '_');
            is_counted && (start.len() == name.len() || name.to_lowercase().starts_with('p'))
        };
        let mut others = (0..self.names.len()).filter(|&column| !is_pixel(&self.names[column]));
        let only = others.next().filter(|_| others.next().is_none())?;
        (self.names.len() > 3 && !is_index(&self.names[only], only)).then_some(only)
    }

    /// How many columns there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// A column's name.
    pub(crate) fn name(&self, column: usize) -> String {
        self.names[column].clone()
    }

    /// Refuses a table whose columns are called by words, as in `age`, `height`, `weight`: pixels
    /// have numbers or are called `pixel`, and toy images have names of one or two letters.
    pub(crate) fn check_pixels(&self, is_pixel: impl Fn(usize) -> bool) -> Result<(), CsvProblem> {
        let mut names = (0..self.names.len()).filter(|&i| is_pixel(i)).map(|i| &self.names[i]);
        let is_word = |name: &String| {
            name.chars().count() > 2
                && !name.chars().any(char::is_numeric)
                && !name.to_lowercase().contains("pix")
        };
        if !(0..self.names.len()).any(&is_pixel) || !names.all(is_word) {
            return Ok(());
        }
        Err(CsvProblem::NotImages { names: self.shown(is_pixel) })
    }

    /// The names of the first of these columns, for people.
    fn shown(&self, is_shown: impl Fn(usize) -> bool) -> String {
        let names = || self.names.iter().enumerate().filter(|(column, _)| is_shown(*column));
        let shown: Vec<_> = names().take(3).map(|(_, name)| format!("`{name}`")).collect();
        let rest = if names().count() > 3 { " and so on" } else { "" };
        shown.join(", ") + rest
    }
}

fn is_label(name: &str) -> bool {
    LABEL_NAMES.iter().any(|label| name.eq_ignore_ascii_case(label))
}

/// Whether a column is called like numbers of images. Pandas leaves the first column's name empty.
fn is_index(name: &str, column: usize) -> bool {
    let letters: String = name.chars().filter(|c| !" _-".contains(*c)).collect();
    (name.is_empty() && column == 0)
        || INDEX_NAMES.iter().any(|index| letters.eq_ignore_ascii_case(index))
}

#[cfg(test)]
mod tests {
    use super::super::separator::Splitter;
    use super::*;

    fn header(line: &str) -> Option<Header> {
        let mut splitter = Splitter::new(line.as_bytes());
        Header::read(&splitter.split(line.as_bytes()).unwrap())
    }

    #[test]
    fn names_and_consecutive_numbers_are_a_header() {
        for line in [
            "label,p1,p2,p3,p4",
            "0,1,2,3,4",
            "1,2,3,4,5",
            "label,0,1,2,3",
            "0,1,2,3,class",
            ",0,1,2,3,4",
            ",label,1,2,3,4",
            "label,p",
            "Unnamed: 0,0,1,2,3,4",
            "0;1;2;3;y",
        ] {
            assert!(header(line).is_some(), "{line}");
        }
        for line in ["9,1,2,3,4", "0,1,2,3,5", "boot,1,2,3,4", "1,x,3,4,5", "1,7", "2,3,4,5,6"] {
            assert!(header(line).is_none(), "{line}");
        }
    }

    #[test]
    fn labels_and_numbers_of_images_are_found_by_name() {
        let columns = |line: &str| {
            let header = header(line).unwrap();
            (header.label().unwrap(), header.index())
        };
        assert_eq!(columns("a,b,c,d,Class"), (Some(4), None));
        assert_eq!(columns("Image_ID,a,b,TARGET,c,d"), (Some(3), Some(0)));
        assert_eq!(columns(",y,a"), (Some(1), Some(0)));
        assert_eq!(columns("a,b,,d,e"), (None, None));
        let two = header("label,a,b,c,d,y").unwrap().label().unwrap_err().to_string();
        assert!(two.starts_with("`label` and `y` both name"), "{two}");
    }

    #[test]
    fn words_are_not_pixels() {
        let check = |line: &str| header(line).unwrap().check_pixels(|column| column > 0);
        let problem = check("y,age,height,weight,income").unwrap_err().to_string();
        assert!(problem.starts_with(
            "the columns are called `age`, `height`, `weight` and so on: this is a table"
        ));
        assert!(check("y,value").is_err());
        for line in
            ["y,pixel1,pixel2", "y,pixel", "y,1x1,1x2", "y,a,b,c,d", "y,pixel,pixel,pixel,pixel"]
        {
            check(line).unwrap();
        }
    }
}
