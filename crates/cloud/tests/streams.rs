//! Layer: wire. Streams of events and the thoughts in them: any pieces, line ends, comments, garbage.

use proptest::collection::vec;
use proptest::prelude::*;
use tom_cloud::llm::sse::SseParser;
use tom_cloud::llm::thoughts::Thoughts;

/// The events of a stream; none if one was too long.
fn events(pieces: &[&[u8]]) -> Option<Vec<String>> {
    let mut parser = SseParser::default();
    let mut events = Vec::new();
    let mut tell = |event: &str| events.push(event.to_owned());
    for piece in pieces {
        parser.push(piece, &mut tell).ok()?;
    }
    parser.end(&mut tell).ok()?;
    Some(events)
}

/// Cuts bytes at places given as shares of what is left.
fn cut<'a>(mut bytes: &'a [u8], cuts: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for share in cuts {
        let (piece, rest) = bytes.split_at(bytes.len() * usize::from(*share) / 255);
        pieces.push(piece);
        bytes = rest;
    }
    pieces.push(bytes);
    pieces
}

#[test]
fn the_format_is_the_standards() {
    let stream = "\u{feff}data: one\n\n: a comment\ndata:two\r\n\r\nevent: x\ndata: a\ndata:  b\nid: 7\n\n\n\ndata\n\rdata: last";
    assert_eq!(events(&[stream.as_bytes()]).unwrap(), ["one", "two", "a\n b", "", "last"]);
    assert_eq!(events(&[b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n"]).unwrap(), ["a\nb"]);
    assert_eq!(events(&[b"data: \xff\n\n"]).unwrap(), ["\u{fffd}"]);
    assert_eq!(events(&[b"", b": only a comment\n\n"]).unwrap(), [""; 0]);
}

#[test]
fn an_event_without_an_end_is_refused_and_not_kept() {
    let mut parser = SseParser::default();
    let long = vec![b'x'; 100_000];
    let refused = (0..10).find(|_| parser.push(&long, &mut |_| ()).is_err());
    assert_eq!(refused, Some(2));
    let lines = "data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(10_000);
    assert_eq!(events(&[lines.as_bytes()]), None, "many short lines of one event");
}

proptest! {
    #[test]
    fn events_survive_any_pieces_and_line_ends(
        told in vec(vec("[a-z{}\": ]{0,20}", 1..4), 0..10),
        ends in vec(prop::sample::select(vec!["\n", "\r\n", "\r"]), 60),
        comments: bool,
        cuts in vec(any::<u8>(), 0..30),
    ) {
        let mut ends = ends.into_iter();
        let mut end = || ends.next().unwrap_or("\n");
        let mut stream = String::new();
        for event in &told {
            if comments {
                stream.push_str(": ping");
                stream.push_str(end());
            }
            for line in event {
                stream.push_str("data: ");
                stream.push_str(line);
                stream.push_str(end());
            }
            // CR and LF after each other are one line end: the empty line must end as the line before does.
            stream.push_str(if stream.ends_with('\r') { "\r" } else { "\n" });
        }
        let wanted: Vec<String> = told.iter().map(|event| event.join("\n")).collect();
        prop_assert_eq!(events(&cut(stream.as_bytes(), &cuts)), Some(wanted));
    }

    #[test]
    fn garbage_gives_the_same_in_any_pieces(garbage in vec(
        prop_oneof![any::<u8>(), prop::sample::select(b"data: \r\n\n:".to_vec())], 0..500),
        cuts in vec(any::<u8>(), 0..30),
    ) {
        prop_assert_eq!(events(&cut(&garbage, &cuts)), events(&[&garbage]));
    }

    #[test]
    fn thoughts_stay_thoughts_in_any_pieces(
        parts in vec((
            "[a-z <>Ä]{0,8}",
            prop::sample::select(vec!["think", "thinking", "thought", "reasoning"]),
            "[a-z <Ä\n]{0,12}",
        ), 0..6),
        sizes in vec(1..5_usize, 1..20),
    ) {
        let mut text = String::new();
        let mut wanted = String::new();
        for (speech, name, thought) in &parts {
            text.push_str(&format!("{speech}<{name}>{thought}</{name}>"));
            wanted.push_str(speech);
        }
        let chars: Vec<char> = text.chars().collect();
        let mut sizes = sizes.iter().cycle();
        let mut rest = &chars[..];
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(rest.len().min(*sizes.next().unwrap_or(&1)));
            pieces.push(piece.iter().collect::<String>());
            rest = later;
        }
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        // Blanks after thoughts are left out.
        let visible = |c: &char| !c.is_whitespace();
        prop_assert_eq!(spoken(&pieces), spoken(&[&text]));
        prop_assert_eq!(
            spoken(&pieces).chars().filter(visible).collect::<String>(),
            wanted.chars().filter(visible).collect::<String>()
        );
    }
}

fn spoken(pieces: &[&str]) -> String {
    let mut thoughts = Thoughts::default();
    let mut out = String::new();
    for piece in pieces {
        thoughts.push(piece, &mut out);
    }
    thoughts.end(&mut out);
    out
}

#[test]
fn only_thoughts_are_left_out() {
    assert_eq!(spoken(&["<think>\nHm.\n</think>\n\nHello", " there"]), "Hello there");
    assert_eq!(spoken(&["a <b> & 1 < 2"]), "a <b> & 1 < 2");
    assert_eq!(spoken(&["Hello <thin"]), "Hello <thin", "not a tag after all");
    assert_eq!(spoken(&["<think>never ending"]), "");
    assert_eq!(spoken(&["the prompt opened it</think>Yes"]), "the prompt opened itYes");
    assert_eq!(spoken(&["<", "rea", "soning>x<", "/reasoning", ">y"]), "y");
}
