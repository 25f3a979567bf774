//! With what does a stream show that we asked for it?
//!
//! An answer document tells a carrier to open a stream, and carriers keep such documents in their logs. So it has no
//! token but a ticket: good for one dialect and a minute, made from the token, so that every node with the same token
//! takes it.

use ring::hmac;
use tom_wire::phone::PhoneDialect;

use crate::config::Token;
use crate::switchboard::Transport;

/// Seconds a ticket is good for.
const GOOD_FOR: u64 = 60;
/// Hexadecimal digits of the moment it ends.
const MOMENT: usize = 10;

/// A ticket: letters and digits only, so that it fits everywhere.
pub(crate) fn issue(token: &Token, dialect: PhoneDialect, now: u64) -> String {
    let until = format!("{:0MOMENT$x}", now + GOOD_FOR);
    let mac = hmac::sign(&key(token), &signed(dialect, &until));
    let mac: String = mac.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    until + &mac
}

/// Whether a ticket is good.
pub(crate) fn good(token: &Token, dialect: Transport, ticket: &str, now: u64) -> bool {
    let Some((until, mac)) = ticket.split_at_checked(MOMENT).filter(|_| ticket.is_ascii()) else {
        return false;
    };
    let moment = u64::from_str_radix(until, 16).ok();
    let bytes: Option<Vec<u8>> = mac
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let right = |bytes: &[u8]| {
        PhoneDialect::ALL
            .into_iter()
            .filter(|named| Transport::from(*named) == dialect)
            .any(|named| hmac::verify(&key(token), &signed(named, until), bytes).is_ok())
    };
    moment.is_some_and(|until| now <= until) && bytes.is_some_and(|bytes| right(&bytes))
}

fn key(token: &Token) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, token.bytes())
}

fn signed(dialect: PhoneDialect, until: &str) -> Vec<u8> {
    format!("stream {} until {until}", Transport::from(dialect).as_str()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_for_a_minute_one_dialect_and_one_token() {
        let token = Token::new("0123456789abcdef").unwrap();
        let other = Token::new("0123456789abcdeF").unwrap();
        let ticket = issue(&token, PhoneDialect::Twilio, 1_000);
        assert!(ticket.bytes().all(|b| b.is_ascii_alphanumeric()));
        for now in [1_000, 1_060] {
            assert!(good(&token, Transport::Twilio, &ticket, now));
        }
        assert!(!good(&token, Transport::Twilio, &ticket, 1_061), "too late");
        assert!(!good(&token, Transport::Telnyx, &ticket, 1_000), "another dialect");
        assert!(!good(&other, Transport::Twilio, &ticket, 1_000), "another token");
        let longer = format!("{:010x}{}", 2_000, &ticket[10..]);
        assert!(!good(&token, Transport::Twilio, &longer, 1_500), "a moment of one's own");
        for bad in ["", "x", "0000000000", "000000ffff", "0000000000zz", "ééééé", &ticket[..20]] {
            assert!(!good(&token, Transport::Twilio, bad, 0), "{bad}");
        }
    }
}
