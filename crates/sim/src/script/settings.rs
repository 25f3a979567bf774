//! How is a line about a setting read?

use tom_turn::{Stage, TurnConfig};

use super::lex::Line;
use super::{Health, Setting};
use crate::error::Complaint;

const ENGINE: &str = "works, fails, hangs, delay, deadline, ignores";
const ON_OFF: &str = "on, off";

/// A setting of the world: everything behind its first word. `None`: that word begins no setting.
pub(super) fn setting(word: &str, line: &mut Line) -> Result<Option<Setting>, Complaint> {
    Ok(Some(match word {
        "stt" => engine(Stage::Stt, line)?,
        "llm" => engine(Stage::Llm, line)?,
        "tts" => engine(Stage::Tts, line)?,
        "partials" => Setting::Partials(on_off(line)?),
        "pace" => Setting::Pace(line.seconds()?),
        "lead" => Setting::Lead(line.seconds()?),
        _ => return Ok(None),
    }))
}

fn engine(stage: Stage, line: &mut Line) -> Result<Setting, Complaint> {
    let word = line.word(ENGINE)?;
    Ok(match word.as_str() {
        "works" => Setting::Health(stage, Health::Works),
        "fails" => Setting::Health(stage, Health::Fails),
        "hangs" => Setting::Health(stage, Health::Hangs),
        "delay" => Setting::Delay(stage, line.seconds()?),
        "deadline" => Setting::Deadline(stage, line.seconds()?),
        "ignores" if line.eat("cancel") => Setting::IgnoresCancel(stage, true),
        other => {
            return Err(Complaint::new(
                format!("an engine cannot do `{other}`"),
                format!("Write one of: {ENGINE} (`ignores cancel`)."),
            ));
        }
    })
}

fn on_off(line: &mut Line) -> Result<bool, Complaint> {
    match line.word(ON_OFF)?.as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        other => Err(Complaint::new(format!("`{other}` is neither on nor off"), "Write on or off.")),
    }
}

/// A setting of the turn core: everything behind `turn`. Names and units are those of the configuration's
/// section `[turn]`.
pub(super) fn turn(line: &mut Line) -> Result<(String, u64), Complaint> {
    let name = line.word("the name of a setting of the turn core")?;
    if TurnConfig::knob(&name).is_none() {
        let names: Vec<_> = TurnConfig::KNOBS.iter().map(|knob| knob.name).collect();
        return Err(Complaint::new(
            format!("the turn core has no setting `{name}`"),
            format!("Write one of: {}.", names.join(", ")),
        ));
    }
    let value = line.word("a whole number: milliseconds, where it is a time")?;
    let value = value.parse().map_err(|_| {
        Complaint::new(
            format!("`{value}` is no whole number"),
            "Write the setting as in a configuration: milliseconds without a point, or a plain number.",
        )
    })?;
    Ok((name, value))
}
