//! Layer: real. The other side is sent on to somebody else, or sends us: by REFER, with everything that may go wrong.

use std::time::Duration;

use tom_peers::there;
use tom_sip::{Ask, CallEvent, Dial, EndedBy, Incoming, Options, Phone, Transport};

use crate::common::{Agent, PATIENCE, options, plays, sdp, sipp};
use crate::names::{Manner, Names, Rr};
use crate::places::{Registrar, here};

/// Whom we are sent to may have several places as well: the first says nothing, the second has no time.
#[tokio::test]
async fn who_is_called_in_somebodys_place_is_looked_for_at_the_next_place_too() {
    let (mute, busy) =
        (Registrar::start(None).await, Registrar::start(Some("503 Service Unavailable")).await);
    let person = Agent::start(options(Transport::Udp)).await;
    let names = Names::start(
        Manner::Good,
        &[
            ("_sip._udp.example.test", Rr::Srv(1, 0, mute.port(), "a.example.test")),
            ("_sip._udp.example.test", Rr::Srv(2, 0, busy.port(), "a.example.test")),
            ("_sip._udp.example.test", Rr::Srv(3, 0, person.address.port(), "a.example.test")),
            ("a.example.test", here()),
        ],
    )
    .await;
    let ours = Options {
        refer: true,
        name_servers: vec![names.address],
        t1: Duration::from_millis(60),
        ..options(Transport::Udp)
    };
    let (ours, mut incoming) = Phone::start(ours).await.unwrap();
    let (theirs, _incoming) = Phone::start(options(Transport::Udp)).await.unwrap();
    let to = format!("sip:tom@{}", ours.listens()[0].1);
    let mut asks = theirs.dial(Dial { to, offer: sdp("sendrecv"), ..Dial::default() }).await.unwrap();
    let (_, mut call) = tokio::time::timeout(PATIENCE, incoming.next()).await.unwrap().unwrap();
    call.ask(Ask::Answer(sdp("sendrecv"))).await.unwrap();
    assert!(matches!(asks.event().await, Some(CallEvent::Answered { .. })));
    asks.ask(Ask::Transfer { to: "sip:bert@example.test".into() }).await.unwrap();
    let moved = async {
        loop {
            match call.event().await.unwrap() {
                CallEvent::Referred { .. } => {
                    call.ask(Ask::Follow { offer: sdp("sendrecv") }).await.unwrap();
                }
                CallEvent::Answer { .. } => return,
                other => assert!(!matches!(other, CallEvent::OfferRefused { .. }), "{other:?}"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, moved).await.expect("it never gets there");
    assert!(mute.told("INVITE").is_some() && busy.told("INVITE").is_some());
    assert_eq!(person.seen(), ["invited bert"]);
    // The one who asked hears how it went, and is let go.
    let mut told = Vec::new();
    let over = async {
        loop {
            match asks.event().await.unwrap() {
                CallEvent::Transfer { status } => told.push(status),
                CallEvent::Ended(ended) => return ended,
                _ => {}
            }
        }
    };
    let ended = tokio::time::timeout(PATIENCE, over).await.expect("nobody lets them go");
    assert_eq!((ended.by, told.last()), (EndedBy::Peer, Some(&200)), "{told:?}");
}

/// A user agent that goes where it is sent.
async fn follower() -> Agent {
    Agent::start(Options { refer: true, ..options(Transport::Udp) }).await
}

/// What became of transfers of ours, as they were told.
fn outcomes(agent: &Agent) -> Vec<String> {
    agent.seen().into_iter().filter(|seen| seen.starts_with("transfer ")).collect()
}

#[tokio::test]
async fn whoever_does_not_connect_them_says_so_and_the_call_goes_on() {
    if !there("sipp") {
        return;
    }
    for (scenario, status, end) in [
        ("transfer_refused", 603, "ended by peer"),
        ("transfer_not_done", 501, "ended by peer"),
        ("transfer_not_allowed", 405, "ended by peer"),
        ("transfer_no_time", 503, "ended by peer"),
        // Who knows nothing of the call any more has lost it: it is over for us as well.
        ("transfer_unknown", 481, "ended by lost"),
    ] {
        let agent = Agent::start(options(Transport::Udp)).await;
        plays(scenario, &[&agent.address.to_string(), "-s", "transfer"]).await;
        agent.wait_for(end).await;
        assert_eq!(outcomes(&agent), [format!("transfer {status}")], "{scenario}");
    }
}

#[tokio::test]
async fn whoever_tries_and_does_not_get_through_tells_why_and_the_call_goes_on() {
    if !there("sipp") {
        return;
    }
    for (outcome, status) in [
        ("404 Not Found", 404),
        ("480 Temporarily Unavailable", 480),
        ("486 Busy Here", 486),
        ("503 Service Unavailable", 503),
        ("600 Busy Everywhere", 600),
        ("603 Decline", 603),
    ] {
        let agent = Agent::start(options(Transport::Udp)).await;
        let number = ["-s", "transfer", "-key", "outcome", outcome];
        plays("transfer_fails", &[&[&*agent.address.to_string()], &number[..]].concat()).await;
        agent.wait_for("ended by peer").await;
        let wanted = [100, 100, 180, status].map(|status| format!("transfer {status}"));
        assert_eq!(outcomes(&agent), wanted, "the REFER was taken, and then step by step");
    }
}

#[tokio::test]
async fn callers_may_leave_in_the_middle_and_odd_news_change_nothing() {
    if !there("sipp") {
        return;
    }
    let agent = Agent::start(options(Transport::Udp)).await;
    let to = agent.address.to_string();
    plays("transfer_left", &[&to, "-s", "transfer"]).await;
    agent.wait_for("ended by peer").await;
    assert_eq!(outcomes(&agent), ["transfer 100", "transfer 180"]);
    let agent = Agent::start(options(Transport::Udp)).await;
    let to = agent.address.to_string();
    plays("transfer_news", &[&to, "-s", "transfer"]).await;
    agent.wait_for("ended by us").await;
    assert_eq!(outcomes(&agent), ["transfer 100", "transfer 200"]);
}

#[tokio::test]
async fn who_sends_us_on_is_told_every_step_and_let_go() {
    if !there("sipp") {
        return;
    }
    let agent = follower().await;
    let target = sipp("dial_answer", &[]);
    let port = target.port().to_string();
    let to = agent.address.to_string();
    plays("refer_followed", &[&to, "-s", "follow", "-key", "target", &port]).await;
    target.good().await.unwrap();
    agent.wait_for("ended by us").await;
    assert_eq!(agent.seen(), ["invited follow", "sent to bert", "answer", "ended by us"]);
}

#[tokio::test]
async fn who_sends_us_to_somebody_who_does_not_take_the_call_keeps_us() {
    if !there("sipp") {
        return;
    }
    for (scenario, status) in [("dial_busy", 486), ("dial_declined", 603), ("dial_not_found", 404)] {
        let agent = follower().await;
        let target = sipp(scenario, &[]);
        let port = target.port().to_string();
        let to = agent.address.to_string();
        plays("refer_not_reached", &[&to, "-s", "tom", "-key", "target", &port]).await;
        target.good().await.unwrap();
        agent.wait_for("ended by peer").await;
        let there = format!("not there {status}");
        assert_eq!(agent.seen(), ["invited tom", "sent to bert", &there, "ended by peer"]);
    }
}

/// A telephone that waits to be called.
async fn person() -> (Phone, Incoming, String) {
    let (phone, incoming) = Phone::start(options(Transport::Udp)).await.unwrap();
    let port = phone.listens()[0].1.port().to_string();
    (phone, incoming, port)
}

#[tokio::test]
async fn who_sends_us_on_may_hang_up_while_it_rings_there() {
    if !there("sipp") {
        return;
    }
    for answers in [true, false] {
        let agent = follower().await;
        let (_phone, mut incoming, port) = person().await;
        let to = agent.address.to_string();
        let sipp = sipp("refer_and_leave", &[&to, "-s", "tom", "-key", "target", &port]);
        let (invitation, mut call) =
            tokio::time::timeout(PATIENCE, incoming.next()).await.expect("nobody calls").unwrap();
        assert!(invitation.header("Referred-By").is_some_and(|by| by.contains("sip:anna@")));
        call.ask(Ask::Ringing).await.unwrap();
        // They have left when their scenario is over.
        sipp.good().await.unwrap();
        if answers {
            call.ask(Ask::Answer(sdp("sendrecv"))).await.unwrap();
            agent.wait_for("answer").await;
            call.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
        } else {
            call.ask(Ask::Reject { status: 480, reason: String::new(), retry_after: None }).await.unwrap();
        }
        agent.wait_for("ended by peer").await;
        while call.event().await.is_some() {}
    }
}
