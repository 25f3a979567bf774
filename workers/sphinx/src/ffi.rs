//! What of libpocketsphinx and libsphinxbase (5prealpha, as Debian ships them) is called, as their headers say it.
//!
//! The floating-point build: `mfcc_t` is a `float`.

#![expect(unsafe_code, reason = "declares the C libraries")]

use std::ffi::{c_char, c_double, c_float, c_int, c_void};

/// A decoder.
#[repr(C)]
pub(crate) struct Decoder {
    _opaque: [u8; 0],
}

/// A parsed command line.
#[repr(C)]
pub(crate) struct Config {
    _opaque: [u8; 0],
}

/// The base of integer logarithms.
#[repr(C)]
pub(crate) struct LogMath {
    _opaque: [u8; 0],
}

/// A walk over the words of a result.
#[repr(C)]
pub(crate) struct Segment {
    _opaque: [u8; 0],
}

/// A finite-state grammar, up to the fields that are used; the library allocates it.
#[repr(C)]
pub(crate) struct Fsg {
    refcount: c_int,
    name: *mut c_char,
    n_word: i32,
    n_word_alloc: i32,
    vocab: *mut *mut c_char,
    silwords: *mut c_void,
    altwords: *mut c_void,
    lmath: *mut LogMath,
    n_state: i32,
    /// Where every path begins.
    pub(crate) start_state: i32,
    /// Where a path must end to be a result; looked at when the result is asked for.
    pub(crate) final_state: i32,
}

#[link(name = "sphinxbase")]
unsafe extern "C" {
    pub(crate) fn cmd_ln_parse_r(
        config: *mut Config,
        definitions: *const c_void,
        argc: i32,
        argv: *mut *mut c_char,
        strict: i32,
    ) -> *mut Config;
    pub(crate) fn cmd_ln_free_r(config: *mut Config) -> c_int;
    pub(crate) fn err_set_logfp(stream: *mut c_void);
    pub(crate) fn fsg_model_init(
        name: *const c_char,
        math: *mut LogMath,
        weight: c_float,
        states: i32,
    ) -> *mut Fsg;
    pub(crate) fn fsg_model_free(fsg: *mut Fsg) -> c_int;
    pub(crate) fn fsg_model_word_add(fsg: *mut Fsg, word: *const c_char) -> c_int;
    pub(crate) fn fsg_model_trans_add(fsg: *mut Fsg, from: i32, to: i32, logp: i32, word: i32);
    pub(crate) fn fsg_model_null_trans_add(fsg: *mut Fsg, from: i32, to: i32, logp: i32) -> i32;
    pub(crate) fn logmath_get_base(math: *mut LogMath) -> c_double;
}

#[link(name = "pocketsphinx")]
unsafe extern "C" {
    pub(crate) fn ps_args() -> *const c_void;
    pub(crate) fn ps_init(config: *mut Config) -> *mut Decoder;
    pub(crate) fn ps_free(decoder: *mut Decoder) -> c_int;
    pub(crate) fn ps_get_logmath(decoder: *mut Decoder) -> *mut LogMath;
    pub(crate) fn ps_add_word(
        decoder: *mut Decoder,
        word: *const c_char,
        phones: *const c_char,
        update: c_int,
    ) -> c_int;
    pub(crate) fn ps_set_fsg(decoder: *mut Decoder, name: *const c_char, fsg: *mut Fsg) -> c_int;
    pub(crate) fn ps_set_search(decoder: *mut Decoder, name: *const c_char) -> c_int;
    pub(crate) fn ps_unset_search(decoder: *mut Decoder, name: *const c_char) -> c_int;
    pub(crate) fn ps_start_utt(decoder: *mut Decoder) -> c_int;
    pub(crate) fn ps_process_cep(
        decoder: *mut Decoder,
        frames: *mut *mut c_float,
        count: c_int,
        no_search: c_int,
        full_utt: c_int,
    ) -> c_int;
    pub(crate) fn ps_end_utt(decoder: *mut Decoder) -> c_int;
    pub(crate) fn ps_get_hyp(decoder: *mut Decoder, score: *mut i32) -> *const c_char;
    pub(crate) fn ps_seg_iter(decoder: *mut Decoder) -> *mut Segment;
    pub(crate) fn ps_seg_next(segment: *mut Segment) -> *mut Segment;
    pub(crate) fn ps_seg_word(segment: *mut Segment) -> *const c_char;
    pub(crate) fn ps_seg_frames(segment: *mut Segment, first: *mut c_int, last: *mut c_int);
}
