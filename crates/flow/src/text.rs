//! What is spoken: texts with places for values, in several languages and wordings.

use std::ops::Range;

use tom_base::Lang;

use crate::manner;

/// Where something stands in the file, in bytes.
pub(crate) type Place = Range<usize>;

/// Something for each language of the flow. At least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ByLang<T>(pub(crate) Vec<(Lang, T)>);

impl<T> ByLang<T> {
    /// The one for a language; the first one for a language the flow does not speak.
    pub(crate) fn get(&self, lang: Lang) -> Option<&T> {
        let of = |wanted: Lang| self.0.iter().find(|(l, _)| *l == wanted).map(|(_, t)| t);
        of(lang).or_else(|| of(lang.primary())).or_else(|| self.0.first().map(|(_, t)| t))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Lang, T)> {
        self.0.iter()
    }
}

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Slot(String),
}

/// A text with `{places}` for values the caller gives. Facts are already filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

impl Template {
    /// Reads a text; `fact` knows what is filled in at once. The error says what is wrong, as a sentence.
    pub(crate) fn parse(text: &str, mut fact: impl FnMut(&str) -> Option<String>) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(open);
            let name = from.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let Some((name, after)) = name else {
                return Err(format!("A brace in \"{text}\" has no partner."));
            };
            if !is_name(name) {
                return Err(format!("\"{{{name}}}\" is no place for a value."));
            }
            pieces.push(Piece::Text(before.into()));
            pieces.push(fact(name).map_or_else(|| Piece::Slot(name.into()), Piece::Text));
            rest = after;
        }
        pieces.push(Piece::Text(rest.into()));
        Ok(Self { pieces })
    }

    /// The names of the values it needs.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|p| match p {
            Piece::Slot(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The text with the values filled in.
    pub(crate) fn render<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> String {
        self.pieces
            .iter()
            .map(|p| match p {
                Piece::Text(text) => text.as_str(),
                Piece::Slot(name) => value(name).unwrap_or_default(),
            })
            .collect()
    }

    /// The text without values.
    pub(crate) fn literal(&self) -> String {
        self.render(|_| Some("…"))
    }

    /// How many words it has, a value counting as one.
    pub(crate) fn word_count(&self) -> usize {
        self.literal().split_whitespace().count()
    }
}

/// Whether a text can name a value: a lower-case letter, then letters, digits and `_`.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Wordings of one prompt in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wordings {
    /// Used in turn.
    pub(crate) usual: Vec<Template>,
    /// Used instead in a manner of speaking.
    pub(crate) manners: Vec<(&'static str, Vec<Template>)>,
}

impl Wordings {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Template> {
        self.usual.iter().chain(self.manners.iter().flat_map(|(_, texts)| texts))
    }
}

/// Something TOM says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prompt {
    /// Where it stands.
    pub(crate) place: Place,
    /// Its wordings.
    pub(crate) texts: ByLang<Wordings>,
}

impl Prompt {
    /// The `n`th wording, in the first of the manners that it has.
    pub(crate) fn pick(&self, lang: Lang, manners: [&str; 2], n: usize) -> Option<&Template> {
        let wordings = self.texts.get(lang)?;
        let texts = manners
            .iter()
            .filter_map(|m| manner::canonical(m))
            .find_map(|m| wordings.manners.iter().find(|(name, _)| *name == m))
            .map_or(&wordings.usual, |(_, texts)| texts);
        texts.get(n.checked_rem(texts.len())?)
    }

    /// Every wording, with its language.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Lang, &Template)> {
        self.texts.iter().flat_map(|(lang, wordings)| wordings.all().map(|t| (*lang, t)))
    }
}
