//! Layer: sim. A call that was held becomes a case in one step, and the case gives the same call.
#![cfg(test)]

use tom_sim::{Script, Source, Suite, export, play};

const CALL: &str = r#"
reply "What is your telephone number?" then listen digits 11
reply "Thank you." then hangup
at 0 answer
at 3 caller says "zero three zero" pause 0.9 "one two three four" pause 0.9 "five six seven eight"
"#;

#[test]
fn a_journal_becomes_a_case_that_gives_the_same_timeline() {
    let played = play(&Script::parse(CALL, "export", 1).unwrap());
    assert_eq!(played.problems, [""; 0]);
    let case = export(&played.journal, "A number, cut off", "It must be one number.").unwrap();
    let markdown = format!("# Exported calls\n\nFrom the field.\n\n{case}");

    let suite = Suite::parse(&markdown, "exported.md").unwrap();
    assert_eq!(suite.cases.len(), 1);
    let case = &suite.cases[0];
    assert_eq!((case.name.as_str(), case.prose.as_str()), ("A number, cut off", "It must be one number."));
    assert_eq!(case.source, Source::Journal);
    assert_eq!(case.timeline.as_deref().map(str::trim_end), Some(played.timeline.trim_end()));

    let again = case.play("exported.md").unwrap();
    assert_eq!(again.timeline, played.timeline);
    assert_eq!(suite.with_timelines(&markdown, std::slice::from_ref(&again.timeline)), markdown);
}

/// The exported case of a call.
fn exported(call: &str) -> String {
    let played = play(&Script::parse(call, "export", 1).unwrap());
    export(&played.journal, "A number", "It is hidden.").unwrap()
}

#[test]
fn no_keyed_telephone_number_is_in_an_exported_call() {
    let case = exported(
        "reply \"Your number?\" then listen digits 11\nreply \"Thank you.\" then hangup\n\
         at 0 answer\nat 2 keys 03012345678\n",
    );
    assert!(!case.contains("345") && case.contains("presses"), "{case}");
}

#[test]
fn no_telephone_number_dictated_in_groups_is_in_an_exported_call() {
    let case = exported(CALL);
    assert!(!case.contains("five six seven"), "{case}");
}

#[test]
fn a_journal_with_a_gap_is_refused_with_its_line() {
    let played = play(&Script::parse(CALL, "export", 1).unwrap());
    let mut lines: Vec<_> = played.journal.lines().collect();
    lines.insert(5, "gap");
    let journal = lines.join("\n");
    assert!(
        export(&journal, "A gap", "").unwrap_err().to_string().starts_with("line 6: inputs were lost here")
    );

    let markdown = format!("# A gap\n\n```journal\n{journal}\n```\n");
    let suite = Suite::parse(&markdown, "gap.md").unwrap();
    let error = suite.cases[0].play("gap.md").unwrap_err().to_string();
    assert!(error.starts_with("gap.md:9: in the journal, line 6: inputs were lost"), "{error}");
}
