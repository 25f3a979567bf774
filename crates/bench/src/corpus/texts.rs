//! What do callers say in the corpus? Phrases in English and German, written as a good recogniser writes them.

/// A language of the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tongue {
    /// English.
    En,
    /// German.
    De,
}

impl Tongue {
    /// Its code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }
}

/// Phrases that take the floor: two words or more.
#[must_use]
pub(super) const fn interruptions(tongue: Tongue) -> &'static [&'static str] {
    match tongue {
        Tongue::En => &[
            "Wait a moment.",
            "I have a question.",
            "Stop, please.",
            "No, that is wrong.",
            "Can I speak to someone?",
            "Hold on, please.",
            "What about tomorrow?",
            "That is not what I asked.",
            "I need something else.",
            "Could you say that again?",
            "Tell me the price.",
            "I want to cancel it.",
            "Let me ask you something.",
            "Do you have an appointment?",
            "Never mind that.",
            "Excuse me, one question.",
            "Please connect me to sales.",
            "My name is Miller.",
            "Where are you located?",
            "Is it open on Sunday?",
            "Give me the address.",
            "Thank you, that is enough.",
            "How much does it cost?",
            "Sorry, can you slow down?",
        ],
        Tongue::De => &[
            "Einen Moment bitte.",
            "Ich habe eine Frage.",
            "Nein, das stimmt nicht.",
            "Warten Sie mal.",
            "Kann ich jemanden sprechen?",
            "Was kostet das denn?",
            "Das habe ich nicht gefragt.",
            "Können Sie das wiederholen?",
            "Haben Sie morgen offen?",
            "Ich brauche etwas anderes.",
            "Verbinden Sie mich bitte.",
            "Mein Name ist Schneider.",
            "Wo finde ich Sie?",
            "Halt, stopp bitte.",
            "Sagen Sie mir den Preis.",
            "Ich möchte absagen.",
            "Danke, das reicht mir.",
            "Entschuldigung, kurze Frage.",
            "Geht das auch später?",
            "Sprechen Sie bitte langsamer.",
        ],
    }
}

/// Complete utterances without a long pause inside.
#[must_use]
pub(super) const fn utterances(tongue: Tongue) -> &'static [&'static str] {
    match tongue {
        Tongue::En => &[
            "What are your opening hours on Saturday?",
            "I would like to book a table for two people.",
            "Can you tell me where I can park my car?",
            "Please send me the invoice by mail.",
            "I need to change my appointment to next Tuesday.",
            "How long does the delivery usually take?",
            "My order number is on the letter you sent me.",
            "Do you also repair older bicycles?",
            "I would like to speak to someone in the accounting department.",
            "Could you please repeat the last part?",
            "Is there a bus stop near your office?",
            "Yes, that would be great.",
            "No, thank you very much.",
            "The washing machine does not turn on any more.",
            "We are coming with three children tomorrow.",
            "I forgot the password of my account.",
            "Which documents do I have to bring?",
            "Please call me back this afternoon.",
            "What does the smaller one cost?",
            "I am calling about my contract.",
        ],
        Tongue::De => &[
            "Wann haben Sie am Samstag geöffnet?",
            "Ich möchte einen Tisch für zwei Personen reservieren.",
            "Wo kann ich bei Ihnen parken?",
            "Bitte schicken Sie mir die Rechnung per Post.",
            "Ich muss meinen Termin auf nächsten Dienstag verschieben.",
            "Wie lange dauert die Lieferung normalerweise?",
            "Reparieren Sie auch ältere Fahrräder?",
            "Ich würde gerne mit der Buchhaltung sprechen.",
            "Können Sie den letzten Teil bitte wiederholen?",
            "Ja, das wäre sehr schön.",
            "Nein, vielen Dank.",
            "Die Waschmaschine geht nicht mehr an.",
            "Wir kommen morgen mit drei Kindern.",
            "Welche Unterlagen muss ich mitbringen?",
            "Bitte rufen Sie mich heute Nachmittag zurück.",
            "Was kostet das kleinere Gerät?",
            "Ich rufe wegen meines Vertrags an.",
            "Gibt es in der Nähe eine Haltestelle?",
        ],
    }
}

/// Utterances in two parts: between them the caller pauses and goes on. The first part ends in a comma, a
/// filler, a conjunction or a group of digits.
#[must_use]
pub(super) const fn paused(tongue: Tongue) -> &'static [(&'static str, &'static str)] {
    match tongue {
        Tongue::En => &[
            ("I would like to book a table,", "for four people on Friday."),
            ("When I came home yesterday,", "the heating did not work."),
            ("Can you tell me, um,", "when the office opens?"),
            ("I need an appointment and,", "if possible, a parking space."),
            ("My number is zero three zero,", "four five six seven."),
            ("It is about the invoice, uh,", "from the third of March."),
            ("Well, the thing is that,", "I never got the package."),
            ("The order number is five seven,", "two nine one."),
            ("If the weather is good,", "we would like to sit outside."),
            ("I would like to know whether,", "you also deliver on Sundays."),
            ("Please send it to my wife, because,", "I am not at home."),
            ("My name is, um,", "Jonathan Miller."),
            ("The car makes a noise, and,", "it does not start any more."),
            ("I wanted to ask,", "how much the repair will cost."),
            ("The code is one one,", "eight four."),
            ("We are five people, or,", "maybe six."),
        ],
        Tongue::De => &[
            ("Ich möchte einen Tisch reservieren,", "für vier Personen am Freitag."),
            ("Als ich gestern nach Hause kam,", "ging die Heizung nicht mehr."),
            ("Können Sie mir sagen, ähm,", "wann das Büro öffnet?"),
            ("Ich brauche einen Termin und,", "wenn möglich, einen Parkplatz."),
            ("Meine Nummer ist null drei null,", "vier fünf sechs sieben."),
            ("Es geht um die Rechnung, äh,", "vom dritten März."),
            ("Also, es ist so, dass,", "das Paket nie angekommen ist."),
            ("Die Bestellnummer ist fünf sieben,", "zwei neun eins."),
            ("Wenn das Wetter gut ist,", "würden wir gern draußen sitzen."),
            ("Ich wollte fragen, ob,", "Sie auch sonntags liefern."),
            ("Mein Name ist, ähm,", "Johannes Schneider."),
            ("Das Auto macht ein Geräusch, und,", "es springt nicht mehr an."),
            ("Der Code ist eins eins,", "acht vier."),
            ("Wir sind fünf Personen, oder,", "vielleicht auch sechs."),
        ],
    }
}

/// A listener's words, which take no floor: how they are spelt for the recogniser's answer and for the voice.
#[must_use]
pub(super) const fn backchannels(tongue: Tongue) -> &'static [(&'static str, &'static str)] {
    match tongue {
        Tongue::En => &[
            ("Mhm.", "mm hmm"),
            ("Okay.", "okay"),
            ("Right.", "right"),
            ("Yeah.", "yeah"),
            ("Uh-huh.", "uh huh"),
            ("Yes.", "yes"),
        ],
        Tongue::De => &[
            ("Mhm.", "mhmm"),
            ("Ja.", "ja"),
            ("Okay.", "okay"),
            ("Genau.", "genau"),
            ("Aha.", "aha"),
            ("Ja, genau.", "ja genau"),
        ],
    }
}

/// What the agent says, over and over: the text of its voice.
pub const AGENT: &[&str] = &[
    "Our office is open from Monday to Thursday between nine and five and on Friday until one",
    "you can park in the yard behind the house or along the street where it is free of charge",
    "the delivery usually takes three to five working days and you will get a message before it arrives",
    "please bring an identity card and the last letter that you received from us so that we find your file",
    "the repair starts with a short look at the device and then we tell you what it is going to cost",
    "for larger orders we offer a discount that depends on the number of pieces and on the season",
    "if you would like to change your appointment you can do so until the evening of the day before",
    "our colleagues on the second floor will take care of everything that has to do with your contract",
];
