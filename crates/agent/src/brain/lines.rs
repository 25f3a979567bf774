//! Which model answers, and what happens when it fails?

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::mpsc;
use tom_engine::{EngineError, ErrorKind, Llm, LlmEvent, LlmRequest, LlmStream};

/// Events a model may have under way for one call: pieces of one reply. Full: the model's reader waits or fails
/// the reply, as its engine says.
const EVENTS: usize = 256;

/// One model's attention for a call, opened when it is needed first.
struct Line {
    llm: Arc<dyn Llm>,
    stream: Option<Box<dyn LlmStream>>,
    tx: mpsc::Sender<LlmEvent>,
    rx: mpsc::Receiver<LlmEvent>,
}

impl Line {
    fn new(llm: Arc<dyn Llm>) -> Self {
        let (tx, rx) = mpsc::channel(EVENTS);
        Self { llm, stream: None, tx, rx }
    }

    fn ask(&mut self, request: LlmRequest) -> Result<(), EngineError> {
        // What the line still holds belongs to what was asked before.
        while self.rx.try_recv().is_ok() {}
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => none.insert(self.llm.open(self.tx.clone())?),
        };
        let asked = stream.generate(request);
        if asked.is_err() {
            self.hang_up();
        }
        asked
    }

    fn read_ahead(&mut self, request: LlmRequest) {
        if self.stream.is_none() {
            // What fails here is told when a reply is asked for.
            self.stream = self.llm.open(self.tx.clone()).ok();
        }
        if let Some(stream) = &mut self.stream {
            stream.read_ahead(request);
        }
    }

    /// Lets go of a stream that failed. What it may still send goes nowhere.
    fn hang_up(&mut self) {
        self.stream = None;
        (self.tx, self.rx) = mpsc::channel(EVENTS);
    }
}

/// The models a call may ask: the usual one, and one to fall back on.
pub(super) struct Lines {
    main: Line,
    fallback: Option<Line>,
    /// The fallback answers the reply under way.
    fell_back: bool,
    /// The model was asked again after a failure in this reply.
    again: bool,
}

impl Lines {
    pub(super) fn new(main: Arc<dyn Llm>, fallback: Option<Arc<dyn Llm>>) -> Self {
        Self { main: Line::new(main), fallback: fallback.map(Line::new), fell_back: false, again: false }
    }

    /// Another reply begins: with the usual model.
    pub(super) fn begin(&mut self) {
        (self.fell_back, self.again) = (false, false);
    }

    pub(super) fn ask(&mut self, request: LlmRequest) -> Result<(), EngineError> {
        self.line().ask(request)
    }

    /// Whether the usual model gets ready for what it may be asked next.
    pub(super) fn reads_ahead(&self) -> bool {
        self.main.llm.reads_ahead()
    }

    /// The usual model may be asked for a reply to this, or to what begins so.
    pub(super) fn read_ahead(&mut self, request: LlmRequest) {
        self.main.read_ahead(request);
    }

    /// After a failure: whether there is a model to ask once more. The usual one is asked again only if there
    /// is no other and it may help.
    pub(super) fn another(&mut self, error: &EngineError) -> bool {
        self.line().hang_up();
        if self.again {
            return false;
        }
        self.again = true;
        self.fell_back = self.fallback.is_some();
        self.fell_back || error.retry
    }

    /// Whether a slow model can be given up for another.
    pub(super) fn can_switch(&self) -> bool {
        self.fallback.is_some() && !self.again
    }

    /// The reply under way can wait for so long.
    pub(super) fn rest(&mut self, time: Duration) {
        if let Some(stream) = &mut self.line().stream {
            stream.rest(time);
        }
    }

    pub(super) fn cancel(&mut self) {
        if let Some(stream) = &mut self.line().stream {
            stream.cancel();
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<LlmEvent, EngineError>> {
        self.line().rx.poll_recv(cx).map(|event| {
            // The line holds a sender itself, so it does not close.
            event.ok_or_else(|| EngineError::new(ErrorKind::Crashed, "the language model's line closed"))
        })
    }

    /// The answering model's name.
    pub(super) fn name(&self) -> &'static str {
        match &self.fallback {
            Some(line) if self.fell_back => line.llm.name(),
            _ => self.main.llm.name(),
        }
    }

    fn line(&mut self) -> &mut Line {
        match &mut self.fallback {
            Some(line) if self.fell_back => line,
            _ => &mut self.main,
        }
    }
}
