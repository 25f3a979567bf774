//! What is said in the calls of the evaluation, by whom, where?

use std::path::PathBuf;

use super::corpus::{self, Around, Dice, Line, ROBOTS, VOICES, arrives, phrases, read, say, shared};
use super::sounds::{self, Kind};

/// A call: utterances of one speaker over one line.
#[derive(Debug)]
pub(crate) struct Talk {
    pub(crate) set: &'static str,
    pub(crate) speaker: String,
    pub(crate) line: Line,
    pub(crate) around: Around,
    /// Whether each utterance is the first of a call.
    pub(crate) afresh: bool,
    pub(crate) spoken: Vec<Spoken>,
}

/// An utterance.
#[derive(Debug)]
pub(crate) struct Spoken {
    pub(crate) sound: Sound,
    pub(crate) grammar: String,
    /// What is right to understand; empty: nothing.
    pub(crate) wanted: String,
    pub(crate) seed: u64,
}

/// Where an utterance comes from.
#[derive(Debug)]
pub(crate) enum Sound {
    /// A synthetic voice says it.
    Text(String),
    /// Somebody was recorded, from one sample to another.
    File(PathBuf, std::ops::Range<usize>),
    /// Several recordings with a tenth of a second between them.
    Files(Vec<PathBuf>),
    /// Nobody speaks.
    Noise(Kind),
}

impl Sound {
    /// How it arrives over a call's line.
    pub(crate) fn pcm(&self, talk: &Talk, seed: u64) -> Vec<i16> {
        let speech = match self {
            Self::Text(text) => say(&talk.speaker, text),
            Self::File(file, part) => {
                let pcm = read(file);
                pcm[part.start..part.end.min(pcm.len())].to_vec()
            }
            Self::Files(files) => {
                files.iter().map(|file| read(file)).collect::<Vec<_>>().join(&[0; 1600][..])
            }
            Self::Noise(kind) => return sounds::make(*kind, talk.line, seed),
        };
        arrives(&speech, talk.line, talk.around, seed)
    }
}

impl Talk {
    /// The row of the table it belongs to.
    pub(crate) fn name(&self) -> String {
        let line = match self.line {
            Line::Wide => "wide",
            Line::Telephone => "telephone",
        };
        let around = match self.around {
            Around::Quiet => "quiet".to_owned(),
            Around::White(db) => format!("white {db} dB"),
            Around::Pink(db) => format!("pink {db} dB"),
            Around::Babble(db) => format!("babble {db} dB"),
        };
        let when = if self.afresh { ", first utterance" } else { "" };
        format!("{}, {line}, {around}{when}", self.set)
    }
}

/// Where phrases are said: quietly, and with others and machines around.
const PLACES: [(Line, Around); 10] = [
    (Line::Wide, Around::Quiet),
    (Line::Wide, Around::Pink(20.0)),
    (Line::Wide, Around::Pink(10.0)),
    (Line::Telephone, Around::Quiet),
    (Line::Telephone, Around::White(20.0)),
    (Line::Telephone, Around::Pink(20.0)),
    (Line::Telephone, Around::Babble(20.0)),
    (Line::Telephone, Around::White(10.0)),
    (Line::Telephone, Around::Pink(10.0)),
    (Line::Telephone, Around::Babble(10.0)),
];

/// All calls, with each `every`th phrase.
pub(crate) fn all(every: usize) -> Vec<Talk> {
    let mut talks = Vec::new();
    for (robots, voices) in [(false, VOICES.as_slice()), (true, ROBOTS.as_slice())] {
        for voice in voices {
            for (place, (line, around)) in PLACES.into_iter().enumerate() {
                let quiet = around == Around::Quiet;
                let talk = |set, grammar: &str, section: &str, inside, afresh| {
                    let spoken = said(grammar, section, inside, every, place as u64);
                    Talk { set, speaker: (*voice).to_owned(), line, around, afresh, spoken }
                };
                let name = |flite, espeak| if robots { espeak } else { flite };
                let menu = name("menu, flite", "menu, espeak");
                talks.push(talk(menu, "menu", "menu", true, false));
                let other = name("not in the menu, flite", "not in the menu, espeak");
                talks.push(talk(other, "menu", "other", false, false));
                if quiet {
                    talks.push(talk(menu, "menu", "menu", true, true));
                    for section in ["yes", "rating", "time", "digits"] {
                        let set = name("smaller grammars, flite", "smaller grammars, espeak");
                        talks.push(talk(set, section, section, true, false));
                    }
                    for section in ["yes", "rating", "digit"] {
                        let set = name("not in smaller grammars, flite", "not in smaller grammars, espeak");
                        talks.push(talk(set, section, "other", false, false));
                    }
                }
            }
        }
    }
    for line in [Line::Wide, Line::Telephone] {
        talks.extend(people(line));
        talks.extend(sounds(line));
    }
    talks
}

/// A section's phrases against a grammar, in an order that has nothing to do with their meaning.
fn said(grammar: &str, section: &str, inside: bool, every: usize, place: u64) -> Vec<Spoken> {
    let phrases = phrases();
    let jsgf = corpus::grammar(grammar);
    let mut spoken: Vec<Spoken> = phrases[section]
        .iter()
        .enumerate()
        // What a caller may say to this grammar is no stranger to it.
        .filter(|(_, text)| inside || !phrases[grammar].contains(text))
        .step_by(every)
        .map(|(n, text)| Spoken {
            sound: Sound::Text((*text).to_owned()),
            grammar: jsgf.clone(),
            wanted: if inside { (*text).to_owned() } else { String::new() },
            seed: place * 1000 + n as u64,
        })
        .collect();
    shuffle(&mut spoken, place);
    spoken
}

fn shuffle(spoken: &mut [Spoken], seed: u64) {
    let mut dice = Dice::new(seed + 99);
    for n in (1..spoken.len()).rev() {
        spoken.swap(n, dice.below(n + 1));
    }
}

/// People who were recorded, where the shared data is.
fn people(line: Line) -> Vec<Talk> {
    let digits: Vec<&str> = phrases()["digit"].iter().copied().take(10).collect();
    let around = Around::Quiet;
    let mut talks = Vec::new();
    for speaker in ["jackson", "theo"] {
        let file = |digit: usize, take: usize| shared(&format!("speech/digits/{digit}_{speaker}_{take}.wav"));
        let mut each = Vec::new();
        for take in 0..5 {
            for digit in 0..10 {
                each.extend(file(digit, take).map(|file| (digit, (take * 10 + digit) as u64, file)));
            }
        }
        let talk =
            |set, afresh, spoken| Talk { set, speaker: speaker.to_owned(), line, around, afresh, spoken };
        let against = |grammar: &dyn Fn(usize) -> (String, String)| -> Vec<Spoken> {
            let spoken = each.iter().map(|(digit, seed, file)| {
                let (grammar, wanted) = grammar(*digit);
                Spoken { sound: Sound::File(file.clone(), 0..usize::MAX), grammar, wanted, seed: *seed }
            });
            spoken.collect()
        };
        for afresh in [false, true] {
            let known = against(&|digit| (corpus::grammar("digit"), digits[digit].to_owned()));
            talks.push(talk("digits, people", afresh, known));
        }
        let strangers = against(&|_| (corpus::grammar("menu"), String::new()));
        talks.push(talk("not in the menu, people", false, strangers));
        let others = against(&|digit| {
            let others: Vec<&str> = (0..10).filter(|n| *n != digit).map(|n| digits[n]).collect();
            (format!("#JSGF V1.0;\npublic <digit> = {};\n", others.join(" | ")), String::new())
        });
        talks.push(talk("the tenth of nine digits, people", false, others));
        let numbers = each.chunks(4).enumerate().map(|(n, digit)| Spoken {
            sound: Sound::Files(digit.iter().map(|(_, _, file)| file.clone()).collect()),
            grammar: corpus::grammar("digits"),
            wanted: digit.iter().map(|(digit, _, _)| digits[*digit]).collect::<Vec<_>>().join(" "),
            seed: n as u64,
        });
        talks.push(talk("four digits in a row, people", false, numbers.collect()));
    }
    if let Some(file) = shared("speech/jfk.wav") {
        let grammars = ["menu", "yes", "rating", "digit"].into_iter();
        let spoken = grammars.flat_map(|grammar| {
            let file = file.clone();
            // Pieces of one and a half seconds: they may begin and end amid a word, as the speech of a caller who
            // is cut off does.
            (0..7).map(move |n| Spoken {
                sound: Sound::File(file.clone(), n * 24_000..(n + 1) * 24_000),
                grammar: corpus::grammar(grammar),
                wanted: String::new(),
                seed: n as u64,
            })
        });
        let set = "a speech, in pieces";
        talks.push(Talk {
            set,
            speaker: "jfk".into(),
            line,
            around,
            afresh: false,
            spoken: spoken.collect(),
        });
    }
    talks
}

/// What nobody says.
fn sounds(line: Line) -> Vec<Talk> {
    let talks = [
        ("silence and noise", Kind::STILL.as_slice()),
        ("coughs, clicks and tones", Kind::SUDDEN.as_slice()),
    ];
    let talks = talks.into_iter().map(|(set, kinds)| {
        let spoken = kinds.iter().flat_map(|kind| {
            ["menu", "yes", "digit"].into_iter().flat_map(move |grammar| {
                (0..3).map(move |seed| Spoken {
                    sound: Sound::Noise(*kind),
                    grammar: corpus::grammar(grammar),
                    wanted: String::new(),
                    seed,
                })
            })
        });
        let (around, speaker) = (Around::Quiet, "nobody".to_owned());
        Talk { set, speaker, line, around, afresh: true, spoken: spoken.collect() }
    });
    talks.collect()
}
