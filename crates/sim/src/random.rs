//! What could a caller and a network do that nobody thought of?

use std::fmt::Write as _;

/// A small generator (splitmix64, Steele and others 2014): the same seed gives the same call for ever, on
/// every machine.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    fn percent(&mut self, p: u64) -> bool {
        self.below(100) < p
    }

    fn one_of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }

    /// A time in seconds, in steps of 10 ms, below `most_ms`, more often short than long.
    fn seconds(&mut self, most_ms: u64) -> String {
        let most = self.below(most_ms / 10) + 1;
        seconds(self.below(most) * 10)
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

const SAID: [&str; 12] = [
    "mhm",
    "yes",
    "no",
    "okay",
    "I would like a table for two",
    "wait",
    "zero three",
    "one two",
    "what does that cost",
    "stop",
    "right",
    "my name is Miller",
];
const REPLIES: [&str; 6] = [
    "Yes.",
    "Hello, I am an AI assistant. How can I help you?",
    "One moment, please.",
    "I have written that down, and somebody will call you back this afternoon.",
    "Please say or key your number.",
    "Really?",
];
const THEN: [&str; 13] = [
    "",
    "",
    "",
    "",
    " then listen yesno",
    " then listen choice",
    " then listen digits 6",
    " then listen spelling",
    " then listen message",
    " then tool for 1.5",
    " then tool",
    " then hold for 4 until \"5\"",
    " then hangup",
];
const TROUBLE: [&str; 18] = [
    "stt fails",
    "stt hangs",
    "stt works",
    "stt delay 0.8",
    "stt delay 6",
    "stt ignores cancel",
    "llm fails",
    "llm hangs",
    "llm works",
    "llm delay 1.4",
    "llm delay 12",
    "llm ignores cancel",
    "tts fails",
    "tts hangs",
    "tts works",
    "tts delay 1.2",
    "tts ignores cancel",
    "partials off",
];

/// The script of a random call. Everything in it that ends of itself does, so the call must end, too.
#[must_use]
pub fn random_script(seed: u64) -> String {
    let mut dice = Dice(seed);
    let mut out = String::new();
    if dice.percent(20) {
        out.push_str("lang de\n");
    }
    for _ in 0..dice.below(3) {
        let _ = writeln!(out, "{}", dice.one_of(&TROUBLE));
    }
    for _ in 0..dice.below(6) {
        let _ = writeln!(out, "reply{}", random_reply(&mut dice));
    }
    for to in ["silence", "nothing", "failure"] {
        if dice.percent(30) {
            let _ = writeln!(out, "reply to {to}{}", random_reply(&mut dice));
        }
    }
    let goodbye = if dice.percent(90) { " \"Goodbye.\" then hangup" } else { " \"Goodbye.\"" };
    let _ = writeln!(out, "reply to goodbye{goodbye}");
    let _ = writeln!(out, "reply to anything \"{}\"", dice.one_of(&REPLIES));
    steps(&mut dice, &mut out);
    out
}

fn random_reply(dice: &mut Dice) -> String {
    let after = if dice.percent(30) { format!(" after {}", dice.seconds(3000)) } else { String::new() };
    if dice.percent(5) {
        return format!("{after} {}", dice.one_of(&["fails", "hangs"]));
    }
    let mut text = after;
    for _ in 0..dice.below(4) {
        if dice.percent(20) {
            let _ = write!(text, " gap {}", dice.seconds(2000));
        }
        let _ = write!(text, " \"{}\"", dice.one_of(&REPLIES));
    }
    let then = dice.one_of(&THEN);
    if text.ends_with('"') { text + then } else { text + " then listen open" }
}

fn steps(dice: &mut Dice, out: &mut String) {
    let mut now = 0;
    let mut quiet = 0;
    if dice.percent(30) {
        let _ = writeln!(out, "at 0 ring");
        now = dice.below(400) * 100 + 100;
    }
    let offered = now > 0;
    let answered = dice.percent(97);
    if answered {
        let _ = writeln!(out, "at {} answer", seconds(now));
    }
    for _ in 0..dice.below(14) {
        let gap = [0, 200, 1000, 3000, 9000][dice.below(5) as usize];
        now += dice.below(gap + 1);
        let action = match dice.below(100) {
            0..45 => {
                now = now.max(quiet);
                let (speech, length) = random_speech(dice);
                quiet = now + length;
                speech
            }
            45..60 => {
                now = now.max(quiet);
                let length = dice.below(90) * 10 + 10;
                quiet = now + length;
                let weakly = if dice.percent(50) { "weakly " } else { "" };
                format!("caller {weakly}coughs for {}", seconds(length))
            }
            60..72 => format!(
                "keys \"{}\" every {}",
                dice.one_of(&["5", "12", "123456", "9#", "*", "#", "1"]),
                dice.seconds(900)
            ),
            72..76 => "caller types \"a table for two\"".into(),
            76..81 => "interrupt".into(),
            81..84 => "tool done".into(),
            84 => "hold for 3".into(),
            85 => dice.one_of(&["drain", "resume"]).into(),
            86..88 => "hangup".into(),
            88..90 => format!("line drops for {}", dice.seconds(2000)),
            _ => dice.one_of(&TROUBLE).into(),
        };
        let _ = writeln!(out, "at {} {action}", seconds(now));
    }
    if !offered && !answered {
        // Nobody but the transport can end a call that was never offered.
        let _ = writeln!(out, "at {} hangup", seconds(now));
    }
}

/// Some words, perhaps with a pause inside, and how long they take.
fn random_speech(dice: &mut Dice) -> (String, u64) {
    let weakly = if dice.percent(15) { "weakly " } else { "" };
    let mut text = format!("caller {weakly}says");
    let mut length = 0;
    for i in 0..=dice.below(3) {
        if i > 0 {
            let pause = dice.below(150) * 10;
            length += pause;
            let _ = write!(text, " pause {}", seconds(pause));
        }
        let lasts = dice.below(150) * 10 + 50;
        length += lasts;
        let _ = write!(text, " \"{}\" for {}", dice.one_of(&SAID), seconds(lasts));
        if dice.percent(30) {
            let _ = write!(text, " eot {}", seconds(dice.below(101) * 10));
        }
        if dice.percent(10) {
            let _ = write!(text, " sure 0.{}", dice.below(10));
        }
    }
    (text, length)
}
