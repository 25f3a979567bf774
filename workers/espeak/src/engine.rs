//! espeak-ng behind a safe face: one instance, whole clauses.
#![expect(unsafe_code, reason = "calls the C library")]

use std::ffi::{CStr, CString, c_char, c_int, c_short};
use std::ptr::{null, null_mut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tom_worker::{Fault, FaultKind};

use crate::ffi;
use crate::voices::Voice;

/// The library has one global state: whoever holds this may use it.
static ENGINE: Mutex<()> = Mutex::new(());
/// Where the library's callback puts what it gets.
static SPEECH: Mutex<Speech> = Mutex::new(Speech::new());

/// What a clause became.
#[derive(Debug, Default)]
pub(crate) struct Speech {
    /// Samples at the engine's rate.
    pub(crate) pcm: Vec<i16>,
    /// Where words begin: which character of the text (the first is 0), at which sample.
    pub(crate) words: Vec<(usize, usize)>,
}

impl Speech {
    const fn new() -> Self {
        Self { pcm: Vec::new(), words: Vec::new() }
    }
}

/// How a clause is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    /// The library's name of the voice, one of [`Engine::voices`], perhaps with a variant.
    pub(crate) voice: String,
    /// Words per minute, 80 to 450.
    pub(crate) rate: u16,
    /// 0 to 100, 50 is the voice's own.
    pub(crate) pitch: u8,
    /// 0 to 200, 100 is the voice's own.
    pub(crate) volume: u8,
}

/// The library, loaded.
pub(crate) struct Engine {
    rate_hz: u32,
    voices: Vec<Voice>,
    variants: Vec<String>,
    manner: Option<Manner>,
    _only: MutexGuard<'static, ()>,
}

impl Engine {
    /// Loads the library's data.
    pub(crate) fn load() -> Result<Self, Fault> {
        let only = ENGINE.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the lock makes this the only use of the library; a null path is the default one.
        let rate = unsafe { ffi::espeak_Initialize(ffi::SYNCHRONOUS, 0, null(), ffi::DONT_EXIT) };
        let rate_hz = u32::try_from(rate).ok().filter(|hz| *hz > 0).ok_or_else(|| {
            let what = "espeak-ng's voices are not installed: run `apt-get install espeak-ng-data`";
            Fault::new(FaultKind::Missing, what)
        })?;
        // SAFETY: `take` is what the library expects and lives as long as the program.
        unsafe { ffi::espeak_SetSynthCallback(take) };
        let voices = list(None);
        let variants = list(Some(c"variant"))
            .into_iter()
            .filter_map(|voice| Some(voice.file.strip_prefix("!v/")?.to_owned()))
            .collect();
        Ok(Self { rate_hz, voices, variants, manner: None, _only: only })
    }

    /// The library's version.
    pub(crate) fn version(&self) -> String {
        // SAFETY: gives a static text; the path is not wanted.
        unsafe { text(ffi::espeak_Info(null_mut())) }
    }

    /// Samples per second of what it speaks.
    pub(crate) const fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// The voices there are.
    pub(crate) fn voices(&self) -> &[Voice] {
        &self.voices
    }

    /// What a voice's manner can be changed to: `f3`.
    pub(crate) fn variants(&self) -> &[String] {
        &self.variants
    }

    /// Speaks a text to its end.
    pub(crate) fn speak(&mut self, manner: &Manner, text: &str) -> Result<Speech, Fault> {
        self.assume(manner)?;
        let text = CString::new(text).map_err(|_| Fault::bad_request("the text holds a zero"))?;
        *speech() = Speech::new();
        // SAFETY: the lock in `self` makes this the only use of the library. The text is zero-terminated and
        // `size` counts the zero. In synchronous mode neither text nor callback is used after the return.
        let outcome = unsafe {
            ffi::espeak_Synth(
                text.as_ptr().cast(),
                text.as_bytes_with_nul().len(),
                0,
                ffi::POS_CHARACTER,
                0,
                ffi::UTF8,
                null_mut(),
                null_mut(),
            )
        };
        let spoken = std::mem::take(&mut *speech());
        done(outcome, "it did not speak the text")?;
        Ok(spoken)
    }

    /// How a text is pronounced: IPA with stress, a blank between words.
    pub(crate) fn phonemes(&mut self, manner: &Manner, text: &str) -> Result<String, Fault> {
        self.assume(manner)?;
        let text = CString::new(text).map_err(|_| Fault::bad_request("the text holds a zero"))?;
        let mut rest = text.as_ptr().cast();
        let mut sounds = String::new();
        // Each round takes a clause of the text; there are no more of them than bytes.
        for _ in 0..text.as_bytes_with_nul().len() {
            // SAFETY: the lock in `self` makes this the only use of the library. The text is zero-terminated and lives on; the
            // library moves `rest` through it, or makes it null at its end. What it returns is valid until the next call.
            let clause = unsafe {
                let clause = ffi::espeak_TextToPhonemes(&raw mut rest, ffi::UTF8.cast_signed(), ffi::IPA);
                self::text(clause)
            };
            sounds.push(' ');
            sounds.push_str(&clause);
            if rest.is_null() {
                break;
            }
        }
        Ok(sounds)
    }

    /// Changes voice and manner, if they are others than before.
    fn assume(&mut self, manner: &Manner) -> Result<(), Fault> {
        if self.manner.as_ref() == Some(manner) {
            return Ok(());
        }
        self.manner = None;
        let voice = CString::new(manner.voice.as_str())
            .map_err(|_| Fault::bad_request("the voice's name holds a zero"))?;
        // SAFETY: as in `speak`; the name is copied by the library.
        done(unsafe { ffi::espeak_SetVoiceByName(voice.as_ptr()) }, "it has no such voice")?;
        for (parameter, value) in [
            (ffi::RATE, c_int::from(manner.rate)),
            (ffi::PITCH, c_int::from(manner.pitch)),
            (ffi::VOLUME, c_int::from(manner.volume)),
        ] {
            // SAFETY: as in `speak`; plain numbers.
            let outcome = unsafe { ffi::espeak_SetParameter(parameter, value, 0) };
            done(outcome, "it refuses the rate, pitch or volume")?;
        }
        self.manner = Some(manner.clone());
        Ok(())
    }
}

fn speech() -> MutexGuard<'static, Speech> {
    SPEECH.lock().unwrap_or_else(PoisonError::into_inner)
}

fn done(outcome: c_int, what: &str) -> Result<(), Fault> {
    if outcome == ffi::OK {
        Ok(())
    } else {
        let what = format!("espeak-ng failed with error {outcome}: {what}");
        Err(Fault::new(FaultKind::Protocol, what))
    }
}

/// The library's callback: takes samples and word events. 0 lets it go on, always: an aborted synthesis leaves
/// phonemes behind that the next one speaks.
unsafe extern "C" fn take(wav: *mut c_short, count: c_int, mut events: *mut ffi::Event) -> c_int {
    let mut speech = speech();
    let count = usize::try_from(count).unwrap_or_default();
    if !wav.is_null() && count > 0 {
        // SAFETY: the library gives `count` samples that stay as they are during the call.
        speech.pcm.extend_from_slice(unsafe { std::slice::from_raw_parts(wav, count) });
    }
    while !events.is_null() {
        // SAFETY: the library gives a list that ends with an event of kind `END_OF_LIST`; we stop there.
        let event = unsafe { &*events };
        if event.kind == ffi::END_OF_LIST {
            break;
        }
        let position = usize::try_from(event.text_position - 1);
        if let (ffi::WORD, Ok(position), Ok(sample)) = (event.kind, position, usize::try_from(event.sample)) {
            speech.words.push((position, sample));
        }
        // SAFETY: not the last of the list, so there is another one.
        events = unsafe { events.add(1) };
    }
    0
}

/// The voices for a language, or all that speak one.
fn list(language: Option<&CStr>) -> Vec<Voice> {
    let mut spec = ffi::Voice {
        name: null(),
        languages: language.map_or(null(), CStr::as_ptr),
        identifier: null(),
        gender: 0,
        age: 0,
        variant: 0,
        xx1: 0,
        score: 0,
        spare: null_mut(),
    };
    let mut voices = Vec::new();
    // SAFETY: the library is initialised and used by nobody else (this is called by `Engine::load` alone). It
    // gives a list of valid voices that ends with a null pointer, and nothing changes it while it is copied.
    unsafe {
        let spec = if language.is_some() { &raw mut spec } else { null_mut() };
        let mut entry = ffi::espeak_ListVoices(spec);
        while !entry.is_null() && !(*entry).is_null() {
            let voice = &**entry;
            voices.push(Voice {
                name: text(voice.name),
                file: text(voice.identifier),
                languages: languages(voice.languages),
            });
            entry = entry.add(1);
        }
    }
    voices
}

/// Copies a text of the library.
///
/// # Safety
/// The pointer is null or that of a zero-terminated text.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: see above.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

/// Copies a voice's languages: tags with their priorities, small is first.
///
/// # Safety
/// The pointer is null or that of pairs of a byte and a zero-terminated text, ended by a zero byte.
unsafe fn languages(mut pair: *const c_char) -> Vec<(u8, String)> {
    let mut languages = Vec::new();
    // SAFETY: see above: each step goes over one priority, one text and its zero.
    unsafe {
        while !pair.is_null() && *pair != 0 {
            let tag = CStr::from_ptr(pair.add(1));
            languages.push((*pair as u8, tag.to_string_lossy().to_lowercase()));
            pair = pair.add(tag.count_bytes() + 2);
        }
    }
    languages
}
