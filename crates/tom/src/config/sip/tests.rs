//! Layer: pure. The telephone's settings: what is read, what is refused, and what is never shown.

use std::path::PathBuf;

use super::super::{Config, Inputs, Settings, load, shown};
use super::SipLineConfig;
use tom_call::OnMachine;
use tom_server::Join;

fn settings(file: &str) -> Result<Settings, Vec<String>> {
    let inputs = Inputs { file: Some((PathBuf::from("tom.toml"), file.into())), ..Inputs::default() };
    load(&inputs).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn sip(file: &str) -> Result<Option<SipLineConfig>, Vec<String>> {
    let config = Config::from_settings(&settings(file)?);
    config.map(|config| config.sip).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

const LINE: &str = "[sip]\nlisten = \"0.0.0.0:5060\"\n\n[[sip.trunk]]\nname = \"home\"\nregistrar = \"fritz.box\"\n\
                    username = \"tom\"\npassword = \"very-secret\"\n";

#[test]
fn without_an_address_there_is_no_sip() {
    assert_eq!(sip(""), Ok(None));
}

#[test]
fn a_line_and_its_trunks_are_read() {
    let file = format!(
        "{LINE}\n[[sip.trunk]]\nregistrar = \"sip:b.example;transport=tcp\"\nusername = \"x\"\nregister = false\n\
         outbound_proxy = \"proxy.example\"\nca_file = \"/etc/tom/ca.pem\"\n"
    );
    let sip = sip(&file).unwrap().unwrap();
    let names: Vec<_> = sip.trunks.iter().map(|trunk| (&*trunk.name, trunk.register)).collect();
    assert_eq!(names, [("home", true), ("trunk2", false)]);
    assert_eq!(sip.trunks[0].credentials.as_ref().unwrap().password, "very-secret");
    let second = &sip.trunks[1];
    assert_eq!(second.outbound_proxy.as_deref(), Some("proxy.example"));
    assert_eq!(second.ca_file.as_deref(), Some(std::path::Path::new("/etc/tom/ca.pem")));
    assert_eq!(sip.listen.len(), 2);
    assert!(sip.name_servers.is_empty());
    assert_eq!(sip.rtp_ports, (20_000, 20_999));
}

#[test]
fn name_servers_have_a_port_or_the_usual_one() {
    let file = "[sip]\nlisten = \"0.0.0.0:5060\"\nallow = [\"::1\"]\n\
                name_servers = [\"192.0.2.1\", \"::1\", \"192.0.2.2:5353\", \"[::1]:54\"]\n";
    let sip = sip(file).unwrap().unwrap();
    let wanted = ["192.0.2.1:53", "[::1]:53", "192.0.2.2:5353", "[::1]:54"];
    assert_eq!(sip.name_servers, wanted.map(|text| text.parse().unwrap()));
}

#[test]
fn what_is_done_with_machines_and_people_is_read() {
    let read = |more: &str| sip(&format!("{LINE}{more}")).map(|sip| sip.unwrap());
    let usual = read("").unwrap();
    assert_eq!(usual.dial.machine, Some(OnMachine::HangUp));
    assert!(usual.transfer.attended && usual.transfer.summary_url.is_none());
    assert_eq!(usual.transfer.join, Join::Pbx);
    for (text, join) in [("off", Join::Off), ("pbx", Join::Pbx), ("all", Join::All)] {
        let read = read(&format!("\n[transfer]\njoin = \"{text}\"\n")).unwrap();
        assert_eq!(read.transfer.join, join);
    }
    let file = "\n[dial]\nmachine = \"message\"\nmessage = \"Call us.\"\n[transfer]\nmode = \"blind\"\n\
                summary_url = \"https://crm.example/calls\"\n";
    let other = read(file).unwrap();
    assert_eq!(other.dial.machine, Some(OnMachine::Message("Call us.".into())));
    assert!(!other.transfer.attended);
    assert_eq!(other.transfer.summary_url.unwrap().to_string(), "https://crm.example");
    assert_eq!(read("\n[dial]\nmachine = \"off\"\n").unwrap().dial.machine, None);
    for (file, says) in [
        ("\n[dial]\nmachine = \"message\"\n", "needs a text to leave"),
        ("\n[transfer]\nsummary_url = \"crm\"\n", "is no address such as"),
    ] {
        let problems = read(file).unwrap_err().join("\n");
        assert!(problems.contains(says), "{problems}");
    }
}

#[test]
fn no_password_is_shown() {
    let text = shown(&settings(LINE).unwrap());
    assert!(text.contains("[[sip.trunk]]") && text.contains("registrar = \"fritz.box\""), "{text}");
    assert!(!text.contains("very-secret"));
}

#[test]
fn mistakes_are_told_with_their_place_and_remedy() {
    for (file, says) in [
        ("[sip]\nlisten = \"0.0.0.0:5060\"\n", "sip.allow: nobody may call"),
        ("[sip]\nlisten = \"here\"\nallow = [\"10.0.0.1\"]\n", "no ADDRESS:PORT"),
        ("[sip]\nlisten = \"0.0.0.0:5060\"\nallow = [\"ten\"]\n", "neither an address"),
        ("[sip]\nlisten = \"0.0.0.0:5060\"\nallow = [\"::1\"]\ntransports = [\"tls\"]\n", "tls needs"),
        ("[sip]\nlisten = \"0.0.0.0:5060\"\nallow = [\"::1\"]\nrtp_ports = \"9-1\"\n", "no range"),
        ("[sip]\nlisten = \"0.0.0.0:5060\"\nallow = [\"::1\"]\ncodecs = [\"mp3\"]\n", "is not pcma"),
        ("[sip]\nlisten = \"0.0.0.0:5060\"\nallow = [\"::1\"]\nadvertise = \"me\"\n", "no IP address"),
        (
            "[sip]\nlisten = \"0.0.0.0:5060\"\nallow = [\"::1\"]\nname_servers = [\"dns.example\"]\n",
            "sip.name_servers: \"dns.example\" is no IP address",
        ),
        ("[[sip.trunk]]\nregistrar = \"a\"\nusername = \"b\"\n", "SIP listens nowhere"),
        ("[[sip.trunk]]\nregistrar = \"a\"\n", "tom.toml:1: sip.trunk: a trunk needs"),
        ("[[sip.trunk]]\nregistrar = \"a\"\nuser = \"b\"\n", "tom.toml:3: [[sip.trunk]] has no setting user"),
        ("[sip]\ntrunk = \"a\"\n", "write [[sip.trunk]]"),
        (
            "[[sip.trunk]]\nregistrar = \"a\"\nusername = \"b\"\npassword = \"c\"\npassword_file = \"d\"\n",
            "not both",
        ),
    ] {
        let problems = sip(file).expect_err(file);
        assert!(problems.iter().any(|problem| problem.contains(says)), "{says}: {problems:?}");
    }
}
