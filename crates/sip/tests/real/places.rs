//! Layer: real. Servers that have several places, or none: SRV and NAPTR records, failing places, proxies, own certificates.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio_util::task::AbortOnDropHandle;
use tom_sip::{CallEvent, Dial, Ended, EndedBy, Options, Phone, Tls, Transport, Trunk, TrunkState};

use crate::common::{Agent, PATIENCE, options, sdp};
use crate::names::{Manner, Names, Rr};

/// A registrar that answers everything with one status, or nothing at all, and remembers what it was told.
pub(crate) struct Registrar {
    address: SocketAddr,
    told: Arc<Mutex<Vec<String>>>,
    _task: AbortOnDropHandle<()>,
}

impl Registrar {
    pub(crate) async fn start(status: Option<&'static str>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let told = Arc::<Mutex<Vec<String>>>::default();
        let notes = told.clone();
        let task = tokio::spawn(async move {
            let mut bytes = vec![0; 8_192];
            loop {
                let (length, from) = socket.recv_from(&mut bytes).await.unwrap();
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                notes.lock().unwrap().push(text.clone());
                let Some(status) = status.filter(|_| !text.starts_with("ACK") && text.contains("Via")) else {
                    continue;
                };
                let copied = ["Via", "From", "To", "Call-ID", "CSeq", "Contact"];
                let lines = text.lines().filter(|line| copied.iter().any(|name| line.starts_with(name)));
                let reply = format!(
                    "SIP/2.0 {status}\r\n{}\r\nContent-Length: 0\r\n\r\n",
                    lines.collect::<Vec<_>>().join("\r\n")
                );
                socket.send_to(reply.as_bytes(), from).await.unwrap();
            }
        });
        Self { address, told, _task: AbortOnDropHandle::new(task) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn told(&self, method: &str) -> Option<String> {
        self.told.lock().unwrap().iter().find(|text| text.starts_with(method)).cloned()
    }
}

pub(crate) fn here() -> Rr {
    Rr::Host("127.0.0.1".parse().unwrap())
}

fn trunk(registrar: &str, register: bool) -> Trunk {
    Trunk {
        name: "home".into(),
        registrar: registrar.into(),
        username: "line".into(),
        register,
        ..Trunk::default()
    }
}

async fn phone(names: &[&Names], trunk: Option<Trunk>) -> Phone {
    let options = Options {
        trunks: trunk.into_iter().collect(),
        name_servers: names.iter().map(|names| names.address).collect(),
        // A place is given up after eight of these.
        t1: Duration::from_millis(60),
        ..options(Transport::Udp)
    };
    Phone::start(options).await.unwrap().0
}

async fn until(phone: &Phone, wanted: impl Fn(&TrunkState) -> bool) -> TrunkState {
    let there = async {
        loop {
            let state = phone.trunks()[0].state.clone();
            if wanted(&state) {
                return state;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, there).await;
    found.unwrap_or_else(|_| panic!("it stays {:?}", phone.trunks()[0].state))
}

/// Calls, and hangs up when it is answered. How it ended, and whether anybody answered.
async fn call(phone: &Phone, to: &str) -> (bool, Ended) {
    let dial = Dial { to: to.into(), offer: sdp("sendrecv"), ..Dial::default() };
    let mut call = phone.dial(dial).await.unwrap();
    let mut answered = false;
    let over = async {
        loop {
            match call.event().await.unwrap() {
                CallEvent::Answered { .. } => {
                    answered = true;
                    call.ask(tom_sip::Ask::HangUp { reason: String::new() }).await.unwrap();
                }
                CallEvent::Ended(ended) => return ended,
                _ => {}
            }
        }
    };
    let ended = tokio::time::timeout(PATIENCE, over).await.expect("it never ends");
    (answered, ended)
}

/// Of three registrars the first says nothing, the second has no time; the third registers.
#[tokio::test]
async fn a_trunk_registers_at_the_next_place_where_one_fails() {
    let (mute, busy) =
        (Registrar::start(None).await, Registrar::start(Some("503 Service Unavailable")).await);
    let good = Registrar::start(Some("200 OK")).await;
    let names = Names::start(
        Manner::Good,
        &[
            ("example.test", Rr::Naptr(1, 1, "SIP+D2U", "_sip._udp.example.test")),
            ("_sip._udp.example.test", Rr::Srv(3, 0, good.port(), "a.example.test")),
            ("_sip._udp.example.test", Rr::Srv(2, 0, busy.port(), "a.example.test")),
            ("_sip._udp.example.test", Rr::Srv(1, 0, mute.port(), "a.example.test")),
            ("a.example.test", here()),
        ],
    )
    .await;
    let phone = phone(&[&names], Some(trunk("example.test", true))).await;
    until(&phone, |state| matches!(state, TrunkState::Registered { .. })).await;
    assert!(mute.told("REGISTER").is_some() && busy.told("REGISTER").is_some());
    // The goodbye goes where it is registered, and not to those that failed a moment ago.
    let before = mute.told.lock().unwrap().len();
    phone.stop().await;
    let register = |text: &&String| text.starts_with("REGISTER");
    assert_eq!(good.told.lock().unwrap().iter().filter(register).count(), 2);
    assert_eq!(mute.told.lock().unwrap().len(), before);
}

#[tokio::test]
async fn a_call_goes_to_the_next_place_where_one_is_silent_and_the_next_one_at_once() {
    let mute = Registrar::start(None).await;
    let agent = Agent::start(options(Transport::Udp)).await;
    let names = Names::start(
        Manner::Good,
        &[
            ("_sip._udp.example.test", Rr::Srv(1, 0, mute.port(), "a.example.test")),
            ("_sip._udp.example.test", Rr::Srv(2, 0, agent.address.port(), "a.example.test")),
            ("a.example.test", here()),
        ],
    )
    .await;
    let phone = phone(&[&names], None).await;
    let (answered, ended) = call(&phone, "sip:tom@example.test").await;
    assert!(answered, "{ended:?}");
    let first = mute.told("INVITE").expect("the first place was tried first");
    let tried = mute.told.lock().unwrap().len();
    assert!(call(&phone, "sip:tom@example.test").await.0);
    assert_eq!(mute.told.lock().unwrap().len(), tried, "it is passed over for a while");
    // It is the same request under another branch.
    assert!(first.contains("CSeq: 1 INVITE"), "{first}");
    assert_eq!(agent.seen().iter().filter(|seen| *seen == "invited tom").count(), 2);
}

#[tokio::test]
async fn nobody_is_called_twice_who_answered_once() {
    let busy = Registrar::start(Some("486 Busy Here")).await;
    let other = Registrar::start(Some("486 Busy Here")).await;
    let names = Names::start(
        Manner::Good,
        &[
            ("_sip._udp.example.test", Rr::Srv(1, 0, busy.port(), "a.example.test")),
            ("_sip._udp.example.test", Rr::Srv(2, 0, other.port(), "a.example.test")),
            ("a.example.test", here()),
        ],
    )
    .await;
    let (answered, ended) = call(&phone(&[&names], None).await, "sip:tom@example.test").await;
    assert_eq!((answered, ended.by), (false, EndedBy::Busy));
    assert_eq!(other.told("INVITE"), None);
}

#[tokio::test]
async fn who_is_not_found_is_told_with_its_name_and_the_servers() {
    let names = Names::start(Manner::Good, &[]).await;
    let phone = phone(&[&names], Some(trunk("nobody.invalid", true))).await;
    let state = until(&phone, |state| matches!(state, TrunkState::Failed { .. })).await;
    let TrunkState::Failed { reason, .. } = state else { unreachable!("waited for") };
    assert!(reason.contains("nobody.invalid is not known to DNS"), "{reason}");
    let (_, ended) = call(&phone, "sip:tom@nobody.invalid").await;
    assert_eq!(ended.by, EndedBy::Lost);
    assert!(ended.reason.contains("nobody.invalid is not known to DNS"), "{ended:?}");
    assert!(names.asked("nobody.invalid", 35) && names.asked("_sip._tcp.nobody.invalid", 33));
}

#[tokio::test]
async fn silent_name_servers_are_told_by_their_addresses() {
    let names = Names::start(Manner::Silent, &[]).await;
    let phone = phone(&[&names], Some(trunk("nobody.invalid", true))).await;
    let state = until(&phone, |state| matches!(state, TrunkState::Failed { .. })).await;
    let TrunkState::Failed { reason, .. } = state else { unreachable!("waited for") };
    let wanted = format!("no name server answers ({})", names.address);
    assert!(reason.contains(&wanted), "{reason}");
}

#[tokio::test]
async fn a_trunk_goes_through_its_proxy() {
    let proxy = Registrar::start(Some("200 OK")).await;
    let through = Trunk {
        outbound_proxy: Some(format!("127.0.0.1:{}", proxy.port())),
        ..trunk("registrar.invalid", true)
    };
    let phone = phone(&[], Some(through)).await;
    until(&phone, |state| matches!(state, TrunkState::Registered { .. })).await;
    let register = proxy.told("REGISTER").unwrap();
    assert!(register.starts_with("REGISTER sip:registrar.invalid SIP/2.0\r\n"), "{register}");
    let route = format!("Route: <sip:127.0.0.1:{};lr>\r\n", proxy.port());
    assert!(register.contains(&route), "{register}");
    // That it takes no calls properly is not the question here.
    let dial = Dial { to: "4711".into(), offer: sdp("sendrecv"), ..Dial::default() };
    let _call = phone.dial(dial).await.unwrap();
    let invited = async {
        while proxy.told("INVITE").is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, invited).await.expect("no INVITE");
    let invite = proxy.told("INVITE").unwrap();
    assert!(invite.starts_with("INVITE sip:4711@registrar.invalid SIP/2.0\r\n"), "{invite}");
    assert!(invite.contains(&route), "{invite}");
    let nonsense = Trunk { outbound_proxy: Some("sip:".into()), ..trunk("a.example", true) };
    let failed = Phone::start(Options { trunks: vec![nonsense], ..options(Transport::Udp) }).await.err();
    assert!(failed.unwrap().to_string().contains("outbound_proxy"));
}

/// The certificate is for `localhost`, which may have an address of IPv6 as well, where nobody listens.
#[tokio::test]
async fn a_trunk_of_an_authority_of_its_own_is_trusted_where_its_file_says_so() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let tls = Tls { cert: made.cert.pem().into_bytes(), key: made.signing_key.serialize_pem().into_bytes() };
    let agent = Agent::start(Options { tls: Some(tls), ..options(Transport::Tls) }).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, made.cert.pem()).unwrap();
    let registrar = format!("sip:localhost:{};transport=tls", agent.address.port());
    let (answered, ended) = {
        let own = Trunk { ca_file: Some(file), ..trunk(&registrar, false) };
        call(&phone(&[], Some(own)).await, "4711").await
    };
    assert!(answered, "{ended:?}");
    let (answered, ended) = call(&phone(&[], Some(trunk(&registrar, false))).await, "4711").await;
    assert!(!answered && ended.by == EndedBy::Lost, "{ended:?}");
    assert!(
        ended.reason.contains("no TLS connection") || ended.reason.contains("no connection"),
        "{ended:?}"
    );
    let missing = Trunk { ca_file: Some(folder.path().join("none.pem")), ..trunk(&registrar, false) };
    let failed = Phone::start(Options { trunks: vec![missing], ..options(Transport::Udp) }).await.err();
    assert!(failed.unwrap().to_string().contains("ca_file"));
}
