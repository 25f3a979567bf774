//! `tom serve`: the server, from start to its last goodbye.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tom_base::Lang;
use tom_flow::Flow;
use tom_server::{Keep, Limits, MediaUrl, Server, ServerConfig, Spare, Stop, Timing, Token};
use tom_urgency::Urgency;

use crate::cli::{Global, Serve};
use crate::config::{self, Applied, Config};
use crate::engines::{self, Local};
use crate::exit::Failure;
use crate::switchboard::{Board, Plan};
use crate::{dialogue, keeping, logging, output, page, prompts, telephone};

pub(crate) async fn run(global: &Global, args: &Serve) -> Result<(), Failure> {
    let began = Instant::now();
    let (config, settings) = config::read(global, flags(args))?;
    logging::serving(global, &config);
    for notice in &settings.notices {
        tracing::warn!("{notice}");
    }
    let data_dir = config::data_dir(global.data_dir.as_deref());
    let flow = dialogue::load(&config.flow, config.llm).map_err(dialogue::failure)?;
    let local = Arc::new(Local::start(&config, &data_dir)?);
    let spoken_flow = Arc::clone(&flow);
    let plan = Arc::new(RwLock::new(Plan::new(&config, flow, &local)?));
    let board = Arc::new(Board::new(local.clone(), plan.clone(), config.journal_dir.clone()));
    let web_dir = page::find(config.web_dir.as_deref());
    let keep = keeping::open(&config, &data_dir);
    let mut server = Server::new(server_config(&config, &local, web_dir.clone(), keep.clone())?, board)
        .map_err(anyhow::Error::from)?;
    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!("{} cannot be listened on; choose another: tom serve --listen 127.0.0.1:8081", config.listen)
    })?;
    if let Some(address) = config.phone.audiosocket {
        let asterisk = TcpListener::bind(address).await.with_context(|| {
            format!("{address} cannot be listened on; choose another: audiosocket.listen")
        })?;
        server = server.with_audiosocket(asterisk);
    }
    if let Some(sip) = &config.sip {
        server = server.with_sip(telephone::set_up(sip)?).await.map_err(anyhow::Error::from)?;
    }
    let address = listener.local_addr()?;
    let health = local.ready(engines::START_DEADLINE);
    let profile = settings.profile.as_ref();
    announce(&config, profile, &local, health.await, address, web_dir.is_some(), began.elapsed());

    let stop = Stop::default();
    let signals = tokio::spawn(watch_signals(
        global.clone(),
        flags(args),
        (local.clone(), plan, keep.clone()),
        stop.clone(),
    )?);
    speak_ahead(&config, &local, spoken_flow);
    let served = server.serve(listener, stop).await;
    signals.abort();
    let closing = local.clone();
    if tokio::task::spawn_blocking(move || {
        keeping::close(&keep);
        closing.close();
    })
    .await
    .is_err()
    {
        tracing::warn!("the workers did not end cleanly");
    }
    served.map_err(|error| Failure::Failed(error.into()))
}

fn flags(args: &Serve) -> Vec<(&'static str, &'static str, String)> {
    let listen = args.listen.iter().map(|listen| ("--listen", "server.listen", listen.clone()));
    listen.chain(args.profile.iter().map(|name| ("--profile", "models.profile", name.clone()))).collect()
}

fn server_config(
    config: &Config,
    local: &Local,
    web_dir: Option<PathBuf>,
    keep: Keep,
) -> Result<ServerConfig, Failure> {
    let token = config.token.as_deref().map(Token::new).transpose().map_err(anyhow::Error::from)?;
    let limits = Limits {
        max_calls: config.limits.max_calls,
        connections_per_address: config.limits.connections_per_address,
        connections_per_minute: config.limits.connections_per_minute,
        messages_per_second: config.limits.messages_per_second,
        bytes_per_second: config.limits.bytes_per_second,
        max_frame_bytes: config.limits.max_frame_bytes,
        ..Limits::default()
    };
    let timing = Timing {
        idle: Duration::from_secs(config.limits.idle_s),
        drain: Duration::from_secs(config.drain_s),
        ..Timing::default()
    };
    Ok(ServerConfig {
        token,
        hosts: config.hosts.clone(),
        origins: config.origins.clone(),
        clients: config.clients.clone(),
        peers: config.phone.peers.clone(),
        asterisk_media: config
            .phone
            .asterisk_media
            .as_deref()
            .map(MediaUrl::new)
            .transpose()
            .map_err(anyhow::Error::from)?,
        carriers: config.phone.carriers().map_err(anyhow::Error::from)?,
        audiosocket_allow: config.phone.audiosocket_allow.clone(),
        web_dir,
        keep,
        limits,
        timing,
        spare: spare(config),
        urgency: match config.priority {
            Some(urgency) => urgency,
            None if local.compute_here(config) => Urgency::Realtime,
            None => Urgency::Ahead,
        },
    })
}

/// Which machine is spared: this one, or for tests that of a folder.
fn spare(config: &Config) -> Spare {
    match std::env::var_os("TOM_MACHINE_DIR") {
        _ if !config.limits.spare => Spare::Never,
        Some(folder) => Spare::Below(folder.into()),
        None => Spare::Here,
    }
}

/// Has a voice that takes its time speak the flow's prompts before anybody calls; calls do not wait for it.
fn speak_ahead(config: &Config, local: &Arc<Local>, flow: Arc<Flow>) {
    let spoken = |lang| local.stt().is_some_and(|stt| stt.speaks(lang));
    let languages = flow.languages().iter().copied().filter(|lang| local.speaks_ahead(*lang));
    let mut texts: Vec<_> = languages.flat_map(|lang| prompts::of_flow(&flow, lang, spoken(lang))).collect();
    if config.llm_mode || texts.is_empty() {
        return;
    }
    texts.dedup();
    let local = Arc::clone(local);
    tokio::task::spawn_blocking(move || {
        let kept = local.speak_ahead(&texts);
        tracing::info!(kept, "the voice has spoken the prompts ahead");
    });
}

fn announce(
    config: &Config,
    profile: Option<&Applied>,
    local: &Local,
    (stt, tts): (tom_engine::Health, tom_engine::Health),
    address: std::net::SocketAddr,
    page: bool,
    took: Duration,
) {
    let line = |part: &str, what: String| output::line(format_args!("  {part:<5} {what}"));
    output::line(format_args!("TOM {}", env!("CARGO_PKG_VERSION")));
    let name = |engine: Option<&'static str>| engine.unwrap_or("off");
    if let Some(set) = profile.and_then(|profile| Some(format!("{}: {}", profile.name, profile.told()?))) {
        line("prof", set);
    }
    line("stt", format!("{} ({})", name(local.stt().map(|e| e.name())), told(&stt)));
    line("tts", format!("{} ({})", name(local.tts().map(|e| e.name())), told(&tts)));
    if let Some(llm) = local.llm() {
        line("llm", format!("{} ({})", llm.name(), told(&local.llm_health())));
    }
    line("vad", local.vad.name().into());
    line("turn", format!("text, and by sound: {}", told(&local.end_of_turn_health())));
    match config.llm_mode {
        true => line("agent", format!("the language model, {}", config.language)),
        false => line("flow", format!("{}, {}", config.flow, config.language)),
    }
    if local.stt().is_none_or(|stt| !stt.speaks(Lang::DE)) {
        line("note", "no recogniser for German here: German calls lead by keys, and say so".into());
    }
    if let Some(address) = config.phone.audiosocket {
        line("phone", format!("Asterisk, over AudioSocket on {address}"));
    }
    if let Some(sip) = &config.sip {
        let places: Vec<_> =
            sip.listen.iter().map(|(transport, address)| format!("{} {address}", transport.name())).collect();
        let trunks: Vec<_> = sip.trunks.iter().map(|trunk| trunk.name.as_str()).collect();
        let trunks =
            if trunks.is_empty() { "no trunk".into() } else { format!("trunks: {}", trunks.join(", ")) };
        line("sip", format!("{}; {trunks}", places.join(", ")));
    }
    if let Some(lacking) = profile.and_then(Applied::lacking) {
        line("note", lacking);
    }
    if !page {
        line("note", "the page is not built; cargo xtask run builds it".into());
    }
    output::line(format_args!("ready in {:.2} s: http://{address}/", took.as_secs_f64()));
}

fn told(health: &tom_engine::Health) -> String {
    match health {
        tom_engine::Health::Degraded(why) | tom_engine::Health::Down(why) => {
            format!("{}: {why}", health.as_str())
        }
        tom_engine::Health::Ok => "ready".into(),
        tom_engine::Health::Off => "off".into(),
    }
}

/// SIGINT and SIGTERM stop gently, the second one at once; SIGHUP reads the configuration again.
fn watch_signals(
    global: Global,
    flags: Vec<(&'static str, &'static str, String)>,
    (local, plan, keep): (Arc<Local>, Arc<RwLock<Plan>>, Keep),
    stop: Stop,
) -> std::io::Result<impl Future<Output = ()>> {
    let mut hangup = signal(SignalKind::hangup())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = hangup.recv() => reload(&global, flags.clone(), local.clone(), &plan, &keep).await,
                () = either(&mut terminate, &mut interrupt) => {
                    if stop.gently.is_cancelled() {
                        stop.now.cancel();
                        return;
                    }
                    eprintln!("tom: running calls say goodbye; once more stops at once");
                    stop.gently.cancel();
                }
            }
        }
    })
}

async fn either(a: &mut Signal, b: &mut Signal) {
    tokio::select! {
        _ = a.recv() => {}
        _ = b.recv() => {}
    }
}

/// Takes what may change while calls run, and says what may not.
async fn reload(
    global: &Global,
    flags: Vec<(&'static str, &'static str, String)>,
    local: Arc<Local>,
    plan: &RwLock<Plan>,
    keep: &Keep,
) {
    let global = global.clone();
    let read = tokio::task::spawn_blocking(move || {
        let (config, _) = config::read(&global, flags).map_err(Failure::Config)?;
        let flow = dialogue::load(&config.flow, config.llm).map_err(dialogue::failure)?;
        Plan::new(&config, flow, &local).map_err(Failure::Config)
    });
    match read.await {
        Ok(Ok(new)) => {
            let mut plan = plan.write().unwrap_or_else(PoisonError::into_inner);
            for setting in plan.config().restart_needed(new.config()) {
                tracing::warn!("{setting} has changed; it takes effect after a restart");
            }
            keeping::reload(keep, new.config());
            *plan = new;
            tracing::info!("configuration read again; it holds from the next call on");
        }
        Ok(Err(failure)) => tracing::error!("the configuration stays as it was: {failure}"),
        Err(error) => tracing::error!("the configuration stays as it was: {error}"),
    }
}
