//! What do chats' templates expect of the language that they are written in?
//!
//! They are Jinja as the library transformers runs it: lines of blocks leave nothing behind, loops can be left, and there are
//! `raise_exception`, `strftime_now` and a `tojson` of its own. Texts, lists and mappings have the methods of Python's.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, Value, context};
use minijinja_contrib::pycompat::unknown_method_callback;

use super::json::tojson;
use super::{Chat, FormError};

/// What any rendering may use, and how much more for each message and function: one for an instruction or for 64 bytes that
/// are made. Templates take some hundred for each.
const FUEL: [u64; 3] = [100_000, 2_000, 10_000];
/// All of it at most: 32 MB of texts, if it is used for nothing else.
const MOST_FUEL: u64 = 500_000;
/// Macros inside macros.
const DEEPEST: usize = 60;
/// The only template's name.
const NAME: &str = "template";

/// What a template writes around a conversation.
#[derive(Clone, Debug)]
pub struct Words {
    /// What a text begins with, `bos_token`.
    pub begin: String,
    /// What a text ends with, `eos_token`.
    pub end: String,
    /// Says what time it is, for `strftime_now`. It is written in UTC.
    pub now: fn() -> Timestamp,
}

impl Words {
    /// Those of a vocabulary, today.
    #[must_use]
    pub fn new(begin: impl Into<String>, end: impl Into<String>) -> Self {
        Self { begin: begin.into(), end: end.into(), now: Timestamp::now }
    }
}

/// Reads a template.
pub(super) fn compiled<'t>(template: &'t str, words: &Words) -> Result<Environment<'t>, FormError> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(|error| failure(&error))?);
    environment.set_recursion_limit(DEEPEST);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_unknown_method_callback(unknown_method_callback);
    environment.add_filter("tojson", tojson);
    environment.add_function("raise_exception", |what: &str| -> Result<Value, Error> {
        Err(Error::new(ErrorKind::InvalidOperation, what.to_owned()))
    });
    let now = words.now;
    environment.add_function("strftime_now", move |form: &str| -> Result<String, Error> {
        let now = now().to_zoned(TimeZone::UTC);
        strtime::format(form, &now)
            .map_err(|error| Error::new(ErrorKind::InvalidOperation, format!("strftime_now: {error}")))
    });
    environment.add_template(NAME, template).map_err(|error| failure(&error))?;
    Ok(environment)
}

/// Writes a conversation up to where the reply begins.
pub(super) fn rendered(
    environment: &mut Environment<'_>,
    words: &Words,
    chat: Chat,
) -> Result<String, FormError> {
    let [base, message, tool] = FUEL;
    let count = |list: &Value| list.len().unwrap_or(0) as u64;
    let fuel = base + message * count(&chat.messages) + tool * count(&chat.tools);
    environment.set_fuel(Some(fuel.min(MOST_FUEL)));
    // Without functions transformers says none, and templates ask for that.
    let tools = if count(&chat.tools) == 0 { Value::from(()) } else { chat.tools };
    let values = context! {
        messages => chat.messages, tools => tools, documents => (), add_generation_prompt => true,
        bos_token => &words.begin, eos_token => &words.end,
        // Nobody waits on the telephone for thoughts. The names are those of Qwen and others, and of Granite and DeepSeek.
        enable_thinking => false, thinking => false,
    };
    let template = environment.get_template(NAME).map_err(|error| failure(&error))?;
    template.render(values).map_err(|error| failure(&error))
}

fn failure(error: &Error) -> FormError {
    let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::OutOfFuel => format!("it uses more than a template may{line}"),
        kind => format!("{kind}{line}"),
    };
    // A template may say anything here, of any length.
    let detail = error.detail().unwrap_or_default();
    let detail = detail.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    FormError::Failed { what, detail }
}

/// A template without the marks `generation`, with which transformers finds what a model is to be trained on. They write
/// nothing.
pub(super) fn without_marks(template: &str) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find("{%") {
        let (before, block) = rest.split_at(at);
        let signs = block[2..].len() - block[2..].trim_start_matches(['-', '+']).len();
        let inside = &block[2 + signs..];
        let word = inside.trim_start();
        let length = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len());
        let replaced = match &word[..length] {
            "generation" => Some("if true"),
            "endgeneration" => Some("endif"),
            _ => None,
        };
        text.push_str(before);
        text.push_str(&block[..2 + signs]);
        rest = inside;
        if let Some(replaced) = replaced {
            text.push(' ');
            text.push_str(replaced);
            rest = &word[length..];
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_training_are_left_out_with_their_blanks_as_they_were() {
        let text = "a{%- generation %}b{{ generation }}{%-endgeneration-%}c{% generations %}{%";
        assert_eq!(without_marks(text), "a{%- if true %}b{{ generation }}{%- endif-%}c{% generations %}{%");
    }
}
