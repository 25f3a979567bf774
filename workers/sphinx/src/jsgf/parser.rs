//! How do a grammar's tokens become rules?

use std::collections::BTreeMap;

use super::lexer::{Place, Placed, Token, cut};
use super::{Expansion, Grammar, JsgfError};

/// How deep groups may be nested: far more than anybody writes, far less than the stack holds.
const DEEPEST: usize = 100;

/// Reads a grammar.
///
/// # Errors
/// When the text is no JSGF, has no public rule or more than one, names a rule that is not there, or rules
/// that contain themselves.
pub fn parse(text: &str) -> Result<Grammar, JsgfError> {
    let (tokens, end) = cut(text)?;
    let mut parser = Parser { tokens, next: 0, end, depth: 0, references: Vec::new() };
    parser.grammar()
}

struct Parser {
    tokens: Vec<Placed>,
    next: usize,
    end: Place,
    depth: usize,
    /// Which rule (the first name) mentions which, and where.
    references: Vec<(String, String, Place)>,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|placed| &placed.token)
    }

    fn here(&self) -> Place {
        self.tokens.get(self.next).map_or(self.end, |placed| placed.at)
    }

    fn is(&self, sign: char) -> bool {
        self.peek() == Some(&Token::Sign(sign))
    }

    fn take(&mut self, sign: char) -> bool {
        let there = self.is(sign);
        self.next += usize::from(there);
        there
    }

    fn expect(&mut self, sign: char, why: &str) -> Result<(), JsgfError> {
        let at = self.here();
        if self.take(sign) { Ok(()) } else { Err(at.error(format!("`{sign}` is missing {why}"))) }
    }

    fn word(&self, text: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(word)) if word == text)
    }

    fn grammar(&mut self) -> Result<Grammar, JsgfError> {
        if self.word("grammar") {
            self.next += 1;
            let at = self.here();
            if !matches!(self.peek(), Some(Token::Word(_))) {
                return Err(at.error("after `grammar` comes its name"));
            }
            self.next += 1;
            self.expect(';', "after the grammar's name")?;
        }
        let mut public: Option<String> = None;
        let mut rules = BTreeMap::new();
        while self.peek().is_some() {
            let at = self.here();
            if self.word("import") {
                return Err(at.error("imports are not supported: write the rules into this grammar"));
            }
            let is_public = self.word("public");
            self.next += usize::from(is_public);
            let name = self.name()?;
            self.expect('=', "after the rule's name")?;
            let expansion = self.alternatives(&name)?;
            self.expect(';', &format!("after the rule <{name}>"))?;
            if is_public && let Some(first) = public.replace(name.clone()) {
                return Err(at.error(format!("<{first}> is public already: only one rule may be")));
            }
            if rules.insert(name.clone(), expansion).is_some() {
                return Err(at.error(format!("there is a rule <{name}> already")));
            }
        }
        let public =
            public.ok_or_else(|| self.end.error("no rule is public: write `public <name> = ...;`"))?;
        self.check(&rules)?;
        Ok(Grammar { public, rules })
    }

    /// The name of a rule that is defined here.
    fn name(&mut self) -> Result<String, JsgfError> {
        let at = self.here();
        match self.peek() {
            Some(Token::Rule(name)) if matches!(&**name, "" | "NULL" | "VOID" | "GARBAGE") => {
                Err(at.error(format!("a rule cannot be called <{name}>")))
            }
            Some(Token::Rule(name)) => {
                let name = name.clone();
                self.next += 1;
                Ok(name)
            }
            _ => Err(at.error("a rule must begin here: `<name> = ...;` or `public <name> = ...;`")),
        }
    }

    fn alternatives(&mut self, rule: &str) -> Result<Expansion, JsgfError> {
        let mut choices = Vec::new();
        loop {
            let weight = match self.peek() {
                Some(Token::Weight(weight)) => *weight,
                _ => 1.0,
            };
            self.next += usize::from(matches!(self.peek(), Some(Token::Weight(_))));
            let choice = self.sequence(rule)?;
            // What has no weight is never said.
            if weight > 0.0 {
                choices.push((weight, choice));
            }
            if !self.take('|') {
                break;
            }
        }
        Ok(match choices.len() {
            1 => choices.swap_remove(0).1,
            _ => Expansion::Choice(choices),
        })
    }

    fn sequence(&mut self, rule: &str) -> Result<Expansion, JsgfError> {
        let at = self.here();
        let mut parts = Vec::new();
        while let Some(part) = self.unit(rule)? {
            parts.push(part);
        }
        match parts.len() {
            0 => Err(at.error("a word, a rule or a group must stand here; <NULL> stands for nothing")),
            1 => Ok(parts.swap_remove(0)),
            _ => Ok(Expansion::Sequence(parts)),
        }
    }

    fn unit(&mut self, rule: &str) -> Result<Option<Expansion>, JsgfError> {
        let at = self.here();
        let mut unit = match self.peek() {
            Some(Token::Word(word)) => {
                let word = Expansion::Word(word.clone());
                self.next += 1;
                word
            }
            Some(Token::Rule(name)) => {
                let name = name.clone();
                self.next += 1;
                match &*name {
                    "NULL" => Expansion::Sequence(Vec::new()),
                    "VOID" => Expansion::Choice(Vec::new()),
                    "GARBAGE" => Expansion::Garbage,
                    _ => {
                        self.references.push((rule.to_owned(), name.clone(), at));
                        Expansion::Rule(name)
                    }
                }
            }
            Some(Token::Sign(open @ ('(' | '['))) => {
                let (open, close) = (*open, if *open == '(' { ')' } else { ']' });
                self.next += 1;
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(at.error("groups are nested too deeply: make rules of them"));
                }
                let inner = self.alternatives(rule)?;
                self.depth -= 1;
                self.expect(close, &format!("to close the `{open}`"))?;
                if open == '(' { inner } else { Expansion::Optional(Box::new(inner)) }
            }
            Some(Token::Weight(_)) => {
                return Err(at.error("a weight may stand only at the beginning of an alternative"));
            }
            _ => return Ok(None),
        };
        // More than one of them means no more than the looser one.
        let (mut star, mut plus) = (false, false);
        loop {
            match self.peek() {
                Some(Token::Sign('*')) => star = true,
                Some(Token::Sign('+')) => plus = true,
                _ => break,
            }
            self.next += 1;
        }
        if star || plus {
            unit = Expansion::Repeat(Box::new(unit), u8::from(!star));
        }
        Ok(Some(unit))
    }

    /// Every rule that is mentioned is there, and none contains itself.
    fn check(&self, rules: &BTreeMap<String, Expansion>) -> Result<(), JsgfError> {
        for (_, name, at) in &self.references {
            if !rules.contains_key(name) {
                return Err(at.error(format!("there is no rule <{name}>")));
            }
        }
        match self.circle() {
            Some((rule, name, at)) => Err(at.error(format!(
                "<{rule}> contains itself by way of <{name}>: say `*` or `+` for what may be repeated"
            ))),
            None => Ok(()),
        }
    }

    /// A mention through which a rule contains itself.
    fn circle(&self) -> Option<(&str, &str, Place)> {
        let mut mentions: BTreeMap<&str, Vec<(&str, Place)>> = BTreeMap::new();
        let mut mentioned: BTreeMap<&str, usize> = BTreeMap::new();
        for (rule, name, at) in &self.references {
            mentions.entry(rule).or_default().push((name, *at));
            *mentioned.entry(name).or_default() += 1;
        }
        // Rules that nothing mentions are no part of a circle, nor is what only such rules mention.
        let mut open: Vec<&str> =
            mentions.keys().copied().filter(|rule| !mentioned.contains_key(rule)).collect();
        while let Some(rule) = open.pop() {
            for (name, _) in mentions.remove(rule).unwrap_or_default() {
                if let Some(count) = mentioned.get_mut(name) {
                    *count -= 1;
                    if *count == 0 && mentions.contains_key(name) {
                        open.push(name);
                    }
                }
            }
        }
        // What is left leads round in a circle, or back to one when followed backwards.
        let mut rule = *mentions.keys().next()?;
        let mut seen = vec![rule];
        loop {
            let by = mentions.iter().find(|(_, names)| names.iter().any(|(name, _)| *name == rule));
            let before = *by?.0;
            if seen.contains(&before) {
                let (name, at) = mentions[before].iter().find(|(name, _)| *name == rule)?;
                return Some((before, name, *at));
            }
            seen.push(before);
            rule = before;
        }
    }
}
