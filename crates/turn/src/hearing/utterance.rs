//! What is known of one utterance of the caller's?

use std::sync::Arc;

use tom_base::{Epoch, MediaTime};

use crate::Probability;

/// How sure a text is that the recogniser never confirmed: its last view before it failed.
pub(super) const UNCONFIRMED: Probability = Probability::from_millis(300);

/// One utterance.
#[derive(Clone, Debug)]
pub(super) struct Utterance {
    pub(super) epoch: Epoch,
    pub(super) began: MediaTime,
    /// The last moment of voice, once it is over.
    pub(super) last_voice: Option<MediaTime>,
    /// The recogniser was asked for its last word.
    pub(super) asked: bool,
    /// That word.
    pub(super) text: Option<(Arc<str>, Probability)>,
    /// What it thought before.
    pub(super) partial: Option<Arc<str>>,
    pub(super) failed: bool,
}

impl Utterance {
    /// Nothing more is awaited from the recogniser.
    pub(super) fn settled(&self) -> bool {
        self.text.is_some() || self.failed
    }

    /// The best text known.
    pub(super) fn best(&self) -> Option<(&Arc<str>, Probability)> {
        match (&self.text, &self.partial) {
            (Some((text, p)), _) => Some((text, *p)),
            (None, Some(partial)) => Some((partial, UNCONFIRMED)),
            (None, None) => None,
        }
    }
}

/// One that has just begun.
pub(super) fn utterance(epoch: Epoch, began: MediaTime) -> Utterance {
    Utterance { epoch, began, last_voice: None, asked: false, text: None, partial: None, failed: false }
}
