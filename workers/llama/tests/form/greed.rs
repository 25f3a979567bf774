//! Layer: pure. A template out of a hostile file does not take the machine's memory.

use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicUsize, Ordering};

use tom_worker_llama::form::{Chat, Form, FormError, Limited};

use crate::hostile::after;
use crate::{template, words};

/// The allocator of the worker's program; it counts what is taken and the most that ever was.
struct Counting;

static TAKEN: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator that counts cannot be written without")]
// SAFETY: everything is handed to the worker's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        MOST.fetch_max(TAKEN.fetch_add(layout.size(), Ordering::Relaxed) + layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise about `layout` is handed on.
        unsafe { Limited.alloc(layout) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are handed on.
        unsafe { Limited.dealloc(old, layout) }
    }
}

#[test]
fn memory_ends_before_the_machines_does() {
    let double = |first: &str, step: &str, last: &str| {
        format!(
            "{{% set ns = namespace(x={first}) %}}{{% for i in range(60) %}}{{% set ns.x = {step} %}}{{% endfor %}}{last}"
        )
    };
    for what in [
        double("'aaaa'", "ns.x ~ ns.x", "{{ ns.x }}"),
        double("'aaaa'", "ns.x + ns.x", ""),
        double("'aaaa'", "[ns.x, ns.x] | join", ""),
        double("'aaaa'", "'%s%s' | format(ns.x, ns.x)", ""),
        double("'aaaa'", "ns.x | replace('a', 'aa')", ""),
        double("'aaaa'", "(ns.x | tojson) | tojson", ""),
        double("'aaaa'", "ns.x.join([1, 2, 3])", ""),
        double("'aaaa'", "ns.x | indent(99, true) ~ '\\n'", ""),
        double("[1]", "(ns.x + ns.x) | list", ""),
        double("[1]", "[ns.x, ns.x]", "{{ ns.x }}"),
        double("[1]", "[ns.x, ns.x]", "{{ ns.x | tojson }}"),
        double("[1]", "[ns.x, ns.x]", "{{ ns.x ~ 1 }}"),
        double("[1]", "[ns.x, ns.x]", "{{ ns.x | string | length }}"),
        double("7", "ns.x * ns.x", ""),
        "{{ 9 ** 9 ** 9 }}".into(),
        "{{ 'a' * 99999999 }}".into(),
        "{{ ('a' * 99999).split('') | list | length }}".into(),
        "{% set b = 'a' * 4000 %}{% for i in range(9000) %}{{ b | replace('a', b) }}{% endfor %}".into(),
        "{% for i in range(90000) %}{{ 'a' * 4000 }}{% endfor %}".into(),
        "{% for i in range(90000) %}{% set x %}{{ 'a' * 4000 }}{% endset %}{% endfor %}{% for i in range(90000) %}{% endfor %}"
            .into(),
        "{{ range(99999) | map('string') | map('replace', '', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa') | list }}".repeat(9),
        "{{ '%999999999d' | format(1) }}{{ 'a' | indent(999999999) }}{{ 'a' | center(999999999) }}".into(),
        "{{ strftime_now('%999999999d') }}{{ [1] | tojson(indent=999999999) }}".into(),
    ] {
        let before = TAKEN.load(Ordering::Relaxed);
        MOST.store(before, Ordering::Relaxed);
        match Form::open(&after(&what), words()) {
            // What is refused, and what is harmless.
            Err(FormError::Failed { .. } | FormError::Memory) | Ok(_) => {}
            Err(other) => panic!("{what}: {other}"),
        }
        let took = MOST.load(Ordering::Relaxed).saturating_sub(before);
        println!("{:.1} MB: {what:.80}", took as f64 / 1e6);
        // The other tests of this program run meanwhile.
        assert!(took < 200_000_000, "{took} bytes: {what}");
    }
}

#[test]
fn a_template_that_was_stopped_is_not_asked_again() {
    let text = "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}\
                {% for m in messages %}{{ m.content if m.content != 'grow' else ns.x }}{% endfor %}";
    let form = Form::open(text, words()).unwrap();
    assert_eq!(form.write(Chat::said([("user", "a")])), Ok("a".into()));
    assert_eq!(form.write(Chat::said([("user", "grow")])), Err(FormError::Memory));
    assert_eq!(form.write(Chat::said([("user", "a")])), Err(FormError::Memory));
    assert_eq!(form.gone(), Some(FormError::Memory));
    assert!(Form::open(template("qwen2"), words()).is_ok());
}

#[test]
fn what_computes_without_end_and_takes_nothing_is_told() {
    let text = "{% set a = namespace(x=[1]) %}{% set b = namespace(x=[1]) %}{% for i in range(60) %}\
                {% set a.x = [a.x, a.x] %}{% set b.x = [b.x, b.x] %}{% endfor %}\
                {% for m in messages %}{{ m.content if m.content != 'compare' else a.x == b.x }}{% endfor %}";
    let form = Form::open(text, words()).unwrap();
    assert_eq!(form.write(Chat::said([("user", "compare")])), Err(FormError::Time));
    assert_eq!(form.gone(), Some(FormError::Time));
    assert_eq!(form.write(Chat::said([("user", "a")])), Err(FormError::Time));
}
