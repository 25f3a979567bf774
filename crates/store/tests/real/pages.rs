//! Layer: real. Pages of calls through a real file give what a filter over the whole list would give.

use crate::common::{call, keeping};
use proptest::prelude::*;
use tom_store::{Action, Call, Detail, Filter, Key, Reader, State};

fn of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

const TRANSPORTS: &[&str] = &["ws", "twilio"];
const LANGUAGES: &[&str] = &["de", "en", "de-at", "den"];
const VARIANTS: &[&str] = &["v1a", "v2"];
const REASONS: &[&str] = &["caller", "agent", "lost"];
const OUTCOMES: &[&str] = &["message", "transfer", "rating"];
const PARTS: &[&str] = &["a", "B", "%", "_", "a_", "Z", "'", "\u{e4}", ""];

/// Few beginnings, so that many calls begin at the same moment.
fn detail() -> impl Strategy<Value = Detail> {
    let id = "[abAB_%]{1,4}";
    let words = (of(TRANSPORTS), of(LANGUAGES), of(VARIANTS), of(REASONS));
    let actions = prop::collection::vec(of(OUTCOMES), 0..3);
    (id, 0_u64..8, words, prop::option::of(1_u8..=5), actions).prop_map(|(id, at, words, rating, actions)| {
        let (transport, language, variant, reason) = words;
        let call = Call { transport, language, variant, reason: Some(reason), rating, ..call(&id, at) };
        let mut outcomes: Vec<String> = actions.clone();
        outcomes.sort();
        outcomes.dedup();
        let call = Call { outcomes, ..call };
        let actions = actions.into_iter().map(|kind| Action { kind, data: None }).collect();
        Detail { call, turns: Vec::new(), actions }
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    let some = |words| prop::option::weighted(0.25, of(words));
    let state = prop::option::weighted(0.25, prop::sample::select(&State::ALL[..]));
    let words =
        (some(TRANSPORTS), some(LANGUAGES), some(VARIANTS), some(REASONS), some(OUTCOMES), some(PARTS));
    let numbers = (
        prop::option::weighted(0.2, 1_u8..=5),
        prop::option::weighted(0.2, 0_u64..9),
        prop::option::weighted(0.2, 0_u64..9),
    );
    (state, words, numbers).prop_map(|(state, words, (rating, from_ms, to_ms))| {
        let (transport, language, variant, reason, outcome, q) = words;
        Filter { state, transport, language, variant, reason, outcome, rating, from_ms, to_ms, q }
    })
}

/// All pages, one after the other.
fn walk(reader: &Reader, filter: &Filter, limit: usize) -> Vec<Call> {
    let mut all: Vec<Call> = Vec::new();
    loop {
        let after = all.last().map(key);
        let page = reader.calls(filter, after.as_ref(), limit).unwrap();
        assert!(page.len() <= limit);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

fn key(call: &Call) -> Key {
    Key { started_ms: call.started_ms, id: call.id.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn pages_are_the_filtered_list_cut_into_pieces(
        details in prop::collection::vec(detail(), 0..40),
        filters in prop::collection::vec(filter(), 1..6),
        limit in 1_usize..7,
    ) {
        let home = tempfile::tempdir().unwrap();
        let store = keeping(&home.path().join("tom.db"), false);
        let mut wanted = std::collections::BTreeMap::new();
        for detail in details {
            store.ended(detail.clone());
            wanted.insert(std::cmp::Reverse(key(&detail.call)), detail);
        }
        store.flush().unwrap();
        for filter in filters.iter().chain([&Filter::default()]) {
            let wanted: Vec<Call> =
                wanted.values().filter(|d| filter.admits(d)).map(|d| d.call.clone()).collect();
            prop_assert_eq!(walk(&store.reader(), filter, limit), wanted, "{:?}", filter);
        }
    }
}
