//! Layer: pure. A template out of a hostile file neither hangs nor takes the memory, and the next one works.

use proptest::prelude::*;
use tom_worker_llama::form::{Chat, Form, FormError};

use crate::{template, words};

/// A template that writes what was said, then something else.
pub(crate) fn after(what: &str) -> String {
    format!("{{% for m in messages %}}{{{{ m.content }}}}{{% endfor %}}{what}")
}

fn error(what: &str) -> FormError {
    Form::open(&after(what), words()).map(|_| what.to_owned()).unwrap_err()
}

#[test]
fn loops_end_where_the_fuel_does() {
    for what in [
        "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}",
        "{% macro again(n) %}{% for x in range(9) %}{{ again(n + 1) }}{% endfor %}{% endmacro %}{{ again(0) }}",
        "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    ] {
        let FormError::Failed { what, detail } = error(what) else { panic!("{what}") };
        assert!(
            what.contains("uses more than a template may") || detail.contains("recursion"),
            "{what}: {detail}"
        );
    }
}

#[test]
fn values_inside_values_overflow_no_stack() {
    let deep = |times: usize, then: &str| {
        let (open, close) = ("[".repeat(60), "]".repeat(60));
        let what = format!(
            "{{% set ns = namespace(x=[]) %}}{{% for i in range({times}) %}}{{% set ns.x = {open}ns.x{close} %}}{{% endfor %}}{then}"
        );
        Form::open(&after(&what), words())
            .map(|form| form.write(Chat::said([("user", "a")])).map(|text| text.len()))
    };
    for then in [
        "",
        "{{ ns.x }}",
        "{{ ns.x ~ 'a' }}",
        "{{ ns.x == [ns.x] }}",
        "{{ ns.x | tojson }}",
        "{{ ns.x | sort }}",
        "{{ {ns.x: 1} }}",
    ] {
        for times in [100, 1_300, 9_000] {
            match deep(times, then) {
                Ok(Ok(_)) | Err(FormError::Failed { .. }) => {}
                other => panic!("{then} {times}: {other:?}"),
            }
        }
    }
}

/// Pieces of templates, as likely as not in a senseless order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{% for m in messages %}",
        "{% endfor %}",
        "{% if m.role == 'user' %}",
        "{% else %}",
        "{% endif %}",
        "{{ m.content }}",
        "{{ messages[::-1] | tojson(indent=3) }}",
        "{% set ns = namespace(a=[messages]) %}",
        "{% set ns.a = [ns.a, ns.a] %}",
        "{{ ns.a }}",
        "{% macro f(x) %}",
        "{% endmacro %}",
        "{{ f(f(1)) }}",
        "{% generation %}",
        "{%- endgeneration -%}",
        "{{ strftime_now('%Q %e') }}",
        "{{ raise_exception(messages) }}",
        "{{ 'ä' * 3 ~ -1 ** 2 // 0 }}",
        "{{ messages[-1:0:-2].content.split() }}",
        "{% filter replace('a', 'bb') %}",
        "{% endfilter %}",
        "{% break %}",
        "{{ range(99999) | batch(3) | list | length }}",
        "{% raw %}",
        "{# ",
        " #}",
        "{{",
        "}}",
        "{%",
        "%}",
        "-",
        "\n  ",
        "é😀",
        "{{ bos_token.strip('<').title() }}",
        "{{ tools or (1 if x else messages.items()) }}",
        "{{ 'abc'[m:9] }}",
        "{{ loop.cycle(1, loop) }}",
        "{% call f(2) %}",
        "{% endcall %}",
        "{{ messages | groupby('role') | map('first') | list }}",
    ]);
    prop::collection::vec(piece, 0..14).prop_map(|all| all.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_template_comes_to_an_end(template in prop_oneof![pieces(), "\\PC{0,60}", "\\{[{%#]\\PC{0,40}[}%#]\\}"], texts: Vec<(String, String)>) {
        // What does not come back is a hang, which the test would not survive.
        if let Ok(form) = Form::untried(&template, words()) {
            let chat = || Chat::said(texts.iter().take(20).map(|(role, text)| (&**role, &**text)));
            let first = form.write(chat());
            prop_assert_eq!(first.clone(), form.write(chat()));
            prop_assert!(!matches!(first, Err(FormError::Broke)), "it panicked");
        }
        let _ = Form::open(&template, words());
    }

    #[test]
    fn any_conversation_is_written_as_it_was_said(texts in prop::collection::vec("[^\\x00]{0,30}", 1..12)) {
        let roles = ["user", "assistant"].into_iter().cycle();
        let form = Form::open(template("qwen2"), words()).unwrap();
        let written = form.write(Chat::said(roles.zip(texts.iter().map(|text| &**text)))).unwrap();
        let mut rest = &*written;
        for text in &texts {
            let whole = format!("\n{text}<|im_end|>\n");
            prop_assert!(rest.contains(&whole), "{rest:?} has no {text:?}");
            rest = &rest[rest.find(&whole).unwrap() + whole.len()..];
        }
        prop_assert_eq!(rest, "<|im_start|>assistant\n");
    }
}
