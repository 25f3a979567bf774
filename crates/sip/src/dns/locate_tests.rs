//! Layer: real. SIP servers are found by a name server on loopback: services, priorities, weights, and what goes wrong.
use super::*;

#[path = "../../tests/real/names.rs"]
mod names;
use names::{Manner, Names, Rr};

fn ip(last: u8) -> Rr {
    Rr::Host(IpAddr::from([192, 0, 2, last]))
}

fn seek(host: &str) -> Seek {
    Seek { host: host.into(), port: None, transport: None, secure: false, datagrams: true }
}

/// Two proxies of the first priority, one of the second; TCP is liked better than UDP.
fn zone() -> Vec<(&'static str, Rr)> {
    vec![
        ("example.org", Rr::Naptr(10, 20, "SIP+D2U", "_sip._udp.example.org")),
        ("example.org", Rr::Naptr(10, 10, "SIP+D2T", "_sip._tcp.example.org")),
        ("example.org", Rr::Naptr(5, 10, "E2U+sip", "nonsense.example.org")),
        ("_sip._tcp.example.org", Rr::Srv(20, 0, 5070, "c.example.org")),
        ("_sip._tcp.example.org", Rr::Srv(10, 50, 5060, "a.example.org")),
        ("_sip._tcp.example.org", Rr::Srv(10, 50, 5062, "b.example.org")),
        ("_sip._udp.example.org", Rr::Srv(10, 0, 5080, "a.example.org")),
        ("plain.example.org", ip(9)),
        ("_sip._tcp.tcp-only.example.org", Rr::Srv(1, 1, 5064, "a.example.org")),
        ("_sips._tcp.example.org", Rr::Srv(1, 1, 5065, "a.example.org")),
        ("_sip._udp.none.example.org", Rr::Srv(0, 0, 0, ".")),
        ("none.example.org", ip(8)),
        ("a.example.org", ip(1)),
        ("b.example.org", ip(2)),
        ("c.example.org", ip(3)),
    ]
}

async fn found(manner: Manner, seek: Seek) -> Result<(Transport, Vec<String>), String> {
    let names = Names::start(manner, &zone()).await;
    let place = locate(&Dns::new(vec![names.address]), &seek).await.map_err(|error| error.to_string())?;
    let mut addresses: Vec<String> = place.addresses.iter().map(ToString::to_string).collect();
    if addresses.len() > 2 {
        // The first two are by lot.
        addresses[..2].sort();
    }
    Ok((place.transport, addresses))
}

fn at(transport: Transport, addresses: &[&str]) -> Result<(Transport, Vec<String>), String> {
    Ok((transport, addresses.iter().map(|a| (*a).to_owned()).collect()))
}

#[tokio::test]
async fn a_server_is_found_as_its_names_say() {
    for manner in [Manner::Good, Manner::Cut, Manner::Lying] {
        let all = ["192.0.2.1:5060", "192.0.2.2:5062", "192.0.2.3:5070"];
        assert_eq!(found(manner, seek("example.org")).await, at(Transport::Tcp, &all), "{manner:?}");
    }
    let udp = Seek { transport: Some(Transport::Udp), ..seek("example.org") };
    assert_eq!(found(Manner::Good, udp).await, at(Transport::Udp, &["192.0.2.1:5080"]));
    let secure = Seek { secure: true, ..seek("example.org") };
    assert_eq!(found(Manner::Good, secure).await, at(Transport::Tls, &["192.0.2.1:5065"]));
    // A port says that nobody is to be asked for services.
    let port = Seek { port: Some(5090), ..seek("plain.example.org") };
    assert_eq!(found(Manner::Good, port).await, at(Transport::Udp, &["192.0.2.9:5090"]));
    assert_eq!(found(Manner::Good, seek("plain.example.org")).await, at(Transport::Udp, &["192.0.2.9:5060"]));
    let tcp = found(Manner::Good, seek("tcp-only.example.org")).await;
    assert_eq!(tcp, at(Transport::Tcp, &["192.0.2.1:5064"]));
    let none = found(Manner::Good, seek("none.example.org")).await;
    assert_eq!(none, at(Transport::Udp, &["192.0.2.8:5060"]), "no such service, but a host");
    let numeric = found(Manner::Silent, seek("192.0.2.7")).await;
    assert_eq!(numeric, at(Transport::Udp, &["192.0.2.7:5060"]));
    let without_udp = Seek { datagrams: false, ..seek("plain.example.org") };
    assert_eq!(found(Manner::Good, without_udp).await, at(Transport::Tcp, &["192.0.2.9:5060"]));
}

#[tokio::test]
async fn what_goes_wrong_is_said_in_words() {
    let unknown = found(Manner::Good, seek("nobody.invalid")).await.unwrap_err();
    assert!(unknown.contains("nobody.invalid is not known"), "{unknown}");
    let failing = found(Manner::Failing, seek("nobody.invalid")).await.unwrap_err();
    assert!(failing.contains("code 2"), "{failing}");
    let odd = found(Manner::Good, seek("a..b")).await.unwrap_err();
    assert!(odd.contains("a..b"), "{odd}");
    // A port where nobody listens is told by the system at once.
    let closed = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = locate(&Dns::new(vec![closed]), &seek("nobody.invalid")).await.unwrap_err().to_string();
    assert!(silent.contains("no name server answers") && silent.contains(&closed.to_string()), "{silent}");
}

#[tokio::test]
async fn the_next_server_is_asked_where_one_is_silent() {
    let (silent, good) = (Names::start(Manner::Silent, &[]).await, Names::start(Manner::Good, &zone()).await);
    let dns = Dns::new(vec![silent.address, good.address]);
    let udp = Seek { transport: Some(Transport::Udp), ..seek("example.org") };
    assert_eq!(locate(&dns, &udp).await.unwrap().addresses, ["192.0.2.1:5080".parse().unwrap()]);
    assert!(silent.asked("_sip._udp.example.org", 33) && good.asked("_sip._udp.example.org", 33));
}

#[test]
fn weights_decide_by_lot_and_priorities_before_them() {
    let srv = |priority, weight, port| Record {
        name: String::new(),
        ttl: 60,
        data: Data::Srv { priority, weight, port, target: "x".into() },
    };
    let records = [srv(2, 9, 5), srv(1, 0, 1), srv(1, 30, 2), srv(1, 70, 3), srv(2, 0, 4)];
    let mut firsts = [0; 6];
    for lot in 0..100 {
        let order: Vec<u16> = ordered(&records, &mut || lot).into_iter().map(|(_, port)| port).collect();
        assert_eq!(order.len(), 5);
        assert_eq!(order[3..], [5, 4], "{order:?}");
        firsts[usize::from(order[0])] += 1;
    }
    assert_eq!(firsts, [0, 0, 30, 70, 0, 0]);
    let even: Vec<u16> =
        ordered(&[srv(1, 0, 1), srv(1, 0, 2)], &mut || 7).into_iter().map(|(_, p)| p).collect();
    assert_eq!(even, [1, 2]);
}
