//! Layer: pure. What is found out of a template before it is used.

use tom_worker_llama::form::{Chat, Form, FormError};

use crate::{template, words};

#[test]
fn a_template_shows_what_it_can_write() {
    for (name, system, tools) in [
        ("qwen2", true, true),
        ("qwen3", true, true),
        // Calls that are not between marks are not read back.
        ("llama3", true, false),
        // Its system's message moves from turn to turn.
        ("mistral", false, false),
        ("gemma", false, false),
        ("phi", true, false),
    ] {
        let form = Form::open(template(name), words()).unwrap();
        assert_eq!((form.system, form.tools), (system, tools), "{name}");
    }
}

#[test]
fn a_template_that_is_none_is_told_with_the_line() {
    let failed = |text: &str| Form::open(text, words()).unwrap_err();
    let detail = failed("{{ messages | odd }}").detail();
    assert!(detail.contains("unknown filter in line 1") && detail.contains("odd"), "{detail}");
    let detail = failed("a\n{% for m in messages %}").detail();
    assert!(detail.starts_with("syntax error in line "), "{detail}");
    let detail = failed("\n{{ raise_exception('not\n\u{1b}[31me') }}").detail();
    assert_eq!(detail, "invalid operation in line 2: not  [31me");
    assert_eq!(failed("always the same"), FormError::Silent("all that was said"));
    assert_eq!(failed("{{ messages[0].content }}"), FormError::Silent("all that was said"));
    // Files and other templates are out of reach.
    for text in ["{% include '/etc/passwd' %}", "{% import 'a' as b %}", "{% extends 'a' %}"] {
        assert!(failed(text).detail().starts_with("syntax error"), "{text}");
    }
}

#[test]
fn what_a_caller_said_is_not_in_what_is_told_of_a_failure() {
    let text = "{% for m in messages %}{{ m.content }}{% if m.content == 'secret' %}{{ raise_exception(m.content) }}{% endif %}\
                {% endfor %}";
    let form = Form::open(text, words()).unwrap();
    let error = form.write(Chat::said([("user", "secret")])).unwrap_err();
    assert_eq!(error.to_string(), "invalid operation in line 1");
    // The next conversation is written.
    assert_eq!(form.write(Chat::said([("user", "a")])), Ok("a".into()));
}
