//! Layer: pure. Who is told what, who was too slow, and what can be told again.

use super::*;

fn hub() -> Arc<Hub> {
    Arc::new(Hub::default())
}

fn names(subscription: &mut Subscription) -> Vec<String> {
    std::iter::from_fn(|| subscription.rx.try_recv().ok()).map(|told| told.data.clone()).collect()
}

fn call(id: &str) -> CallId {
    id.parse().unwrap()
}

#[test]
fn who_follows_one_call_is_told_of_that_one() {
    let hub = hub();
    let mut all = hub.subscribe(None, None).unwrap();
    let mut one = hub.subscribe(Some(call("a")), None).unwrap();
    assert!(hub.follows(&call("a")) && !hub.follows(&call("b")));
    hub.tell(Some(&call("a")), "call.started", &1.into());
    hub.tell_followers(&call("a"), 1, "state", &2.into());
    hub.tell_followers(&call("b"), 1, "state", &3.into());
    assert_eq!(names(&mut all), ["1"]);
    assert_eq!(names(&mut one), ["2"]);
    hub.call_over(&call("a"));
    assert!(one.rx.try_recv().is_err_and(|e| e == mpsc::error::TryRecvError::Disconnected));
    assert!(!one.slow.is_cancelled());
    assert!(all.rx.try_recv().is_err_and(|e| e == mpsc::error::TryRecvError::Empty));
}

#[test]
fn who_does_not_read_is_dropped_and_the_others_are_not() {
    let hub = hub();
    let mut slow = hub.subscribe(None, None).unwrap();
    let mut quick = hub.subscribe(None, None).unwrap();
    for n in 0..WAITING + 5 {
        hub.tell(None, "health", &n.into());
        assert_eq!(names(&mut quick), [n.to_string()]);
    }
    assert!(slow.slow.is_cancelled() && !quick.slow.is_cancelled());
    assert_eq!(names(&mut slow).len(), WAITING, "what waited is still there");
}

#[test]
fn what_was_missed_is_told_again_as_far_as_it_is_kept() {
    let hub = hub();
    hub.tell(None, "health", &0.into());
    let first = hub.lock().ring[0].id.clone();
    for n in 1..RING {
        hub.tell(None, "health", &n.into());
    }
    let again = hub.subscribe(None, Some(&first)).unwrap();
    assert_eq!((again.missed.len(), again.gap), (RING - 1, false));
    assert_eq!(again.missed[0].data, "1");
    hub.tell(None, "health", &RING.into());
    let last = hub.lock().ring[RING - 1].id.clone();
    let again = hub.subscribe(None, Some(&first)).unwrap();
    assert_eq!((again.missed.len(), again.gap), (RING, false), "the first is gone, and was received");
    hub.tell(None, "health", &RING.into());
    assert!(hub.subscribe(None, Some(&first)).unwrap().gap, "the second is gone");
    assert_eq!(hub.subscribe(None, Some(&last)).unwrap().missed.len(), 1);
    for nonsense in ["", "-", "7", "zz-1", "ffff-1", &format!("{first}9999"), "\u{e4}-\u{e4}"] {
        let lost = hub.subscribe(None, Some(nonsense)).unwrap();
        assert!(lost.gap && lost.missed.is_empty(), "{nonsense}");
    }
    let fresh = hub.subscribe(None, None).unwrap();
    assert!(!fresh.gap && fresh.missed.is_empty());
}

#[test]
fn there_are_only_so_many_subscribers_and_places_come_free() {
    let hub = hub();
    let all: Vec<_> = (0..MOST_SUBSCRIBERS).map(|_| hub.subscribe(None, None).unwrap()).collect();
    assert_eq!(hub.subscribe(None, None).err(), Some(Full::Subscribers));
    let gone = all[0].gone.clone();
    drop(all);
    assert!(gone.is_cancelled());
    assert!(hub.subscribe(None, None).is_ok());
    hub.close();
    assert_eq!(hub.subscribe(None, None).err(), Some(Full::Closed));
}

#[test]
fn a_deleted_call_is_not_told_again() {
    let hub = hub();
    for id in ["a", "b", "a"] {
        hub.tell(Some(&call(id)), "call.started", &id.into());
    }
    let first = hub.lock().ring[0].id.clone();
    hub.forget(&call("a"));
    let again = hub.subscribe(None, Some(&first)).unwrap();
    assert_eq!(again.missed.iter().map(|t| t.data.as_str()).collect::<Vec<_>>(), ["\"b\""]);
}
