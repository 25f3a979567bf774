//! Which grammars PocketSphinx has loaded, and how one is built out of a plan.

use std::ffi::CString;
use std::ptr::NonNull;

use tom_worker::Fault;

use super::{Decoder, broken, c_string};
use crate::ffi;
use crate::plan::{Branch, Plan, Step};

/// A plan inside the library.
pub(super) struct Loaded {
    pub(super) key: u64,
    pub(super) name: CString,
    pub(super) fsg: NonNull<ffi::Fsg>,
    pub(super) used: u64,
}

impl Decoder {
    /// Gives up the plan that was not used for longest.
    pub(super) fn forget_oldest(&mut self) {
        if self.plans.is_empty() {
            return;
        }
        let plan = self.plans.remove(0);
        // SAFETY: the search of that name was made by `load`; after this neither it nor our hold on its grammar is
        // used again.
        unsafe {
            ffi::ps_unset_search(self.raw.as_ptr(), plan.name.as_ptr());
            ffi::fsg_model_free(plan.fsg.as_ptr());
        }
    }

    /// Makes a search of a plan, and adds the words that it needs to the dictionary.
    pub(super) fn load(&mut self, plan: &Plan) -> Result<(), Fault> {
        for (word, phones) in &plan.words {
            let word = c_string(word)?;
            if !self.words.contains(&word) {
                let phones = c_string(phones)?;
                // SAFETY: the decoder is ours; both texts are copied.
                if unsafe { ffi::ps_add_word(self.raw.as_ptr(), word.as_ptr(), phones.as_ptr(), 0) } < 0 {
                    return Err(broken("does not take a word"));
                }
                self.words.insert(word);
            }
        }
        let name = c_string(&format!("{:016x}", plan.key))?;
        let states = i32::try_from(plan.states).map_err(|_| broken("got too many states"))?;
        // SAFETY: the name is copied, the logarithms live as long as the decoder, which outlives the grammar.
        let fsg = unsafe {
            ffi::fsg_model_init(name.as_ptr(), ffi::ps_get_logmath(self.raw.as_ptr()), 1.0, states)
        };
        let fsg = NonNull::new(fsg).ok_or_else(|| broken("has no memory for a grammar"))?;
        for step in &plan.steps {
            self.add_step(fsg, step)?;
        }
        // SAFETY: the grammar is ours and valid; states are below its number of states.
        unsafe {
            (*fsg.as_ptr()).start_state = 0;
            (*fsg.as_ptr()).final_state = plan.end(Branch::Grammar);
        }
        // SAFETY: both are ours. The search keeps a hold of its own on the grammar.
        if unsafe { ffi::ps_set_fsg(self.raw.as_ptr(), name.as_ptr(), fsg.as_ptr()) } != 0 {
            // SAFETY: nobody else has it.
            unsafe { ffi::fsg_model_free(fsg.as_ptr()) };
            return Err(broken("does not take a grammar"));
        }
        self.plans.push(Loaded { key: plan.key, name, fsg, used: 0 });
        Ok(())
    }

    fn add_step(&self, fsg: NonNull<ffi::Fsg>, step: &Step) -> Result<(), Fault> {
        let logp = -(f64::from(step.cost) / self.unit) as i32;
        let (from, to) = (step.from as i32, step.to as i32);
        match &step.word {
            None => {
                // SAFETY: a valid grammar; both states are below its number of states (`Plan` sees to it).
                unsafe { ffi::fsg_model_null_trans_add(fsg.as_ptr(), from, to, logp) };
            }
            Some(word) => {
                let word = c_string(word)?;
                // SAFETY: as above; the word is copied, and was added to the decoder before.
                unsafe {
                    let id = ffi::fsg_model_word_add(fsg.as_ptr(), word.as_ptr());
                    ffi::fsg_model_trans_add(fsg.as_ptr(), from, to, logp, id);
                }
            }
        }
        Ok(())
    }
}
