//! The few functions of libespeak-ng that are needed, as `speak_lib.h` of 1.51 declares them.

use std::ffi::{c_char, c_int, c_short, c_uchar, c_uint, c_void};

/// `AUDIO_OUTPUT_SYNCHRONOUS`: `espeak_Synth` returns when the callback has had everything.
pub(crate) const SYNCHRONOUS: c_int = 2;
/// `espeakINITIALIZE_DONT_EXIT`: missing data is a return value, not the end of the process.
pub(crate) const DONT_EXIT: c_int = 0x8000;
/// `POS_CHARACTER`.
pub(crate) const POS_CHARACTER: c_int = 1;
/// `espeakCHARS_UTF8`, and neither `espeakSSML` nor `espeakPHONEMES`: text is text.
pub(crate) const UTF8: c_uint = 1;
/// Names of sounds in IPA, of `espeak_TextToPhonemes`.
pub(crate) const IPA: c_int = 2;
/// `EE_OK`.
pub(crate) const OK: c_int = 0;

/// `espeak_PARAMETER`.
pub(crate) const RATE: c_int = 1;
/// As above.
pub(crate) const VOLUME: c_int = 2;
/// As above.
pub(crate) const PITCH: c_int = 3;

/// `espeakEVENT_LIST_TERMINATED`.
pub(crate) const END_OF_LIST: c_int = 0;
/// `espeakEVENT_WORD`.
pub(crate) const WORD: c_int = 1;

/// `espeak_EVENT`.
#[repr(C)]
pub(crate) struct Event {
    pub(crate) kind: c_int,
    pub(crate) unique_identifier: c_uint,
    /// Characters from the start of the text; the first is 1.
    pub(crate) text_position: c_int,
    pub(crate) length: c_int,
    pub(crate) audio_position_ms: c_int,
    /// Samples from the start of the speech.
    pub(crate) sample: c_int,
    pub(crate) user_data: *mut c_void,
    /// A union of a number, a pointer and eight characters.
    pub(crate) id: u64,
}

/// `espeak_VOICE`.
#[repr(C)]
pub(crate) struct Voice {
    pub(crate) name: *const c_char,
    /// Pairs of a priority byte and a zero-terminated tag, ended by a zero priority.
    pub(crate) languages: *const c_char,
    pub(crate) identifier: *const c_char,
    pub(crate) gender: c_uchar,
    pub(crate) age: c_uchar,
    pub(crate) variant: c_uchar,
    pub(crate) xx1: c_uchar,
    pub(crate) score: c_int,
    pub(crate) spare: *mut c_void,
}

/// `t_espeak_callback`.
pub(crate) type Callback = unsafe extern "C" fn(*mut c_short, c_int, *mut Event) -> c_int;

#[expect(unsafe_code, reason = "declares the C library")]
// SAFETY: the signatures are those of the header.
unsafe extern "C" {
    pub(crate) fn espeak_Initialize(
        output: c_int,
        buffer_ms: c_int,
        path: *const c_char,
        options: c_int,
    ) -> c_int;
    pub(crate) fn espeak_SetSynthCallback(callback: Callback);
    pub(crate) fn espeak_Synth(
        text: *const c_void,
        size: usize,
        position: c_uint,
        position_type: c_int,
        end_position: c_uint,
        flags: c_uint,
        unique_identifier: *mut c_uint,
        user_data: *mut c_void,
    ) -> c_int;
    pub(crate) fn espeak_TextToPhonemes(
        text: *mut *const c_void,
        text_mode: c_int,
        phoneme_mode: c_int,
    ) -> *const c_char;
    pub(crate) fn espeak_SetParameter(parameter: c_int, value: c_int, relative: c_int) -> c_int;
    pub(crate) fn espeak_ListVoices(spec: *mut Voice) -> *const *const Voice;
    pub(crate) fn espeak_SetVoiceByName(name: *const c_char) -> c_int;
    pub(crate) fn espeak_Info(path_data: *mut *const c_char) -> *const c_char;
}
