//! Hostile names of networks (paths, markup, terminal commands, very long names), followed from a
//! study file into every file of a report.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use fitroom_data::{Dataset, LabelledImages};
use fitroom_report::Summary;
use fitroom_results::Results;
use fitroom_stats::DEFAULT_MARGIN;
use fitroom_study::{RunOptions, Study, run_study};

const NAMES: [&str; 12] = [
    "../../x",
    "/etc/x",
    "..\\\\..\\\\x",
    "<script>alert(1)</script>",
    "\\\"onmouseover=\\\"alert(1)",
    "'><img src=x onerror=alert(1)>",
    "a|b`c`|[d](javascript:alert(1)) ![e](f) *g* _h_ ~~i~~",
    "CON",
    "]]></style></svg><b>x",
    "&lt;b&gt; &amp; \\\\\\\\",
    "--> <!-- https://example.com www.example.com a@example.com $x$",
    "ｆｕｌｌ ｗｉｄｔｈ 漢字 ∀",
];

fn dataset() -> Dataset {
    let part = |count: usize| LabelledImages {
        images: (0..9 * count).map(|at| (at * 37 % 251) as u8).collect(),
        labels: (0..count).map(|index| (index % 2) as u8).collect(),
    };
    Dataset {
        name: "x".into(),
        title: "<script>alert(2)</script>".into(),
        classes: vec!["<img src=x>".into(), "a|b".into()],
        channels: 1,
        height: 3,
        width: 3,
        train: part(24),
        test: part(6),
        fingerprint: "x".into(),
        origin: "<script>\"'".into(),
        stands_in_because: Some("</title><script>alert(3)</script> \u{1b}[2J".into()),
        findings: Vec::new(),
    }
}

/// Every file below `dir`.
fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match path.is_dir() {
            true => found.extend(files(&path).into_iter().map(|below| format!("{name}/{below}"))),
            false => found.push(name),
        }
    }
    found
}

#[test]
fn hostile_names_stay_text_in_every_file() {
    let long = "x".repeat(100);
    let networks: String = NAMES
        .iter()
        .copied()
        .chain([long.as_str()])
        .map(|name| {
            format!("[[network]]\nname = \"{name}\"\nlayers = \"dense 2\"\nvs = \"first\"\n")
        })
        .collect();
    let text = format!(
        "name = \"names\"\ntitle = '<script>alert(4)</script>'\nseeds = 2\n[training]\nepochs = 2\nvalidation = 8\n\
         batch_size = 8\n[[network]]\nname = \"first\"\nlayers = \"\"\n{networks}\
         [[network]]\nname = \"<script>{{p}}</script>\"\nlayers = \"flatten, dropout {{p}}\"\nsweep = {{ p = [0.1, 0.2] }}\n"
    );
    let outside = tempfile::tempdir().unwrap();
    let dir = outside.path().join("a/b/study");
    let study = Study::parse(&text, "names.toml").unwrap();
    let dataset = dataset();
    run_study(&study, &dataset, &dir, &RunOptions::new(1), &AtomicBool::new(false), &|_| {})
        .unwrap();
    let results = Results::open(&dir).unwrap();
    assert_eq!(results.networks.len(), NAMES.len() + 4);
    let summary = Summary::inspect(&results, Some(&dataset), DEFAULT_MARGIN).unwrap();
    fitroom_report::write(&summary, Vec::new(), &dir).unwrap();

    // All files are in the study's directory, and their names are plain.
    for file in files(outside.path()) {
        assert!(file.starts_with("a/b/study/"), "{file}");
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_./".contains(c);
        assert!(file.chars().all(is_plain) && !file.contains("..") && file.len() < 120, "{file}");
    }
    assert!(
        dir.join("plots/network-con.svg").exists(),
        "no file is called as a device is on Windows"
    );

    let mut pages = vec![dir.join("report.html")];
    pages.extend(fs::read_dir(dir.join("plots")).unwrap().map(|entry| entry.unwrap().path()));
    for path in
        pages.iter().filter(|path| path.extension().is_some_and(|extension| extension != "png"))
    {
        let mut page = fs::read_to_string(path).unwrap();
        if path.extension().is_some_and(|extension| extension == "svg") {
            let (drawing, comment) = page.rsplit_once("<!-- SHA-256 of the PNG: ").unwrap();
            assert_eq!(comment.len(), 64 + " -->\n".len(), "{comment}");
            page = drawing.to_owned();
        }
        for markup in [
            "<script",
            "<img",
            "<b>",
            "\"onmouseover=",
            "</style></svg>",
            "<!--",
            "javascript:alert(1)\"",
        ] {
            assert!(!page.contains(markup), "{markup} in {}", path.display());
        }
        assert!(!page.contains(|c: char| c.is_control() && c != '\n'), "{}", path.display());
    }
    let page = fs::read_to_string(dir.join("report.html")).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the name itself is there");

    let markdown = fs::read_to_string(dir.join("report.md")).unwrap();
    for markup in [
        "<script",
        "<img",
        "[d](",
        "![e]",
        "*g*",
        " _h_",
        "~~i~~",
        "https://example",
        "www.example",
        "$x$",
    ] {
        assert!(!markdown.contains(markup), "{markup} in {markdown}");
    }
    assert!(!markdown.contains(|c: char| c.is_control() && c != '\n'));
    // Each row of a table has as many cells as its header.
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let lines: Vec<&str> = markdown.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair.iter().all(|line| line.starts_with('|'))) {
        assert_eq!(cells(pair[0]), cells(pair[1]), "{pair:#?}");
    }

    for name in ["epochs.csv", "summary.csv", "comparisons.csv"] {
        let mut reader = csv::Reader::from_path(dir.join(name)).unwrap();
        let names: Vec<String> = reader.records().map(|row| row.unwrap()[0].to_owned()).collect();
        assert!(names.iter().any(|name| name == "\"onmouseover=\"alert(1)"), "{name}: {names:?}");
    }
}
