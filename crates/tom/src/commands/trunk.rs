//! `tom trunk check`: does a line take our name and password?

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::json;
use tom_sip::{Options, Phone, Transport, Trunk, TrunkState};

use crate::cli::{Global, TrunkCommand};
use crate::exit::Failure;
use crate::{config, output};

/// How long a registrar may take.
const PATIENCE: Duration = Duration::from_secs(35);
const LOOK: Duration = Duration::from_millis(50);

pub(crate) async fn run(global: &Global, command: &TrunkCommand) -> Result<(), Failure> {
    let TrunkCommand::Check { name, json } = command;
    let (config, _) = config::read(global, Vec::new())?;
    let (trunks, servers) = config.sip.map(|sip| (sip.trunks, sip.name_servers)).unwrap_or_default();
    let wanted: Vec<Trunk> =
        trunks.into_iter().filter(|trunk| name.as_ref().is_none_or(|name| *name == trunk.name)).collect();
    if wanted.is_empty() {
        let what = match name {
            Some(name) => format!("no trunk is called {name}; the file has them as [[sip.trunk]]"),
            None => "no trunk is set up: write [[sip.trunk]] with registrar, username and password".into(),
        };
        return Err(Failure::Usage(what));
    }
    let mut all_good = true;
    let mut told = Vec::new();
    for trunk in wanted {
        let name = trunk.name.clone();
        let state = check(trunk, servers.clone()).await?;
        let (good, what) = match &state {
            TrunkState::Registered { expires } => (true, format!("registered, for {expires} s at a time")),
            TrunkState::Unregistered => (true, "not registered, as configured; nothing to check".into()),
            TrunkState::Trying => (false, "no answer yet: is the address right, and the way open?".into()),
            TrunkState::Failed { status, reason, .. } => {
                (false, status.map_or_else(|| reason.clone(), |status| format!("{status}: {reason}")))
            }
        };
        all_good &= good;
        if *json {
            told.push(json!({"name": name, "good": good, "state": state.name(), "detail": what}));
        } else {
            output::line(format_args!("{name}: {what}"));
        }
    }
    if *json {
        output::json(&json!({ "trunks": told }));
    }
    if all_good { Ok(()) } else { Err(Failure::Said) }
}

/// Registers once from a port of its own, and takes the registration back.
async fn check(trunk: Trunk, name_servers: Vec<SocketAddr>) -> Result<TrunkState, Failure> {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
    let listen = vec![(Transport::Udp, address), (Transport::Tcp, address)];
    let options = Options { listen, trunks: vec![trunk], name_servers, ..Options::default() };
    let (phone, _incoming) = Phone::start(options).await.map_err(anyhow::Error::from)?;
    let state = || phone.trunks().into_iter().next().map_or(TrunkState::Trying, |trunk| trunk.state);
    let settled = async {
        while state() == TrunkState::Trying {
            tokio::time::sleep(LOOK).await;
        }
    };
    // What is still tried then is told as that.
    let _late = tokio::time::timeout(PATIENCE, settled).await;
    let state = state();
    phone.stop().await;
    Ok(state)
}
