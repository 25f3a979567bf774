//! Which words does only a machine say when it picks up?

/// In small letters, by language: what is said in no other call's first seconds.
const WORDS: &[&str] = &[
    // German
    "anrufbeantworter",
    "mailbox",
    "sprachbox",
    "signalton",
    "nach dem ton",
    "nach dem piep",
    "hinterlassen sie",
    "eine nachricht",
    "nicht erreichbar",
    "nicht zu erreichen",
    "nicht vergeben",
    "ihr anruf",
    "ihren anruf",
    "außerhalb unserer",
    "drücken sie",
    // English
    "voicemail",
    "voice mail",
    "answering machine",
    "after the tone",
    "after the beep",
    "at the tone",
    "leave a message",
    "leave your",
    "not available",
    "not in service",
    "your call",
    "you have reached",
    "our opening hours",
    "press one",
    "press 1",
];

/// Whether a machine says this. `text`: as a recogniser writes it.
pub(super) fn of_a_machine(text: &str) -> bool {
    let text = text.to_lowercase();
    WORDS.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_known_by_their_words_and_people_are_not() {
        for text in [
            "Bitte sprechen Sie nach dem Signalton",
            "hier ist die Mailbox von",
            "Please leave a message",
            "Thank you for calling. Your call is important",
        ] {
            assert!(of_a_machine(text), "{text}");
        }
        for text in ["", "Hallo?", "Schmidt, guten Tag", "hello this is anna speaking", "ja bitte"] {
            assert!(!of_a_machine(text), "{text}");
        }
    }
}
