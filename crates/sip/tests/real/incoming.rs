//! Layer: real. sipp calls us, in every way a scenario tells.

use tom_peers::there;
use tom_sip::Transport;

use crate::common::{Agent, options, plays};

/// Runs scenarios one after the other against one user agent; each calls a number that says what is done.
async fn run(agent: &Agent, scenarios: &[(&str, &str)]) {
    for (scenario, number) in scenarios {
        plays(scenario, &[&agent.address.to_string(), "-s", number]).await;
    }
}

#[tokio::test]
async fn calls_begin_and_end_in_every_order() {
    if !there("sipp") {
        return;
    }
    let agent = Agent::start(options(Transport::Udp)).await;
    let scenarios = [
        ("call", "tom"),
        ("cancel", "ring"),
        ("busy", "busy"),
        ("cancel_too_late", "tom"),
        ("we_hang_up", "short"),
        ("lost_ack", "tom"),
        ("late_offer", "tom"),
        ("late_offer_without_answer", "tom"),
        ("reliable", "early"),
        ("reliable_wrong", "early"),
    ];
    run(&agent, &scenarios).await;
    let seen = agent.seen();
    assert!(seen.contains(&"ended by cancelled".to_owned()), "{seen:?}");
    assert_eq!(seen.iter().filter(|seen| *seen == "invited tom").count(), 5, "{seen:?}");
    assert!(seen.contains(&"answer".to_owned()), "the late answer is told: {seen:?}");
}

#[tokio::test]
async fn sessions_change_while_the_call_runs() {
    if !there("sipp") {
        return;
    }
    let agent = Agent::start(options(Transport::Udp)).await;
    let scenarios = [
        ("hold", "tom"),
        ("hold_by_update", "tom"),
        ("update_refresh", "tom"),
        ("offer_wanted", "tom"),
        ("refused_change", "tom"),
        ("pending", "tom"),
        ("we_hold", "holding"),
        ("glare", "holding"),
    ];
    run(&agent, &scenarios).await;
    let seen = agent.seen();
    assert_eq!(seen.iter().filter(|seen| *seen == "offer taken").count(), 3, "{seen:?}");
    assert_eq!(seen.iter().filter(|seen| *seen == "offer refused").count(), 1, "{seen:?}");
    assert_eq!(seen.iter().filter(|seen| *seen == "answer").count(), 3, "{seen:?}");
}

#[tokio::test]
async fn keys_and_transfers_are_told() {
    if !there("sipp") {
        return;
    }
    let agent = Agent::start(options(Transport::Udp)).await;
    run(&agent, &[("keys_by_info", "tom"), ("transfer", "transfer"), ("refer", "tom")]).await;
    let seen = agent.seen();
    for event in ["key 5", "key #", "transfer 100", "transfer 200"] {
        assert!(seen.iter().any(|seen| seen == event), "{event}: {seen:?}");
    }
}

#[tokio::test]
async fn what_we_do_not_do_is_answered_as_the_rfcs_say() {
    if !there("sipp") {
        return;
    }
    let agent = Agent::start(options(Transport::Udp)).await;
    let scenarios = [
        "options",
        "options_inside",
        "unknown_method",
        "subscribe",
        "register",
        "message",
        "publish",
        "unknown_call",
        "wrong_tag",
        "cancel_of_nothing",
        "info_of_another_kind",
        "no_sdp",
        "extension",
        "session_too_small",
        "out_of_order",
        "notify",
        "scheme",
        "version",
        "length",
        "replaces_unknown",
    ];
    let scenarios = scenarios.map(|scenario| (scenario, "tom"));
    run(&agent, &scenarios).await;
    assert_eq!(agent.counted("method"), 5);
    assert_eq!(agent.counted("extension"), 1);
}

#[tokio::test]
async fn strangers_and_callers_at_a_bad_time_are_refused() {
    if !there("sipp") {
        return;
    }
    let mut strict = options(Transport::Udp);
    strict.allow = vec!["192.0.2.0/24".parse().unwrap()];
    let agent = Agent::start(strict).await;
    run(&agent, &[("stranger", "tom")]).await;
    assert!(agent.counted("not_allowed") >= 1);
    assert_eq!(agent.seen(), Vec::<String>::new());

    let agent = Agent::start(options(Transport::Udp)).await;
    agent.phone.close(true).await;
    run(&agent, &[("options_closed", "tom"), ("call_closed", "tom")]).await;
    agent.phone.close(false).await;
    run(&agent, &[("call", "tom")]).await;
}
