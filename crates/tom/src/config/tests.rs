//! Layer: pure. The configuration says what is wrong, where, and what to do.

use super::*;
use std::path::PathBuf;

fn inputs(file: &str, env: &[(&str, &str)]) -> Inputs {
    Inputs {
        file: Some((PathBuf::from("tom.toml"), file.into())),
        env: env.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect(),
        flags: Vec::new(),
    }
}

fn config(file: &str, env: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let texts = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    let settings = load(&inputs(file, env)).map_err(texts)?;
    Config::from_settings(&settings).map_err(texts)
}

#[test]
fn without_anything_it_is_the_reception_in_english_on_loopback() {
    let config = config("", &[]).expect("the defaults are valid");
    assert_eq!(config.flow, "reception");
    assert_eq!(config.language, Lang::EN);
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert!(config.stt && config.tts && !config.llm_mode);
}

#[test]
fn every_default_is_a_value_of_its_kind() {
    for key in schema::keys() {
        assert_eq!(key.default.is_empty(), Value::default_of(key) == Value::None, "{}", key.path());
        assert!(key.help.ends_with('.'), "{}", key.path());
    }
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let mut all = inputs("[limits]\nmax_calls = 5\nidle_s = 60\n", &[("TOM_LIMITS__MAX_CALLS", "6")]);
    all.flags.push(("--listen", "server.listen", "127.0.0.1:1".into()));
    let settings = load(&all).expect("valid");
    assert_eq!(settings.get("limits.max_calls").0, &Value::Number(6));
    assert_eq!(settings.get("limits.max_calls").1.to_string(), "env TOM_LIMITS__MAX_CALLS");
    assert_eq!(settings.get("limits.idle_s").1.to_string(), "tom.toml:3");
    assert_eq!(settings.get("server.listen").1.to_string(), "flag --listen");
    assert_eq!(settings.get("vad.engine").1.to_string(), "default");
}

#[test]
fn mistakes_come_with_line_and_remedy_and_all_at_once() {
    let file =
        "[agnet]\nmode = \"flow\"\n[limits]\nmax_cals = 3\nidle_s = \"x\"\n[stt]\nengine = \"whisperx\"\n";
    let problems = config(file, &[]).expect_err("four mistakes");
    assert_eq!(
        problems,
        [
            "tom.toml:1: there is no section [agnet]; did you mean agent?",
            "tom.toml:4: there is no setting limits.max_cals; did you mean limits.max_calls?",
            "tom.toml:5: limits.idle_s: \"x\" is not a whole number between 5 and 86400",
            "tom.toml:7: stt.engine: \"whisperx\" is not one of pocketsphinx, whisper, openai, off",
        ]
    );
    let syntax = config("[agent\n", &[]).expect_err("no TOML");
    assert!(syntax[0].starts_with("tom.toml:1: "), "{syntax:?}");
    let unknown = config("", &[("TOM_LIMITS__MAX_CALS", "3")]).expect_err("unknown variable");
    assert_eq!(
        unknown,
        ["TOM_LIMITS__MAX_CALS: there is no such setting; did you mean TOM_LIMITS__MAX_CALLS?"]
    );
}

#[test]
fn an_open_door_needs_a_token() {
    let open = config("[server]\nlisten = \"0.0.0.0:8080\"\n", &[]).expect_err("no token");
    assert!(open[0].contains("set server.token_file first"), "{open:?}");
    let shut = config("[server]\nlisten = \"0.0.0.0:8080\"\ntoken = \"s3cret\"\n", &[]).expect("a token");
    assert_eq!(shut.token.as_deref(), Some("s3cret"));
}

#[test]
fn the_predecessors_names_are_understood_and_said_so() {
    let env = [
        ("WS_HOST", "127.0.0.1"),
        ("WS_PORT", "9000"),
        ("STT_TIMEOUT_SEC", "2.5"),
        ("REALTIME_STT", "off"),
        ("LOG_LEVEL", "WARN"),
        ("OLLAMA_URL", "http://localhost:11434"),
    ];
    let settings = load(&inputs("", &env)).expect("all known");
    let config = Config::from_settings(&settings).expect("valid");
    assert_eq!(config.listen.to_string(), "127.0.0.1:9000");
    assert_eq!(config.turn, [("recognition", 2_500)]);
    assert!(!config.stt);
    assert_eq!(config.log_level, "warn");
    let notices = settings.notices.join("\n");
    assert!(
        notices.contains("WS_PORT is read as server.listen; its own name is TOM_SERVER__LISTEN"),
        "{notices}"
    );
    assert!(notices.contains("OLLAMA_URL is set, but has no effect in this version"), "{notices}");
    let bad = load(&inputs("", &[("REALTIME_STT", "mock")])).expect_err("no mocks");
    assert!(bad[0].to_string().contains("neither local nor off"), "{bad:?}");
}

#[test]
fn every_alias_names_a_setting_that_exists() {
    for (name, path, how) in alias::rows() {
        assert_eq!(path == "-", how == "-", "{name}");
        assert!(path == "-" || schema::find(path).is_some(), "{name} stands for {path}");
    }
}

#[test]
fn a_secret_is_never_shown() {
    let settings = load(&inputs("[server]\ntoken = \"s3cret\"\n", &[])).expect("valid");
    assert!(!shown(&settings).contains("s3cret"));
    assert!(!shown_json(&settings).to_string().contains("s3cret"));
}

#[test]
fn what_is_shown_can_be_read_again() {
    let settings =
        load(&inputs("[limits]\nmax_calls = 7\n[server]\nhosts = [\"a.example\"]\n", &[])).expect("valid");
    let again = load(&inputs(&shown(&settings), &[])).expect("shown is valid");
    for key in schema::keys() {
        assert_eq!(again.get(&key.path()).0, settings.get(&key.path()).0, "{}", key.path());
    }
}

#[test]
fn the_committed_sample_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../env.sample");
    let committed = std::fs::read_to_string(path).expect("env.sample is committed");
    assert!(committed == env_sample(), "env.sample is out of date: tom config show --env > env.sample");
}

#[test]
fn the_agent_s_tools_are_those_there_are() {
    let problems =
        config("[agent]\ntools = [\"hang_up\", \"fly\", \"hang_up\"]\n", &[]).expect_err("two mistakes");
    assert!(problems[0].contains("there is no tool \"fly\"; the tools are current_time, "), "{problems:?}");
    assert!(problems[1].contains("\"hang_up\" stands there twice"), "{problems:?}");
    let agent = config("", &[]).expect("the defaults are valid").agent;
    assert_eq!(agent.tools, agent::TOOLS[..5], "all but the keys, which callers have no use for");
}

#[test]
fn a_server_over_http_is_described_whole_and_its_key_is_never_shown() {
    let file = "[stt]\nengine = \"openai\"\nurl = \"http://127.0.0.1:8000\"\nmodel = \"whisper\"\napi_key = \"s3cret\"\n\
                languages = [\"de\", \"en\"]\ndeadline_ms = 900\n[llm]\nengine = \"openai\"\nurl = \"https://example.org/v1\"\n\
                model = \"m\"\nextra = '{\"reasoning_effort\": \"none\"}'\ntemperature = 0.5\n[tts]\nengine = \"openai\"\n\
                url = \"http://127.0.0.1:8000/v1\"\nmodel = \"kokoro\"\nvoice = \"anna\"\nformat = \"wav\"\n";
    let settings = load(&inputs(file, &[])).expect("valid");
    assert!(!shown(&settings).contains("s3cret") && !shown_json(&settings).to_string().contains("s3cret"));
    let config = Config::from_settings(&settings).expect("valid");
    assert!(!format!("{config:?}").contains("s3cret"));
    assert!(config.stt && config.tts, "what is built in stands in");
    let Remotes { stt: Some(stt), llm: Some(llm), tts: Some(tts), llm_fallback: None } = &config.remote
    else {
        panic!("all three: {:?}", config.remote)
    };
    assert_eq!(stt.server.url.to_string(), "http://127.0.0.1:8000/v1");
    assert_eq!((stt.languages.as_slice(), stt.verbose), (&[Lang::DE, Lang::EN][..], false));
    assert_eq!(stt.server.deadlines.first.as_millis(), 900);
    assert_eq!((llm.temperature, llm.extra.len()), (Some(0.5), 1));
    assert_eq!((&*tts.voice, tts.sample_rate, tts.format.as_str()), ("anna", 24_000, "wav"));
    let other = config_of("[stt]\nengine = \"openai\"\nurl = \"http://127.0.0.1:9\"\nmodel = \"m\"\n");
    assert!(config.restart_needed(&other).contains(&"stt, llm or tts (openai)"));
}

#[test]
fn who_stands_in_can_be_set_and_leaves_the_call_its_time() {
    let file = "[stt]\nengine = \"openai\"\nurl = \"http://127.0.0.1:9\"\nmodel = \"m\"\n";
    let first =
        |config: &Config| config.remote.stt.as_ref().map(|stt| stt.server.deadlines.first.as_millis());
    let auto = config_of(file);
    assert!(auto.stt);
    assert_eq!(first(&auto), Some(3_500));
    let alone = config_of(&format!("{file}fallback = \"off\"\n"));
    assert!(!alone.stt);
    assert_eq!(first(&alone), Some(5_000));
    assert!(auto.restart_needed(&alone).contains(&"stt.engine or stt.fallback"));

    let llm = "[llm]\nengine = \"openai\"\nurl = \"http://127.0.0.1:9\"\nmodel = \"m\"\n[llm_fallback]\n";
    assert!(config_of(llm).remote.llm_fallback.is_none());
    let two = config_of(&format!("{llm}url = \"http://127.0.0.1:8\"\nmodel = \"n\"\n"));
    let server = two.remote.llm_fallback.map(|llm| llm.server).expect("there are two");
    assert_eq!((&*server.model, server.section), ("n", "llm_fallback"));
    let problems = config(&format!("{llm}url = \"http://127.0.0.1:8\"\n"), &[]).expect_err("no model");
    assert!(problems[0].contains("llm_fallback.url: it needs llm_fallback.model"), "{problems:?}");
}

fn config_of(file: &str) -> Config {
    config(file, &[]).expect("valid")
}

#[test]
fn a_server_of_which_something_is_missing_is_told_with_what() {
    let problems = config("[stt]\nengine = \"openai\"\n", &[]).expect_err("no address, no model");
    assert_eq!(
        problems,
        [
            "tom.toml:2: stt.engine: \"openai\" needs stt.url, such as http://127.0.0.1:8000",
            "tom.toml:2: stt.engine: \"openai\" needs stt.model, such as the one that its list of models shows",
        ]
    );
    let file = "[llm]\nengine = \"openai\"\nurl = \"localhost\"\nmodel = \"m\"\n";
    let problems = config(file, &[]).expect_err("no address");
    assert!(problems[0].starts_with("tom.toml:3: llm.url: a server's address looks like"), "{problems:?}");
    let file = "[llm]\nengine = \"openai\"\nurl = \"http://a\"\nmodel = \"m\"\nextra = \"x\"\n";
    let problems = config(file, &[]).expect_err("no JSON");
    assert!(problems[0].contains("llm.extra: it is no JSON object"), "{problems:?}");
    let file = "[tts]\nengine = \"openai\"\nurl = \"http://a\"\nmodel = \"m\"\napi_key_file = \"nowhere\"\n";
    let problems = config(file, &[]).expect_err("no file");
    assert!(problems[0].contains("tts.api_key_file: the file with the key cannot be read"), "{problems:?}");
}

#[test]
fn what_is_kept_is_said_by_three_settings() {
    let default = config_of("");
    let data = std::path::Path::new("data");
    assert_eq!(default.store.file(data), Some(data.join("tom.db")));
    assert_eq!((default.store.transcripts, default.store.retention_days), (false, 30));
    let set = config_of("[store]\npath = \"off\"\ntranscripts = true\nretention_days = 7\n");
    assert_eq!(set.store.file(data), None);
    assert_eq!((set.store.transcripts, set.store.retention_days), (true, 7));
    assert_eq!(default.restart_needed(&set), ["store.path"], "the others take effect at once");
    for (file, why) in [
        ("[store]\ntranscripts = \"yes\"\n", "store.transcripts"),
        ("[store]\nretention_days = 0\n", "store.retention_days"),
    ] {
        let problems = config(file, &[]).expect_err("refused");
        assert!(problems[0].contains(why), "{problems:?}");
    }
}

#[test]
fn echo_is_only_recognised_unless_more_is_asked_for() {
    assert_eq!(config_of("").echo, EchoPlan::Gate);
    assert_eq!(config_of("[audio]\necho = \"telephone\"").echo, EchoPlan::Telephone);
    assert_eq!(config_of("[audio]\necho = \"cancel\"").echo, EchoPlan::Cancel);
    assert!(config("[audio]\necho = \"on\"", &[]).is_err());
}

#[test]
fn audiosocket_is_off_by_default_and_never_open_to_all() {
    assert_eq!(config("", &[]).expect("the defaults are valid").phone.audiosocket, None);
    let file = "[audiosocket]\nlisten = \"localhost:9092\"\n";
    let on = config(file, &[]).expect("valid").phone;
    assert_eq!(on.audiosocket.expect("an address").to_string(), "127.0.0.1:9092");
    assert_eq!(on.audiosocket_allow, ["127.0.0.0/8", "::1"]);
    let open = config(&format!("{file}allow = []\n"), &[]).expect_err("open to all");
    assert!(open[0].contains("everybody could call"), "{open:?}");
    let nowhere = config("[audiosocket]\nlisten = \"here\"\n", &[]).expect_err("no address");
    assert!(nowhere[0].contains("127.0.0.1:9092"), "{nowhere:?}");
}

#[test]
fn every_profile_can_be_chosen() {
    let mut names: Vec<String> =
        tom_shelf::Profile::all().expect("sound").into_iter().map(|profile| profile.name).collect();
    names.splice(0..0, ["auto".into(), "none".into()]);
    let key = schema::find("models.profile").expect("there");
    let schema::Kind::Word(words) = key.kind else { panic!("{key:?}") };
    assert_eq!(words, names);
}

#[test]
fn what_carriers_need_is_checked() {
    let wrong = config(
        "[server]\npublic_url = \"voice.example.org\"\n[carriers]\ntelnyx_public_key = \"short\"\n",
        &[],
    );
    let problems = wrong.expect_err("neither is right");
    assert!(problems.iter().any(|p| p.contains("https://voice.example.org")), "{problems:?}");
    assert!(problems.iter().any(|p| p.contains("as Telnyx shows it")), "{problems:?}");
    let missing =
        config("[carriers]\nplivo_auth_token_file = \"nowhere/at/all\"\n", &[]).expect_err("no file");
    assert!(missing[0].contains("nowhere/at/all cannot be read"), "{missing:?}");
}
