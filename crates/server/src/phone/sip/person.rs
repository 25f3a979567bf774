//! May a caller be connected with somebody, where that costs what a call of ours costs?

use super::dials::Room;
use super::handover::Origin;
use super::numbers::{DialRules, NoDial};
use super::outbound;

/// Whether a person to be reached is outside of the telephone system. Names and extensions, which begin with neither 0
/// nor +, are not, however long; numbers of help are left to whoever can connect them.
///
/// # Errors
/// [`NoDial`]: a number outside that TOM would not call of itself.
pub(super) fn is_outside(rules: &DialRules, to: &str) -> Result<bool, NoDial> {
    let user = number_of(to);
    let begins_outside = user.starts_with(['+', '0']);
    match rules.check(user) {
        Ok(_) => Ok(begins_outside),
        Err(NoDial::Number | NoDial::Emergency) => Ok(false),
        Err(NoDial::Prefix) if !begins_outside => Ok(false),
        Err(why) => Err(why),
    }
}

/// What is dialled at an address.
fn number_of(to: &str) -> &str {
    let has = |scheme: &str| to.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    let rest =
        ["sips:", "sip:", "tel:"].iter().find(|scheme| has(scheme)).map_or(to, |scheme| &to[scheme.len()..]);
    rest.split(['@', ';']).next().unwrap_or(rest).trim()
}

/// Room for the call; none: the person is not outside, and needs none.
///
/// # Errors
/// [`NoDial`] as [`is_outside`], and where there is no room.
pub(super) async fn room(from: &Origin, to: &str) -> Result<Option<Room>, NoDial> {
    match is_outside(&from.line.rules, to)? {
        true => outbound::room(&from.app, &from.line).await.map(Some),
        false => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_are_looked_at_and_extensions_are_not() {
        let list = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
        let rules = DialRules {
            prefixes: list(&["+49", "**"]),
            deny: list(&["+49900"]),
            country: "+49".into(),
            ..DialRules::default()
        };
        for to in ["22", "**9", "frontdesk", "1234567", "sip:anna@pbx", "112", "sip:22@pbx;user=phone", "0"] {
            assert_eq!(is_outside(&rules, to), Ok(false), "{to}");
        }
        for to in
            ["+49 30 12345", "030 12345", "sip:+493012345@carrier", "SIP:03012345@pbx", "tel:+493012345"]
        {
            assert_eq!(is_outside(&rules, to), Ok(true), "{to}");
        }
        for to in ["0900 1", "sip:+499001@carrier", "tel:+49-900-1;ext=1", "sips:00499001@x"] {
            assert_eq!(is_outside(&rules, to), Err(NoDial::Denied), "{to}");
        }
        assert_eq!(is_outside(&rules, "sip:+12125550100@carrier"), Err(NoDial::Prefix));
    }
}
