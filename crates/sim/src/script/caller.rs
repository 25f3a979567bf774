//! How is a line about the caller read?

use tom_base::Span;
use tom_turn::{Onset, Probability};

use super::lex::Line;
use super::{PACE, Piece, Speech, Step};
use crate::error::Complaint;

const VERBS: &str = "says, coughs, types";
/// How sure the recogniser is of a piece unless the script says otherwise.
const SURE: Probability = Probability::from_millis(900);

/// What the caller does: everything behind `caller`.
pub(super) fn caller(line: &mut Line) -> Result<Step, Complaint> {
    let onset = if line.eat("weakly") { Onset::Weak } else { Onset::Clear };
    let verb = line.word(VERBS)?;
    let pieces = match verb.as_str() {
        "says" => pieces(line, true)?,
        "coughs" => pieces(line, false)?,
        "types" if onset == Onset::Clear => return Ok(Step::Types(line.text("what the caller types")?)),
        other => {
            return Err(Complaint::new(
                format!("a caller cannot do `{other}`"),
                format!("Write one of: {VERBS} (before says and coughs also `weakly`)."),
            ));
        }
    };
    Ok(Step::Speech(Speech { onset, pieces }))
}

fn pieces(line: &mut Line, words: bool) -> Result<Vec<Piece>, Complaint> {
    let mut pieces = vec![piece(line, Span::ZERO, words)?];
    while line.eat("pause") {
        let pause = line.seconds()?;
        // A cough may be followed by words, and words by a cough.
        let words = !line.eat("coughs");
        pieces.push(piece(line, pause, words)?);
    }
    Ok(pieces)
}

fn piece(line: &mut Line, pause: Span, worded: bool) -> Result<Piece, Complaint> {
    let words = if worded { line.text("what the caller says")? } else { String::new() };
    let spoken = PACE.as_millis() * words.chars().count() as u64;
    let mut piece = Piece { pause, words, length: Span::from_millis(spoken), sure: SURE, end_of_turn: None };
    loop {
        if line.eat("for") {
            piece.length = line.seconds()?;
        } else if line.eat("sure") {
            piece.sure = Probability::from_millis(line.thousandths()?);
        } else if line.eat("eot") {
            piece.end_of_turn = Some(Probability::from_millis(line.thousandths()?));
        } else {
            break;
        }
    }
    if piece.length == Span::ZERO {
        return Err(Complaint::new(
            "a sound of the caller has no length",
            "Write `for` and seconds behind it.",
        ));
    }
    Ok(piece)
}
