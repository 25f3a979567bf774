//! Layer: pure. What the README says about scripts is understood by the parser.

use tom_sim::{Script, Suite};

const README: &str = include_str!("../README.md");

#[test]
fn its_examples_are_scripts() {
    let suite = Suite::parse(README, "README.md").unwrap();
    assert!(!suite.cases.is_empty());
    for case in &suite.cases {
        Script::parse(&case.text, "README.md", case.line).unwrap();
    }
}

/// Everything in backticks in the first column of a table that is a whole line.
#[test]
fn the_lines_in_its_tables_are_understood() {
    let rows = README.lines().filter(|line| line.starts_with("| `"));
    let mut seen = 0;
    for row in rows {
        let cell = row[2..].split(" | ").next().unwrap();
        for line in cell.split('`').skip(1).step_by(2) {
            let beginnings =
                ["at ", "reply ", "stt ", "llm ", "tts ", "partials ", "pace ", "lead ", "turn ", "until "];
            if beginnings.iter().any(|b| line.starts_with(b)) && line != "reply to silence" {
                let script =
                    if line.starts_with("at ") { line.to_owned() } else { format!("{line}\nat 0 answer") };
                Script::parse(&script, "README.md", 1).unwrap();
                seen += 1;
            }
        }
    }
    assert!(seen > 25, "only {seen} lines found");
}
