//! The table of OWASP ASVS 5.0 in docs/security.md, checked: every requirement of levels 1 and 2 has its row, every row says where
//! it is met and by which test that is shown, or why it does not apply, and the tests that it names exist.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::Path,
};

struct Row {
    level: String,
    answer: String,
    shown: String,
}

/// What the table says, by requirement.
fn table() -> BTreeMap<String, Row> {
    let text = fs::read_to_string("docs/security.md").unwrap();
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ") && line.contains(" | L")) {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        let [id, level, _, answer, shown] = &cells[..] else { panic!("five cells in a row, not {}: {line}", cells.len()) };
        let row = Row { level: level.trim_start_matches('L').to_owned(), answer: answer.clone(), shown: shown.clone() };
        assert!(rows.insert(id.clone(), row).is_none(), "{id} stands twice in the table");
    }
    rows
}

/// Names of all functions in the sources and tests, which is where tests stand.
fn functions() -> HashSet<String> {
    let mut names = HashSet::new();
    for root in ["src", "tests"] {
        visit(Path::new(root), &mut |text| {
            let after = text.split("fn ").skip(1);
            names.extend(after.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()));
        });
    }
    names
}

fn visit(folder: &Path, see: &mut impl FnMut(&str)) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("node_modules") {
            visit(&path, see);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            see(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// The tests that a cell names: sentences in backquotes.
fn named(cell: &str) -> Vec<&str> {
    let quoted = cell.split('`').skip(1).step_by(2).map(|name| name.rsplit("::").next().unwrap());
    quoted.filter(|name| name.matches('_').count() > 1 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).collect()
}

#[test]
fn every_requirement_of_levels_1_and_2_is_answered() {
    let wanted = fs::read_to_string("tests/data/asvs-5.0.0.csv").unwrap();
    let mut rows = table();
    let mut wrong = vec![];
    for line in wanted.lines().skip(1) {
        let (id, level) = line.split_once(',').unwrap();
        match rows.remove(id) {
            None => wrong.push(format!("{id} (level {level}) has no row")),
            Some(row) if row.level != level => wrong.push(format!("{id} is of level {level}, not {}", row.level)),
            Some(row) if row.answer.trim_end_matches(':').len() < 8 => wrong.push(format!("{id} says too little: {:?}", row.answer)),
            Some(_) => {}
        }
    }
    wrong.extend(rows.keys().map(|id| format!("{id} is no requirement of levels 1 and 2")));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_met_is_shown_by_tests_that_exist_or_says_why_none_is_needed() {
    let functions = functions();
    let mut wrong = vec![];
    for (id, row) in table() {
        let missing: Vec<_> = named(&row.shown).into_iter().filter(|name| !functions.contains(*name)).collect();
        if !missing.is_empty() {
            wrong.push(format!("{id} names tests that do not exist: {missing:?}"));
        }
        let applies = !row.answer.starts_with("Does not apply: ") && !row.answer.starts_with("Not yet: ");
        if applies && named(&row.shown).is_empty() && row.shown.len() < 20 {
            wrong.push(format!("{id} is shown by no test, and does not say why"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_attack_names_tests_that_exist() {
    let (text, functions) = (fs::read_to_string("docs/security.md").unwrap(), functions());
    let chapter = text.split("\n## ").find(|chapter| chapter.starts_with("What was tried\n")).unwrap();
    let rows: Vec<_> = chapter.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 20, "{} attacks", rows.len());
    for row in rows {
        let shown = named(row.rsplit(" | ").next().unwrap());
        assert!(!shown.is_empty() && shown.iter().all(|name| functions.contains(*name)), "{row}");
    }
}
