//! Layer: pure. Messages come in order, a full queue takes none, and each end learns that the other is gone.

use std::time::Duration;

use super::*;

fn number(message: &Outbound) -> u32 {
    match message {
        Outbound::Mark(n) => *n,
        other => panic!("only marks were sent: {other:?}"),
    }
}

#[test]
fn messages_come_in_order_and_a_full_queue_takes_no_more() {
    let (sender, mut messages) = queue(3);
    for n in 0..3 {
        sender.send_now(|| Some(Outbound::Mark(n))).unwrap();
    }
    assert_eq!(sender.send_now(|| unreachable!("there is no room")), Err(NotTaken::Full));
    for n in 0..3 {
        assert_eq!(number(&messages.try_recv().unwrap()), n);
    }
    assert!(messages.try_recv().is_none());
    sender.send_now(|| Some(Outbound::Mark(7))).unwrap();
    assert_eq!(number(&messages.try_recv().unwrap()), 7);
}

#[test]
fn a_queue_that_was_long_gives_its_room_back() {
    let (sender, mut messages) = queue(64);
    for n in 0..64 {
        sender.send_now(|| Some(Outbound::Mark(n))).unwrap();
    }
    while messages.try_recv().is_some() {}
    assert!(messages.0.queue().waiting.capacity() < LARGE);
}

#[tokio::test]
async fn who_waits_is_woken_by_a_message_by_room_and_by_the_end() {
    let (sender, mut messages) = queue(1);
    let reader = tokio::spawn(async move {
        let mut got = Vec::new();
        while let Some(message) = messages.recv().await {
            got.push(number(&message));
            tokio::task::yield_now().await;
        }
        got
    });
    let sent = async move {
        for n in 0..100 {
            sender.send(Outbound::Mark(n)).await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), sent).await.expect("there is room again and again");
    let got = tokio::time::timeout(Duration::from_secs(20), reader).await.expect("it ends").unwrap();
    assert_eq!(got, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn who_sends_learns_that_nobody_reads() {
    let (sender, messages) = queue(1);
    sender.send(Outbound::Mark(1)).await.unwrap();
    let waits = tokio::spawn(async move { (sender.send(Outbound::Mark(2)).await, sender) });
    tokio::task::yield_now().await;
    drop(messages);
    let (sent, sender) =
        tokio::time::timeout(Duration::from_secs(20), waits).await.expect("it is woken").unwrap();
    assert_eq!(sent, Err(NotTaken::Gone));
    assert_eq!(sender.send_now(|| Some(Outbound::Mark(3))), Err(NotTaken::Gone));
}
