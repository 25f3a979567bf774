//! Which cases does a Markdown file hold?
//!
//! A case is a heading, prose that says what must be seen and why, a fenced block `call` (a script) or
//! `journal` (an exported call), and a fenced block `timeline` (what must come of it).

use crate::error::{Complaint, SuiteError};

/// A Markdown file with cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// The file, as it was named to [`Suite::parse`].
    pub file: String,
    /// Its cases, from top to bottom.
    pub cases: Vec<Case>,
}

/// One call and what must come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The heading.
    pub name: String,
    /// The prose between heading and source.
    pub prose: String,
    /// Where the call comes from.
    pub source: Source,
    /// The source's text.
    pub text: String,
    /// The number of the source's first line in the file, from 1.
    pub line: usize,
    /// The expected timeline. `None`: the case has no such block yet.
    pub timeline: Option<String>,
    /// The lines of the file, from 0, between which the timeline stands or is to stand.
    place: (usize, usize),
}

/// Where a case's call comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A script, played through the simulated world.
    Call,
    /// A journal: the inputs of a call that was recorded.
    Journal,
}

/// A fenced block.
struct Fence<'a> {
    info: &'a str,
    /// The line of the opening fence, from 0.
    open: usize,
    /// The line of the closing fence, from 0.
    close: usize,
}

impl Suite {
    /// Reads a Markdown file. `file` is for the messages only.
    ///
    /// # Errors
    /// An open fence, a case without a heading, a timeline without a call, or two cases of one name.
    pub fn parse(markdown: &str, file: &str) -> Result<Self, SuiteError> {
        let lines: Vec<&str> = markdown.lines().collect();
        let mut suite = Self { file: file.into(), cases: Vec::new() };
        let mut heading: Option<&str> = None;
        let mut prose = String::new();
        let mut open_case = false;
        let mut i = 0;
        while i < lines.len() {
            let line = lines[i];
            if let Some(fence) = fence(&lines, i).map_err(|c| c.at(file, i + 1))? {
                let body = lines[fence.open + 1..fence.close].join("\n");
                let complain = |what: &str, fix: &str| Complaint::new(what, fix).at(file, i + 1);
                match fence.info {
                    "call" | "journal" => {
                        let name = heading
                            .ok_or_else(|| complain("this call has no name", "Write a heading above it."))?;
                        if suite.cases.iter().any(|case| case.name == name) {
                            return Err(complain(
                                &format!("a second case is called \"{name}\""),
                                "Give each case a heading of its own.",
                            ));
                        }
                        suite.cases.push(Case {
                            name: name.into(),
                            prose: std::mem::take(&mut prose).trim().into(),
                            source: if fence.info == "call" { Source::Call } else { Source::Journal },
                            text: body,
                            line: fence.open + 2,
                            timeline: None,
                            place: (fence.close + 1, fence.close + 1),
                        });
                        open_case = true;
                    }
                    "timeline" => {
                        let case = suite.cases.last_mut().filter(|_| open_case).ok_or_else(|| {
                            complain(
                                "this timeline belongs to no call",
                                "Write a block `call` or `journal` above it, and only one timeline per call.",
                            )
                        })?;
                        case.timeline = Some(body);
                        case.place = (fence.open, fence.close + 1);
                        open_case = false;
                    }
                    _ => {}
                }
                i = fence.close;
            } else if let Some(title) = line.strip_prefix('#') {
                heading = Some(title.trim_start_matches('#').trim());
                prose.clear();
                open_case = false;
            } else {
                prose.push_str(line);
                prose.push('\n');
            }
            i += 1;
        }
        Ok(suite)
    }

    /// The file's text with these timelines in place of the expected ones, one per case, in order.
    #[must_use]
    pub fn with_timelines(&self, markdown: &str, timelines: &[String]) -> String {
        let lines: Vec<&str> = markdown.lines().collect();
        let mut out = Vec::new();
        let mut from = 0;
        for (case, timeline) in self.cases.iter().zip(timelines) {
            let (open, close) = case.place;
            out.extend(lines[from..open].iter().map(|line| (*line).to_owned()));
            if open == close {
                out.push(String::new());
            }
            out.push("```timeline".into());
            out.extend(timeline.lines().map(str::to_owned));
            out.push("```".into());
            from = close;
        }
        out.extend(lines[from.min(lines.len())..].iter().map(|line| (*line).to_owned()));
        let mut text = out.join("\n");
        text.push('\n');
        text
    }
}

/// The fenced block that opens at a line, if one does.
fn fence<'a>(lines: &[&'a str], at: usize) -> Result<Option<Fence<'a>>, Complaint> {
    let Some(info) = lines[at].strip_prefix("```") else { return Ok(None) };
    let close = lines[at + 1..].iter().position(|line| line.trim_end() == "```").ok_or_else(|| {
        Complaint::new("this block does not end", "Close it with a line of three backticks.")
    })?;
    Ok(Some(Fence { info: info.trim(), open: at, close: at + 1 + close }))
}
