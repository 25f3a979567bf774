//! Which words name a manner of speaking, and do two of them mean the same?

/// Tones and manners of asking of the prompt variants: the name used inside, and its German spelling.
const MANNERS: [(&str, &str); 23] = [
    ("polite", "hoeflich"),
    ("friendly", "freundlich"),
    ("professional", "professionell"),
    ("empathic", "empathisch"),
    ("energetic", "energisch"),
    ("calm", "ruhig"),
    ("technical", "technisch"),
    ("plain", "einfach"),
    ("humorous", "humorvoll"),
    ("authoritative", "autoritativ"),
    ("flexible", "flexibel"),
    ("conservative", "konservativ"),
    ("direct", "direkt"),
    ("inviting", "einladend"),
    ("supportive", "unterstuetzend"),
    ("motivating", "motivierend"),
    ("soothing", "beruhigend"),
    ("structured", "strukturiert"),
    ("explaining", "erklaerend"),
    ("casual", "locker"),
    ("leading", "fuehrend"),
    ("adaptive", "adaptiv"),
    ("formal", "formell"),
];

/// The name used inside for a manner, given in English or German.
pub(crate) fn canonical(word: &str) -> Option<&'static str> {
    let word = crate::words::fold(&word.to_lowercase());
    MANNERS.iter().find(|(english, german)| *english == word || *german == word).map(|(english, _)| *english)
}

/// All names, for suggestions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MANNERS.iter().map(|(english, _)| *english)
}
