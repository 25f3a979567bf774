//! Which proxy stands before a server, as the environment says it to all clients?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Url;

/// Proxies, as `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy` name them.
#[derive(Clone, Default)]
pub struct Proxies {
    https: Option<Proxy>,
    http: Option<Proxy>,
    /// Hosts and domains that are reached directly; `*`: all.
    direct: Vec<String>,
    /// Why a variable was of no use.
    mistake: Option<String>,
}

/// One proxy.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) url: Url,
    /// The value of `proxy-authorization`.
    pub(crate) authorization: Option<String>,
}

impl std::fmt::Debug for Proxies {
    /// Without passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |proxy: &Option<Proxy>| proxy.as_ref().map(|proxy| proxy.url.to_string());
        f.debug_struct("Proxies")
            .field("https", &name(&self.https))
            .field("http", &name(&self.http))
            .field("direct", &self.direct)
            .finish_non_exhaustive()
    }
}

impl Proxies {
    /// Those of the environment. A variable in small letters wins over one in capitals; `HTTP_PROXY` in capitals is
    /// not looked at, for in a CGI program a stranger sets it.
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        let set = |names: &[&str]| {
            names.iter().find_map(|name| Some((name.to_string(), var(name).filter(|text| !text.is_empty())?)))
        };
        let mut proxies = Self::default();
        let all = || set(&["all_proxy", "ALL_PROXY"]);
        let mut read = |found: Option<(String, String)>| {
            let (name, text) = found?;
            match Proxy::read(&text) {
                Ok(proxy) => Some(proxy),
                Err(why) => {
                    proxies.mistake.get_or_insert(format!("{name} {why}"));
                    None
                }
            }
        };
        let https = read(set(&["https_proxy", "HTTPS_PROXY"]).or_else(all));
        let http = read(set(&["http_proxy"]).or_else(all));
        (proxies.https, proxies.http) = (https, http);
        let direct = set(&["no_proxy", "NO_PROXY"]).map_or(String::new(), |(_, text)| text);
        let hosts = direct.split([',', ' ']).map(|host| host.trim().trim_start_matches("*."));
        let hosts = hosts.map(|host| host.trim_start_matches('.').to_ascii_lowercase());
        proxies.direct = hosts.filter(|host| !host.is_empty()).collect();
        proxies
    }

    /// The proxy for an address, if there is one.
    pub(crate) fn of(&self, url: &Url) -> Result<Option<&Proxy>, String> {
        if self.is_direct(url) {
            return Ok(None);
        }
        match if url.is_https() { &self.https } else { &self.http } {
            Some(proxy) => Ok(Some(proxy)),
            // To go around a proxy that was asked for would be worse than to stop.
            None => self.mistake.clone().map_or(Ok(None), Err),
        }
    }

    fn is_direct(&self, url: &Url) -> bool {
        let host = url.host().to_ascii_lowercase();
        self.direct.iter().any(|entry| {
            let (name, port) = match entry.rsplit_once(':') {
                Some((name, port)) if !name.contains(':') => (name, port.parse::<u16>().ok()),
                _ => (entry.trim_start_matches('[').trim_end_matches(']'), None),
            };
            let same = host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
            entry == "*" || same && port.is_none_or(|port| port == url.port())
        })
    }
}

impl Proxy {
    /// `http://USER:PASSWORD@HOST:PORT`, of which only the host has to be there.
    fn read(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        if scheme != "http" {
            return Err(format!("names a proxy of the kind {scheme}, and TOM can use those of http only"));
        }
        let rest = rest.trim_end_matches('/');
        let (user, host) = match rest.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, rest),
        };
        let url = format!("http://{host}")
            .parse()
            .map_err(|_| "is no proxy such as http://HOST:3128".to_owned())?;
        let authorization = user.map(|user| format!("Basic {}", STANDARD.encode(unescaped(user))));
        Ok(Self { url, authorization })
    }
}

/// Percent signs and what they stand for.
fn unescaped(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(plain) if byte == b'%' => {
                out.push(plain);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(vars: &[(&str, &str)]) -> Proxies {
        Proxies::from_env(|name| {
            vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn of(vars: &[(&str, &str)], url: &str) -> Result<Option<String>, String> {
        with(vars).of(&url.parse().unwrap()).map(|proxy| proxy.map(|proxy| proxy.url.to_string()))
    }

    #[test]
    fn variables_are_read_as_other_clients_read_them() {
        let one = "http://10.0.0.1:3128/".to_owned();
        let proxy = ("https_proxy", "http://10.0.0.1:3128");
        assert_eq!(of(&[proxy], "https://a.example/x"), Ok(Some(one.clone())));
        assert_eq!(of(&[proxy], "http://a.example/x"), Ok(None));
        assert_eq!(of(&[("ALL_PROXY", "10.0.0.1:3128")], "http://a.example/x"), Ok(Some(one)));
        assert_eq!(of(&[("HTTP_PROXY", "10.0.0.1:3128")], "http://a.example/x"), Ok(None));
        for (direct, goes) in [
            ("a.example", true),
            (".example", true),
            ("*.example", true),
            ("*", true),
            ("b.example, a.example:443", true),
            ("a.example:80", false),
            ("xample", false),
            ("", false),
        ] {
            let through = of(&[proxy, ("no_proxy", direct)], "https://A.example/x").unwrap();
            assert_eq!(through.is_none(), goes, "{direct}");
        }
    }

    #[test]
    fn what_cannot_be_used_stops_rather_than_goes_around() {
        let refused = of(&[("https_proxy", "socks5://10.0.0.1:1080")], "https://a.example/").unwrap_err();
        assert!(refused.contains("https_proxy") && refused.contains("socks5"), "{refused}");
    }

    #[test]
    fn a_password_is_sent_and_never_shown() {
        let proxies = with(&[("https_proxy", "http://me:p%40ss@10.0.0.1:3128")]);
        let proxy = proxies.of(&"https://a.example/".parse().unwrap()).unwrap().unwrap();
        // base64 of "me:p@ss"
        assert_eq!(proxy.authorization.as_deref(), Some("Basic bWU6cEBzcw=="));
        assert!(!format!("{proxies:?}").contains("p%40"), "{proxies:?}");
    }
}
