//! What does a client want, by the address it connected to?

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::IpAddr;

use axum::http::StatusCode;
use tom_base::{CallId, Lang, Rate};
use tom_wire::phone::PhoneStart;
use tom_wire::{AudioForm, Dialect, ErrorCode, rvc};

use crate::refuse::Refusal;
use crate::socket::browser::Wishes;
use crate::switchboard::{CallRequest, Transport};

/// Longest caller number and dialogue name taken.
const MAX_WORD: usize = 64;

/// Reads the path's id and the query. `rvc`: the client has offered the subprotocol `rvc-v1`.
pub(crate) fn browser(
    id: Option<&str>,
    query: &HashMap<String, String>,
    rvc: bool,
    peer: IpAddr,
) -> Result<(CallRequest, Wishes), Refusal> {
    let given = |name: &str| query.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let id = match id.filter(|id| !id.is_empty()).or(given("call_id")) {
        Some(id) => id.parse().map_err(|e: tom_base::BadCallId| {
            Refusal::new(StatusCode::BAD_REQUEST, ErrorCode::BadCallId, e.to_string())
        })?,
        None => new_id()?,
    };
    let lang = given("lang").map(language).transpose()?;
    let rvc = rvc || given("dialect") == Some("rvc");
    let (rate, hz) =
        if rvc { (Rate::Hz48000, Some(rvc_rate(given("rate"))?)) } else { (rate(given("rate"))?, None) };
    let form = given("audio").map_or(Ok(None), |text| match text {
        "binary" => Ok(Some(AudioForm::Binary)),
        "json" => Ok(Some(AudioForm::Json)),
        _ => Err(bad("audio must be binary or json")),
    })?;
    let dialect = given("dialect").filter(|_| !rvc).map_or(Ok(None), |text| {
        Dialect::from_name(text).map(Some).ok_or_else(|| bad("dialect must be a, b, native or rvc"))
    })?;
    let request = CallRequest {
        id,
        lang,
        skill: skill(given("skill"))?,
        cli: given("cli").map(|cli| word("cli", cli)).transpose()?,
        transport: if rvc { Transport::Rvc } else { Transport::WebSocket },
        peer,
    };
    let wishes = Wishes { rate, form, dialect, rvc: hz };
    Ok((request, wishes))
}

fn rate(text: Option<&str>) -> Result<Rate, Refusal> {
    text.map_or(Ok(Rate::Hz16000), |text| {
        let rate = text.parse().ok().and_then(Rate::from_hz);
        rate.ok_or_else(|| bad("rate must be 8000, 16000, 24000 or 48000"))
    })
}

/// The rate of the caller's audio in `rvc-v1`.
fn rvc_rate(text: Option<&str>) -> Result<u32, Refusal> {
    text.map_or(Ok(rvc::RATE), |text| {
        let rate = text.parse().ok().filter(|hz| rvc::RATES.contains(hz));
        rate.ok_or_else(|| bad("rate must be 8000, 16000, 24000, 32000, 44100 or 48000"))
    })
}

/// Reads what a PBX or a carrier tells of a call.
pub(crate) fn phone(transport: Transport, start: &PhoneStart, peer: IpAddr) -> Result<CallRequest, Refusal> {
    let given = |name: &str| start.parameters.get(name).map(String::as_str).filter(|v| !v.is_empty());
    let cli = given("cli").or(start.cli.as_deref());
    // A name that is none of ours is no reason to refuse the call.
    let id = start.call.parse().or_else(|_| given("call_id").unwrap_or_default().parse());
    Ok(CallRequest {
        id: id.or_else(|_| new_id())?,
        lang: given("lang").map(language).transpose()?,
        skill: skill(given("skill"))?,
        cli: cli.map(|cli| word("cli", cli)).transpose()?,
        transport,
        peer,
    })
}

/// What a telephone that speaks SIP tells of a call.
pub(crate) struct Telephone<'a> {
    pub(crate) lang: Option<&'a str>,
    pub(crate) skill: Option<&'a str>,
    pub(crate) cli: Option<&'a str>,
    pub(crate) transport: Transport,
    pub(crate) peer: IpAddr,
}

/// Reads it. The call gets an id of ours: theirs may hold addresses.
pub(crate) fn telephone(told: &Telephone<'_>) -> Result<CallRequest, Refusal> {
    Ok(CallRequest {
        id: new_id()?,
        lang: told.lang.map(language).transpose()?,
        skill: skill(told.skill)?,
        cli: told.cli.map(|cli| word("cli", cli)).transpose()?,
        transport: told.transport,
        peer: told.peer,
    })
}

/// An id nobody has: 128 bits from the process's random hash keys.
fn new_id() -> Result<CallId, Refusal> {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random()).parse().map_err(|_| {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, "no id could be made")
    })
}

fn language(text: &str) -> Result<Lang, Refusal> {
    text.parse().map_err(|e: tom_base::BadLang| bad(&format!("lang: {e}")))
}

fn skill(text: Option<&str>) -> Result<String, Refusal> {
    word("skill", text.unwrap_or("default")).map(|skill| skill.to_lowercase())
}

fn word(name: &str, text: &str) -> Result<String, Refusal> {
    if text.chars().count() <= MAX_WORD && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(bad(&format!("{name} has at most {MAX_WORD} characters, none of them a control character")))
    }
}

fn bad(message: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, ErrorCode::BadParameter, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(id: Option<&str>, query: &[(&str, &str)]) -> Result<(CallRequest, Wishes), ErrorCode> {
        let query = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        browser(id, &query, false, IpAddr::from([127, 0, 0, 1])).map_err(|refusal| refusal.error.code)
    }

    #[test]
    fn every_shape_of_address_names_a_call() {
        assert_eq!(ask(Some("a.b-1"), &[]).unwrap().0.id.as_str(), "a.b-1");
        assert_eq!(ask(None, &[("call_id", "c1")]).unwrap().0.id.as_str(), "c1");
        let (first, _) = ask(None, &[]).unwrap();
        let (second, _) = ask(None, &[]).unwrap();
        assert_ne!(first.id, second.id);
        assert_eq!(first.id.as_str().len(), 32);
        assert_eq!((first.skill.as_str(), first.lang), ("default", None));
    }

    #[test]
    fn wishes_are_read() {
        let (request, wishes) = ask(
            Some("x"),
            &[
                ("lang", "de-DE"),
                ("rate", "48000"),
                ("audio", "binary"),
                ("dialect", "a"),
                ("skill", "Workshop"),
            ],
        )
        .unwrap();
        assert_eq!(request.lang.unwrap().as_str(), "de-de");
        assert_eq!(request.skill, "workshop");
        assert_eq!(wishes.rate, Rate::Hz48000);
        assert_eq!(wishes.form, Some(AudioForm::Binary));
        assert_eq!(wishes.dialect, Some(Dialect::A));
    }

    #[test]
    fn realtimevoicechat_has_rates_of_its_own() {
        let (request, wishes) = ask(Some("x"), &[("dialect", "rvc")]).unwrap();
        assert_eq!((wishes.rvc, request.transport), (Some(48_000), Transport::Rvc));
        let (_, wishes) = ask(Some("x"), &[("dialect", "rvc"), ("rate", "44100")]).unwrap();
        assert_eq!(wishes.rvc, Some(44_100));
        let odd = ask(Some("x"), &[("dialect", "rvc"), ("rate", "11025")]);
        assert_eq!(odd.unwrap_err(), ErrorCode::BadParameter);
        assert_eq!(ask(Some("x"), &[]).unwrap().1.rvc, None);
    }

    #[test]
    fn what_is_not_allowed_is_refused_with_a_code() {
        for id in ["../../etc/passwd", "a b", "..", &"x".repeat(101)] {
            assert_eq!(ask(Some(id), &[]).unwrap_err(), ErrorCode::BadCallId, "{id}");
        }
        let long = "9".repeat(65);
        for query in [
            ("rate", "44100"),
            ("rate", "-1"),
            ("rate", "fast"),
            ("audio", "mp3"),
            ("dialect", "c"),
            ("lang", "english language"),
            ("cli", &long),
            ("skill", "a\nb"),
        ] {
            assert_eq!(ask(Some("x"), &[query]).unwrap_err(), ErrorCode::BadParameter, "{query:?}");
        }
    }
}
