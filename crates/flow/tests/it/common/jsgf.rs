//! Layer: pure. Reads JSGF strictly, and makes sentences that a grammar allows.

use std::collections::BTreeMap;

use super::Random;

#[derive(Debug, Clone)]
enum Node {
    Word(String),
    Rule(String),
    Row(Vec<Node>),
    OneOf(Vec<Node>),
    Maybe(Box<Node>),
}

/// A grammar that is well formed.
#[derive(Debug)]
pub(crate) struct Jsgf {
    rules: BTreeMap<String, Node>,
    public: String,
}

impl Jsgf {
    /// Reads a grammar: header, name, rules, one of them public; every rule that is used exists, none uses
    /// itself, and every token is a word.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("#JSGF V1.0").ok_or("no header")?;
        let (options, rest) = rest.split_once(";\n").ok_or("the header does not end")?;
        if !options.is_empty() && !options.starts_with(" UTF-8 ") {
            return Err(format!("header options {options:?}"));
        }
        if options.is_empty() && !text.is_ascii() {
            return Err("not ASCII, and the header does not say so".into());
        }
        let (name, rest) = rest.split_once(";\n").ok_or("no grammar name")?;
        name.strip_prefix("grammar ").ok_or("no grammar name")?;
        let mut rules = BTreeMap::new();
        let mut public = Vec::new();
        for line in rest.lines() {
            let line = line.strip_suffix(';').ok_or_else(|| format!("no semicolon: {line}"))?;
            let (head, body) = line.split_once(" = ").ok_or_else(|| format!("no rule: {line}"))?;
            let (head, is_public) = match head.strip_prefix("public ") {
                Some(head) => (head, true),
                None => (head, false),
            };
            let name = head
                .strip_prefix('<')
                .and_then(|h| h.strip_suffix('>'))
                .ok_or_else(|| format!("no rule name: {head}"))?;
            if is_public {
                public.push(name.to_owned());
            }
            if rules.insert(name.to_owned(), parse(body)?).is_some() {
                return Err(format!("two rules {name}"));
            }
        }
        let [public] = public.as_slice() else { return Err(format!("public rules: {public:?}")) };
        let grammar = Self { rules, public: public.clone() };
        let mut used = vec![];
        grammar.visit(&grammar.rules[public], &mut vec![public.clone()], &mut used)?;
        used.push(public.clone());
        match grammar.rules.keys().find(|name| !used.contains(name)) {
            Some(name) => Err(format!("rule {name} is not used")),
            None => Ok(grammar),
        }
    }

    fn visit(&self, node: &Node, above: &mut Vec<String>, used: &mut Vec<String>) -> Result<(), String> {
        match node {
            Node::Word(_) => Ok(()),
            Node::Maybe(inner) => self.visit(inner, above, used),
            Node::Row(all) | Node::OneOf(all) => all.iter().try_for_each(|n| self.visit(n, above, used)),
            Node::Rule(name) => {
                if above.contains(name) {
                    return Err(format!("rule {name} uses itself"));
                }
                let inner = self.rules.get(name).ok_or_else(|| format!("rule {name} is missing"))?;
                above.push(name.clone());
                used.push(name.clone());
                self.visit(inner, above, used)?;
                above.pop();
                Ok(())
            }
        }
    }

    /// A sentence the grammar allows.
    pub(crate) fn sentence(&self, random: &mut Random) -> String {
        let mut words = Vec::new();
        self.say(&self.rules[&self.public], random, &mut words);
        words.join(" ")
    }

    fn say(&self, node: &Node, random: &mut Random, out: &mut Vec<String>) {
        match node {
            Node::Word(word) => out.push(word.clone()),
            Node::Rule(name) => self.say(&self.rules[name], random, out),
            Node::Row(all) => all.iter().for_each(|n| self.say(n, random, out)),
            Node::OneOf(all) => self.say(&all[random.below(all.len())], random, out),
            Node::Maybe(inner) if random.below(2) == 0 => self.say(inner, random, out),
            Node::Maybe(_) => {}
        }
    }

    /// Every word of the grammar.
    pub(crate) fn words(&self) -> Vec<String> {
        fn collect(node: &Node, out: &mut Vec<String>) {
            match node {
                Node::Word(word) => out.push(word.clone()),
                Node::Rule(_) => {}
                Node::Maybe(inner) => collect(inner, out),
                Node::Row(all) | Node::OneOf(all) => all.iter().for_each(|n| collect(n, out)),
            }
        }
        let mut out = Vec::new();
        self.rules.values().for_each(|rule| collect(rule, &mut out));
        out.sort();
        out.dedup();
        out
    }
}

fn parse(body: &str) -> Result<Node, String> {
    let tokens: Vec<&str> = body.split_whitespace().collect();
    let mut at = 0;
    let node = one_of(&tokens, &mut at)?;
    if at == tokens.len() { Ok(node) } else { Err(format!("{} too many in {body:?}", tokens[at])) }
}

fn one_of(tokens: &[&str], at: &mut usize) -> Result<Node, String> {
    let mut all = vec![row(tokens, at)?];
    while tokens.get(*at) == Some(&"|") {
        *at += 1;
        all.push(row(tokens, at)?);
    }
    Ok(Node::OneOf(all))
}

fn row(tokens: &[&str], at: &mut usize) -> Result<Node, String> {
    let mut all = Vec::new();
    while let Some(token) = tokens.get(*at) {
        let close = match *token {
            "(" => ")",
            "[" => "]",
            ")" | "]" | "|" => break,
            rule if rule.starts_with('<') => {
                let name = rule.strip_prefix('<').and_then(|r| r.strip_suffix('>')).ok_or(rule)?;
                all.push(Node::Rule(name.into()));
                *at += 1;
                continue;
            }
            word if word.chars().all(|c| c.is_alphabetic() || c == '\'') && word == word.to_lowercase() => {
                all.push(Node::Word(word.into()));
                *at += 1;
                continue;
            }
            other => return Err(format!("{other:?} is no word")),
        };
        *at += 1;
        let inner = one_of(tokens, at)?;
        if tokens.get(*at) != Some(&close) {
            return Err(format!("{close} is missing"));
        }
        *at += 1;
        all.push(if close == "]" { Node::Maybe(Box::new(inner)) } else { inner });
    }
    if all.is_empty() { Err("an empty alternative".into()) } else { Ok(Node::Row(all)) }
}
