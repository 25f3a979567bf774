//! PocketSphinx behind a safe face: one search over frames of features.
#![expect(unsafe_code, reason = "calls the C libraries")]

mod plans;

use std::collections::HashSet;
use std::ffi::{CStr, CString, c_char};
use std::ptr::{NonNull, null_mut};

use tom_worker::{Fault, FaultKind};

use crate::features::{Cepstrum, WIDTH};
use crate::ffi;
use crate::plan::{Branch, Plan};
use plans::Loaded;

/// The library's path scores count in units of 2^10 of its logarithms.
const SCORE_SHIFT: u32 = 10;

/// Frames that the library takes at once. Of more, its search by language model loses some: its look-ahead and
/// what it looks at share a short queue.
const MOST_FRAMES: usize = 5;

/// A decoder of the library. Not for several threads at once.
pub(crate) struct Decoder {
    raw: NonNull<ffi::Decoder>,
    /// Nats in one unit of the library's logarithms.
    unit: f64,
    /// Words that were added.
    words: HashSet<CString>,
    /// The plan that is used, of those that were loaded.
    plans: Vec<Loaded>,
    /// Counts uses of plans.
    uses: u64,
}

/// A piece of a result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Segment {
    /// The library's word.
    pub(crate) word: String,
    /// Its first frame (10 ms each).
    pub(crate) first: i32,
    /// Its last frame; before `first` if it takes no time.
    pub(crate) last: i32,
}

/// The best way through one branch of a plan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    /// Log likelihood in nats, relative to the best state of each frame.
    pub(crate) score: f32,
    /// From the beginning to the end.
    pub(crate) segments: Vec<Segment>,
}

/// Failed calls that cannot fail with what they are given, memory aside.
fn broken(what: &str) -> Fault {
    Fault::new(FaultKind::Protocol, format!("PocketSphinx failed: it {what}"))
}

fn c_string(text: &str) -> Result<CString, Fault> {
    CString::new(text).map_err(|_| Fault::bad_request("the grammar holds a zero character: take it out"))
}

impl Decoder {
    /// A decoder with these options (`-hmm`, folder and so on).
    pub(crate) fn new(options: &[(&str, String)]) -> Result<Self, Fault> {
        let texts = options.iter().flat_map(|(name, value)| [*name, value.as_str()]);
        let texts: Vec<CString> =
            std::iter::once("tom").chain(texts).map(c_string).collect::<Result<_, _>>()?;
        let mut argv: Vec<*mut c_char> = texts.iter().map(|text| text.as_ptr().cast_mut()).collect();
        let argc = i32::try_from(argv.len()).map_err(|_| broken("got too many options"))?;
        // SAFETY: a null stream silences the library, which is used by this thread alone. The texts live until the
        // end of the function and the library copies them; the definitions are its own. The decoder keeps
        // its own hold on the configuration, so ours is given up.
        let raw = unsafe {
            ffi::err_set_logfp(null_mut());
            let config = ffi::cmd_ln_parse_r(null_mut(), ffi::ps_args(), argc, argv.as_mut_ptr(), 1);
            if config.is_null() {
                return Err(broken("refuses our options: is it another version than 5prealpha?"));
            }
            let raw = ffi::ps_init(config);
            ffi::cmd_ln_free_r(config);
            raw
        };
        let raw = NonNull::new(raw).ok_or_else(|| {
            let what = "PocketSphinx cannot load its model: install pocketsphinx-en-us again";
            Fault::new(FaultKind::Missing, what)
        })?;
        // SAFETY: the decoder was just made, and has the logarithms it was made with.
        let base = unsafe { ffi::logmath_get_base(ffi::ps_get_logmath(raw.as_ptr())) };
        Ok(Self { raw, unit: base.ln(), words: HashSet::new(), plans: Vec::new(), uses: 0 })
    }

    /// How many words were added to it.
    pub(crate) fn words(&self) -> usize {
        self.words.len()
    }

    /// Whether it has loaded a plan.
    pub(crate) fn knows(&self, key: u64) -> bool {
        self.plans.iter().any(|plan| plan.key == key)
    }

    /// Searches by a plan from the next utterance on; loads it if it is new, in place of the one that was not used
    /// for longest if there are `most` already.
    pub(crate) fn follow(&mut self, plan: &Plan, most: usize) -> Result<(), Fault> {
        if !self.knows(plan.key) {
            if self.plans.len() >= most {
                self.forget_oldest();
            }
            self.load(plan)?;
        }
        self.uses += 1;
        let uses = self.uses;
        let Some(place) = self.plans.iter().position(|loaded| loaded.key == plan.key) else {
            return Err(broken("lost a grammar"));
        };
        // The one in use is kept last.
        self.plans[place].used = uses;
        self.plans.sort_by_key(|loaded| loaded.used);
        let Some(loaded) = self.plans.last() else { return Err(broken("lost a grammar")) };
        // SAFETY: the decoder is ours; the name is copied or only compared.
        match unsafe { ffi::ps_set_search(self.raw.as_ptr(), loaded.name.as_ptr()) } {
            0 => Ok(()),
            _ => Err(broken("does not take up a grammar")),
        }
    }

    /// An utterance begins.
    pub(crate) fn start(&mut self) -> Result<(), Fault> {
        // SAFETY: the decoder is ours and has a search.
        match unsafe { ffi::ps_start_utt(self.raw.as_ptr()) } {
            0 => Ok(()),
            _ => Err(broken("does not begin")),
        }
    }

    /// Searches some frames further.
    pub(crate) fn feed(&mut self, frames: &mut [Cepstrum]) -> Result<(), Fault> {
        const { assert!(WIDTH == 13) };
        for frames in frames.chunks_mut(MOST_FRAMES) {
            let mut pointers: Vec<*mut f32> = frames.iter_mut().map(|frame| frame.as_mut_ptr()).collect();
            let count = frames.len() as i32;
            // SAFETY: the utterance has begun; the pointers are to `count` frames of 13 numbers, which is what the decoder
            // was made for, and are not used after the return.
            if unsafe { ffi::ps_process_cep(self.raw.as_ptr(), pointers.as_mut_ptr(), count, 0, 0) } < 0 {
                return Err(broken("does not search"));
            }
        }
        Ok(())
    }

    /// The utterance is over.
    pub(crate) fn end(&mut self) -> Result<(), Fault> {
        // SAFETY: the utterance has begun.
        match unsafe { ffi::ps_end_utt(self.raw.as_ptr()) } {
            0.. => Ok(()),
            _ => Err(broken("does not end")),
        }
    }

    /// The best way through a branch of the plan in use; `None` if none is left. While the utterance goes on it
    /// is the best way through either, as far as words have ended.
    pub(crate) fn path(&mut self, plan: &Plan, branch: Branch) -> Option<Path> {
        let loaded = self.plans.last()?;
        // SAFETY: the grammar is held by us; the library reads its final state when it is asked for a result. That
        // and the walk below happen before anything else is done with the decoder.
        let score = unsafe {
            (*loaded.fsg.as_ptr()).final_state = plan.end(branch);
            self.hypothesis()
        };
        score.map(|(score, _)| Path { score, segments: self.segments() })
    }

    /// What a search by language model has found.
    pub(crate) fn dictated(&mut self) -> Option<String> {
        // SAFETY: nothing else is done with the decoder meanwhile.
        unsafe { self.hypothesis() }.map(|(_, text)| text)
    }

    /// # Safety
    /// The decoder must not be in the midst of another call.
    unsafe fn hypothesis(&self) -> Option<(f32, String)> {
        let mut score = 0;
        // SAFETY: the decoder is ours; the text belongs to it and is copied here.
        let text = unsafe {
            let text = ffi::ps_get_hyp(self.raw.as_ptr(), &raw mut score);
            if text.is_null() {
                return None;
            }
            CStr::from_ptr(text).to_string_lossy().into_owned()
        };
        let nats = f64::from(score) * self.unit * f64::from(1_u32 << SCORE_SHIFT);
        Some((nats as f32, text))
    }

    fn segments(&mut self) -> Vec<Segment> {
        let mut segments = Vec::new();
        // SAFETY: the walk belongs to us until its end, where `ps_seg_next` frees it; each word is copied before the
        // next step.
        unsafe {
            let mut walk = ffi::ps_seg_iter(self.raw.as_ptr());
            while !walk.is_null() {
                let (mut first, mut last) = (0, 0);
                ffi::ps_seg_frames(walk, &raw mut first, &raw mut last);
                let word = ffi::ps_seg_word(walk);
                if !word.is_null() {
                    let word = CStr::from_ptr(word).to_string_lossy().into_owned();
                    segments.push(Segment { word, first, last });
                }
                walk = ffi::ps_seg_next(walk);
            }
        }
        segments
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        while !self.plans.is_empty() {
            self.forget_oldest();
        }
        // SAFETY: made by `ps_init` and never used again.
        unsafe { ffi::ps_free(self.raw.as_ptr()) };
    }
}
