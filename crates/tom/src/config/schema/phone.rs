//! The settings of telephone lines.

use super::{Kind, Row, fixed, secret};

pub(super) const PHONE: &[Row] = &[
    fixed(
        "audiosocket.listen",
        Kind::Text,
        "",
        "Address and port for calls from Asterisk over AudioSocket, such as 127.0.0.1:9092; not set: none are taken.",
    ),
    fixed(
        "audiosocket.allow",
        Kind::List,
        "[\"127.0.0.0/8\", \"::1\"]",
        "Addresses and networks whose Asterisk may call over AudioSocket, which knows no token and no encryption.",
    ),
    fixed(
        "asterisk.media_url",
        Kind::Text,
        "",
        "Where channels of Asterisk's chan_websocket wait for TOM to connect, such as ws://127.0.0.1:8088/media.",
    ),
    secret(
        "carriers.twilio_auth_token",
        "Twilio's auth token, with which it signs: /answer/twilio then takes signed requests only. Prefer the file.",
    ),
    fixed("carriers.twilio_auth_token_file", Kind::Path, "", "A file that holds it."),
    fixed(
        "carriers.telnyx_public_key",
        Kind::Text,
        "",
        "Telnyx's public key, as its portal shows it: /answer/telnyx then takes signed requests only.",
    ),
    secret(
        "carriers.vonage_signature_secret",
        "The signature secret of the Vonage account: /answer/vonage then takes signed requests only. Prefer the file.",
    ),
    fixed("carriers.vonage_signature_secret_file", Kind::Path, "", "A file that holds it."),
    secret(
        "carriers.plivo_auth_token",
        "Plivo's auth token, with which it signs: /answer/plivo then takes signed requests only. Prefer the file.",
    ),
    fixed("carriers.plivo_auth_token_file", Kind::Path, "", "A file that holds it."),
    fixed(
        "sip.listen",
        Kind::Text,
        "",
        "Address and port for calls over SIP, such as 0.0.0.0:5060; not set: no SIP. TLS listens on the port behind it.",
    ),
    fixed("sip.transports", Kind::List, "[\"udp\", \"tcp\"]", "How SIP may come: udp, tcp, tls."),
    fixed(
        "sip.advertise",
        Kind::Text,
        "",
        "The IP address others reach this server at, where it is not the one it listens on: behind a router, say.",
    ),
    fixed(
        "sip.allow",
        Kind::List,
        "[]",
        "Addresses and networks that may call over SIP, besides trunks. Others get 403, or silence when they insist.",
    ),
    fixed(
        "sip.name_servers",
        Kind::List,
        "[]",
        "Name servers that are asked for SIP servers (SRV, NAPTR), as 192.168.1.1; none: those of the system.",
    ),
    fixed(
        "sip.refer",
        Kind::Word(&["off", "pbx"]),
        "\"off\"",
        "Whether the other side may send the agent elsewhere. pbx: to extensions of its own system, or by dial.prefixes.",
    ),
    fixed("sip.rtp_ports", Kind::Text, "\"20000-20999\"", "The UDP ports of audio, two for each call."),
    fixed(
        "sip.codecs",
        Kind::List,
        "[\"g722\", \"pcma\", \"pcmu\", \"opus\"]",
        "Codecs, the most wanted first: pcma and pcmu (8 kHz), g722 (16 kHz), opus (48 kHz, costs most).",
    ),
    fixed(
        "sip.srtp",
        Kind::Word(&["off", "accept", "require"]),
        "\"accept\"",
        "Encrypted audio with keys in the signalling. accept: when the other side offers it; require: always.",
    ),
    fixed("sip.tls_cert", Kind::Path, "", "The certificate for TLS, in PEM."),
    fixed("sip.tls_key", Kind::Path, "", "Its key, in PEM."),
    fixed(
        "sip.silence_s",
        Kind::Number(0, 86_400),
        "60",
        "Seconds without any audio from the other side after which a call is hung up; 0: never.",
    ),
    fixed(
        "dial.prefixes",
        Kind::List,
        "[\"+49\", \"+43\", \"+41\"]",
        "What numbers that are called out to may begin with. Calling out needs server.token.",
    ),
    fixed(
        "dial.deny",
        Kind::List,
        "[\"+49900\", \"+49190\", \"+49137\", \"+49180\", \"+49118\", \"+43900\", \"+43901\", \"+43930\", \"+43931\", \"+43939\", \"+43118\", \"+41900\", \"+41901\", \"+41906\", \"+4118\"]",
        "What they may not begin with, although a prefix allows it: numbers that cost.",
    ),
    fixed("dial.country", Kind::Text, "\"+49\"", "The country of numbers that begin with one 0."),
    fixed("dial.per_day", Kind::Number(0, 1_000_000), "100", "Calls out a day at most; 0: none."),
    fixed("dial.at_once", Kind::Number(0, 10_000), "5", "Calls out at once at most."),
    fixed(
        "dial.machine",
        Kind::Word(&["hang_up", "message", "carry_on", "off"]),
        "\"hang_up\"",
        "Where a mailbox or an announcement picks up: hang up, leave dial.message after the beep, or carry on as with a person. off: nobody looks, and the greeting comes at once.",
    ),
    fixed("dial.message", Kind::Text, "", "What is said to a mailbox after its beep."),
    fixed(
        "transfer.mode",
        Kind::Word(&["attended", "blind"]),
        "\"attended\"",
        "How callers over SIP get to a person. attended: TOM calls the person, tells them a summary and joins the two; blind: the other side is asked to connect them (REFER).",
    ),
    fixed(
        "transfer.join",
        Kind::Word(&["off", "pbx", "all"]),
        "\"pbx\"",
        "Whether the side of a caller who talks to a person through TOM (attended) is asked to connect the two directly (REFER with Replaces), so that TOM leaves; it has to say that it can, and where it does not work they talk on. pbx: callers who came without a trunk that TOM registers, from a PBX of yours; all: those of carriers too; off: nobody's.",
    ),
    fixed(
        "transfer.ring_s",
        Kind::Number(1, 300),
        "25",
        "Seconds it may ring at the person's before the caller is fetched back.",
    ),
    fixed(
        "transfer.music",
        Kind::Path,
        "",
        "A WAV file for callers who wait to be connected; not set: a quiet melody.",
    ),
    fixed(
        "transfer.summary_url",
        Kind::Text,
        "",
        "Where a summary of the call is posted as JSON before the caller is connected, such as https://crm.example/calls.",
    ),
];
