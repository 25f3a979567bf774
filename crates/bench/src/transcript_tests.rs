//! Layer: pure. The words of an upload are those that lie in it, whatever else is being said.
use super::*;
use crate::corpus::{Band, Clean, Kind, Tongue};

/// A voice with words of random loudness: like no other.
fn voice(seed: u64, samples: usize) -> Vec<i16> {
    let mut state = seed;
    let mut loud = 0.0;
    (0..samples)
        .map(|n| {
            if n % 1_200 == 0 {
                loud = 300.0 + (tom_probe::clip::next(&mut state) % 6_000) as f64;
            }
            (loud * (n as f64 * 0.2).sin()) as i16
        })
        .collect()
}

fn item(seed: u64, first: &str, second: &str) -> Item {
    let mut pcm = voice(seed, 24_000);
    pcm.resize(24_000 + 12_000, 0);
    pcm.extend(voice(seed + 100, 24_000));
    let parts = vec![(first.to_owned(), 0..24_000), (second.to_owned(), 36_000..60_000)];
    let clean = Clean { pcm, parts };
    let mut dice = seed;
    Item::new("x".into(), (Kind::Paused, Tongue::En, Band::Wide), &clean, -23.0, &mut dice).unwrap()
}

fn saying() -> (Saying, Item) {
    let said = item(1, "When I came home,", "nobody was there.");
    let saying = Saying::default();
    for other in [said.clone(), item(2, "My number is,", "four five."), item(3, "It is about,", "the bill.")]
    {
        saying.always(Arc::new(Known::new(&other)));
    }
    (saying, said)
}

#[test]
fn a_whole_upload_is_the_whole_text() {
    let (saying, said) = saying();
    assert_eq!(saying.words(&said.pcm), "When I came home, nobody was there.");
    // With what the server keeps from before the onset, and after the end.
    let padded = [vec![0; 3_200], said.pcm.clone(), vec![0; 6_400]].concat();
    assert_eq!(saying.words(&padded), "When I came home, nobody was there.");
}

#[test]
fn an_upload_that_ends_in_the_pause_ends_with_the_comma() {
    let (saying, said) = saying();
    assert_eq!(saying.words(&said.pcm[..30_000]), "When I came home,");
}

#[test]
fn an_upload_that_ends_within_words_has_no_mark() {
    let (saying, said) = saying();
    let words = saying.words(&said.pcm[..15_000]);
    assert!("When I came".starts_with(&words) && !words.is_empty(), "{words:?}");
    assert!(!words.ends_with(','));
}

#[test]
fn the_rest_of_a_turn_is_the_rest_of_its_text() {
    let (saying, said) = saying();
    assert_eq!(saying.words(&said.pcm[33_000..]), "nobody was there.");
}

#[test]
fn clips_that_rise_and_fall_alike_are_told_apart_by_their_sound() {
    let (said, mut other) = (item(1, "Four", "four."), item(1, "Five", "five."));
    // The same loudness at another pitch.
    for (n, sample) in other.pcm.iter_mut().enumerate() {
        let loud = said.pcm.iter().skip(n / 1_200 * 1_200).take(1_200).map(|s| s.unsigned_abs()).max();
        *sample = (f64::from(loud.unwrap_or(0)) * (n as f64 * 0.17).sin()) as i16;
    }
    for order in [[&said, &other], [&other, &said]] {
        let saying = Saying::default();
        order.iter().for_each(|item| saying.always(Arc::new(Known::new(item))));
        // As a telephone brings it: a little late, a little coarse.
        let brought: Vec<i16> =
            std::iter::repeat_n(0, 77).chain(said.pcm.iter().map(|s| s / 64 * 64)).collect();
        assert_eq!(saying.words(&brought), "Four four.");
        assert_eq!(saying.words(&brought[33_000..]), "four.");
    }
}

#[test]
fn what_is_said_twice_was_said_by_when_it_comes() {
    let mut said = item(6, "Two four", "four.");
    said.pcm.copy_within(36_000..60_000, 0);
    let saying = Saying::default();
    let began = Instant::now();
    saying.begin(Arc::new(Known::new(&said)));
    let at = |ms: u64, piece: &[i16]| saying.words_at(began + Duration::from_millis(ms), piece);
    assert_eq!(at(1_700, &said.pcm[..24_000]), "Two four");
    assert_eq!(at(3_900, &said.pcm[..24_000]), "four.");
    assert_eq!(at(25_000, &said.pcm), "", "long over");
}

#[test]
fn noise_has_no_words() {
    let (saying, _) = saying();
    assert_eq!(saying.words(&tom_probe::clip::noise(9, -60.0, 16_000)), "");
    assert_eq!(saying.words(&[]), "");
    assert_eq!(Saying::default().words(&voice(5, 16_000)), "");
}

#[test]
fn a_long_word_that_breaks_off_is_heard_by_its_beginning_and_a_short_one_not() {
    let saying = Saying::default();
    let long = item(4, "Entschuldigung,", "one question.");
    let short = item(5, "Mhm.", "one question.");
    for said in [&long, &short] {
        saying.always(Arc::new(Known::new(said)));
    }
    let half = saying.words(&long.pcm[..14_000]);
    assert!(half.len() >= 4 && half.len() < 14 && "Entschuldigung".starts_with(&half), "{half:?}");
    assert_eq!(saying.words(&long.pcm[..4_000]), "");
    assert_eq!(saying.words(&short.pcm[..12_000]), "");
}

#[test]
fn words_lie_where_there_is_sound() {
    // A long word, a pause, two short ones.
    let mut pcm = voice(6, 16_000);
    pcm.resize(32_000, 0);
    pcm.extend(voice(7, 16_000));
    let all = 0..pcm.len();
    let clean = Clean { pcm, parts: vec![("Entschuldigung, what now?".to_owned(), all)] };
    let mut dice = 1;
    let said = Item::new("x".into(), (Kind::Interruption, Tongue::En, Band::Wide), &clean, -23.0, &mut dice);
    let (said, saying) = (said.unwrap(), Saying::default());
    saying.always(Arc::new(Known::new(&said)));
    assert_eq!(saying.words(&said.pcm[..24_000]), "Entschuldigung,");
}
