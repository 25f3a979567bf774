//! What do people and machines say when they answer a telephone?

use super::Tongue;

/// What people say at home and on their own telephone.
pub(super) fn people(tongue: Tongue) -> &'static [&'static str] {
    match tongue {
        Tongue::De => &[
            "Hallo?",
            "Ja, hallo?",
            "Müller.",
            "Schmidt, guten Tag.",
            "Ja bitte?",
            "Weber hier.",
            "Guten Morgen.",
            "Hier ist Anna.",
            "Becker, hallo?",
            "Wer ist da?",
            "Ja?",
            "Hallo, wer ist denn da?",
            "Familie Hoffmann.",
            "Klein, guten Abend.",
            "Hallo, hier ist Peter.",
            "Moin.",
            "Jonas Wagner.",
            "Schulz am Apparat.",
            "Hallöchen!",
            "Ja, guten Tag, Richter.",
            "Servus.",
            "Grüß Gott, Huber.",
        ],
        Tongue::En => &[
            "Hello?",
            "Yes?",
            "Hello, this is Anna speaking.",
            "Hi, this is Tom.",
            "Miller.",
            "Yeah, hello?",
            "Good morning.",
            "Who is this?",
            "Hey, what's up?",
            "Smith residence.",
            "Peter here.",
            "Hello, Jones speaking.",
            "Hi there.",
            "Hello, who's calling?",
            "Yes, hello.",
            "Speaking.",
            "Hi mum.",
            "Good evening, Clark here.",
            "Hello, hello?",
            "Sarah Brown.",
            "Yep.",
            "Hello, can I help you?",
        ],
    }
}

/// What people say at receptions: as long as machines do.
pub(super) fn receptions(tongue: Tongue) -> &'static [&'static str] {
    match tongue {
        Tongue::De => &[
            "Praxis Doktor Lange, guten Tag.",
            "Autohaus Krüger, Sommer, guten Tag.",
            "Firma Braun, mein Name ist Frank, was kann ich für Sie tun?",
            "Hotel zur Post, guten Tag, Sie sprechen mit Frau Vogel.",
        ],
        Tongue::En => &[
            "Green and Partners, good afternoon.",
            "City Dental, Laura speaking.",
            "Good morning, you have reached the front desk, how can I help you?",
            "Thank you for calling Harbour Books, this is Max, how may I help?",
        ],
    }
}

/// What machines say.
pub(super) fn machines(tongue: Tongue) -> &'static [&'static str] {
    match tongue {
        Tongue::De => &[
            "Hallo, hier ist der Anrufbeantworter von Familie Müller. Bitte hinterlassen Sie eine Nachricht nach dem Signalton.",
            "Der Teilnehmer ist vorübergehend nicht erreichbar. Bitte versuchen Sie es später noch einmal.",
            "Guten Tag. Sie sind verbunden mit der Mailbox der Nummer null eins sieben zwei.",
            "Herzlich willkommen bei den Stadtwerken. Zurzeit sind alle Leitungen belegt. Bitte haben Sie etwas Geduld.",
            "Hallo, ich bin gerade nicht da. Sprechen Sie bitte nach dem Piep.",
            "Die gewählte Rufnummer ist nicht vergeben. Bitte rufen Sie die Auskunft an.",
            "Hier ist der Anschluss von Anna und Peter. Wir sind im Urlaub. Nachrichten bitte nach dem Ton.",
            "Willkommen. Für Deutsch drücken Sie die eins. Für Englisch drücken Sie die zwei.",
            "Praxis Doktor Klein. Unsere Sprechzeiten sind montags bis freitags von acht bis zwölf Uhr.",
            "Sie rufen außerhalb unserer Geschäftszeiten an. Wir sind montags bis freitags für Sie da.",
            "Tag, hier spricht Jonas, leider nur vom Band. Ich rufe zurück.",
            "Mailbox von Thomas Berger. Bitte sprechen Sie nach dem Signal.",
            "Moin! Ich kann gerade nicht ans Telefon gehen. Hinterlasst mir etwas, dann melde ich mich.",
            "Dies ist ein automatischer Anrufbeantworter. Faxe bitte an die Nummer mit der Endung neun.",
            "Vielen Dank für Ihren Anruf. Dieses Gespräch kann zu Schulungszwecken aufgezeichnet werden.",
            "Guten Tag, hier ist die Sprachbox. Ihr Gesprächspartner ist im Moment nicht zu erreichen.",
        ],
        Tongue::En => &[
            "Hi, you have reached the Millers. We can't come to the phone right now. Please leave a message after the tone.",
            "The person you are calling is not available. At the tone, please record your message.",
            "Thank you for calling City Hospital. Your call is important to us. Please hold the line.",
            "Hello. This is the voice mail of Anna Smith. Leave your name and number.",
            "Your call has been forwarded to an automatic voice message system.",
            "The number you have dialled is not in service. Please check the number and dial again.",
            "Hey, it's Tom. I'm not here. You know what to do.",
            "Welcome to Northern Bank. For English press one. For all other languages press two.",
            "Hi, this is Laura's phone. I'm probably in a meeting, so text me instead.",
            "You are calling outside our opening hours. We are open from nine to five, Monday to Friday.",
            "This is the answering machine of Peter Clark. Please speak after the beep.",
            "Welcome to the mailbox of nine four seven two. Please wait for the signal.",
            "All of our agents are busy at the moment. You are number four in the queue.",
            "Good day, we are closed for the holidays and back on the second of January.",
            "Sorry I missed you. Leave a message and I will get back to you as soon as I can.",
            "The mailbox is full and cannot accept any messages at this time. Goodbye.",
        ],
    }
}
