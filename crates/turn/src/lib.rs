//! Who has the floor: a sans-IO state machine for turn-taking.
//!
//! A [`Turn`] is the turn-taking of one call. It reads no clock, spawns nothing, holds no lock, awaits nothing
//! and never looks at audio: what happens is told to it, and it tells what is to be done.
//!
//! # Contract
//!
//! Feed it with [`Turn::handle`]: an [`Input`] and the [`MediaTime`](tom_base::MediaTime) it happened at. Then
//! ask [`Turn::poll`] for [`Output`]s until it answers [`Output::Wait`]. The owner must
//!
//! - carry out every output, in order, before the next input;
//! - come back with [`Input::Timeout`] no later than the moment `Wait` names, if nothing else happens before;
//! - give times that do not go back (one that does counts as the last one);
//! - tell about a reply what is true at that moment: a [`PlayoutMark`](Input::PlayoutMark) before an input from
//!   the caller makes "heard so far" exact.
//!
//! In return: `Wait` always lies ahead; nothing waits for ever; after [`CallEvent::Ended`] no output but
//! `Wait(None)` comes, whatever goes in. [`check::Checker`] checks these and all other promises of this page
//! on any call.
//!
//! ```
//! use tom_base::MediaTime;
//! use tom_turn::{Cause, Input, Output, Turn, TurnConfig};
//!
//! let mut turn = Turn::new(TurnConfig::default());
//! turn.handle(MediaTime::ZERO, Input::Answered);
//! let Output::Generate { epoch, cause: Cause::Opening } = turn.poll() else { panic!() };
//! while !matches!(turn.poll(), Output::Wait(Some(_))) {}
//! turn.handle(MediaTime::from_millis(80), Input::ReplyText { epoch, text: "Hello.".into() });
//! assert!(matches!(turn.poll(), Output::Speak { .. }));
//! ```
//!
//! # Epochs
//!
//! Every utterance and every reply has an [`Epoch`](tom_base::Epoch): the number of the exchange and a revision.
//! They only grow. A result of another epoch than the one awaited is stale and changes nothing; correctness
//! never depends on an engine having stopped. Two things may be under way at once: a reply, and an utterance
//! over it, which belongs to the next exchange. When the caller goes on in a pause, or before the reply is
//! heard, the exchange gets its next revision, and the words of all its utterances count together.
//!
//! # The caller's turn
//!
//! [`SpeechStart`](Input::SpeechStart) opens an utterance ([`Listen`](Output::Listen)); the first silence asks for
//! its result ([`Finish`](Output::Finish)). The turn is committed when the silence is long enough **and** the
//! words are in. How long is enough depends on the question ([`Expect`]), on how the words end, on the
//! end-of-turn model where there is one, and on the pauses this caller makes; [`TurnConfig`] has the numbers.
//! A cough is no turn. Words the recogniser never confirmed, because it failed, count with little confidence.
//!
//! # The agent's turn
//!
//! [`Generate`](Output::Generate) asks the brain; its text comes back in pieces, each of which is spoken at once,
//! then [`ReplyEnd`](Input::ReplyEnd) says what follows. Each reply ends with one [`CallEvent::TurnEnd`], which
//! says what of it was heard, unless the caller went on before it was heard. [`Turn::history`] keeps the same.
//!
//! # Interruption
//!
//! Speech over a reply pauses it at once (faint speech: makes it quieter). Words, or long clear speech, then
//! take the floor: [`Cancel`](Output::Cancel), [`Flush`](Output::Flush), and what was said is the caller's turn.
//! Without words the reply goes on from its place ([`Resume`](Output::Resume)); it never stays undecided for
//! longer than [`longest_pause`](TurnConfig::longest_pause). A listener's "mhm" is no interruption, but "yes" is
//! an answer once half of a yes-or-no question was heard. The greeting and the answer to a key are not
//! dropped for speech before they are heard. The last words of a call cannot be stopped.
//!
//! # Away
//!
//! While the caller is being connected with a person or is on hold nobody listens: speech, typed text and results of
//! engines mean nothing, no silence is too long, and the floor is the agent's to think. Keys are told, and one of them
//! may end a hold. Either has a longest time; then, or when somebody says so, the brain is asked again.
//!
//! # Failure
//!
//! Each stage has its time. A recogniser that fails is told to the brain; a brain that fails is apologised for,
//! and the second time in a row the call ends with a word; without a voice the text still goes out as events,
//! and the call goes on.
//!
//! # Later
//!
//! [`journal`] keeps the inputs of a call as text and replays it; [`Timeline`] is the call as people read it.
#![forbid(unsafe_code)]

pub mod check;
mod config;
mod endpointer;
mod fillers;
mod floor;
mod hearing;
mod hide;
mod interruption;
mod io;
pub mod journal;
mod ledger;
mod machine;
pub mod pauses;
mod quote;
mod reply;
mod timeline;
mod timers;

pub use config::{Knob, TurnConfig};
pub use floor::STATES;
pub use hide::{mask_digits, mask_numbers};
pub use io::{
    Back, CallEvent, Cause, EndReason, Expect, Floor, Hold, Input, Onset, Output, Phrase, Probability, Stage,
    Then, Why,
};
pub use machine::{Said, Turn, Who};
pub use timeline::Timeline;
