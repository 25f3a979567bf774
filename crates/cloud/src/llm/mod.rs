//! Language models: when is one asked, and what comes of it?

mod reply;
mod request;
pub mod sse;
pub mod thoughts;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hyper::body::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_engine::{EngineError, ErrorKind, Health, Llm, LlmEvent, LlmRequest, LlmStream};

use crate::LlmSettings;
use crate::core::{Core, Pass, Task};
use crate::net::{Answer, excerpt};
use reply::{Reply, Step};
use sse::SseParser;

/// Bytes of a reply that came in one piece.
const MOST_BODY: usize = 1 << 20;

/// A language model that is asked over HTTP.
pub struct OpenAiLlm {
    asker: Arc<Asker>,
}

struct Asker {
    core: Arc<Core>,
    settings: LlmSettings,
    /// The server has said that it wants `max_completion_tokens` for `max_tokens`.
    new_limit: AtomicBool,
}

impl OpenAiLlm {
    /// Starts to make a connection ready and returns at once. Reads certificates if the address is HTTPS.
    ///
    /// # Errors
    /// When there are no certificates to trust.
    pub fn start(settings: LlmSettings, runtime: &Handle) -> Result<Self, EngineError> {
        let core = Core::start(settings.server.clone(), runtime)?;
        Ok(Self { asker: Arc::new(Asker { core, settings, new_limit: AtomicBool::new(false) }) })
    }
}

impl Llm for OpenAiLlm {
    fn open(&self, events: mpsc::Sender<LlmEvent>) -> Result<Box<dyn LlmStream>, EngineError> {
        self.asker.core.open()?;
        Ok(Box::new(OpenAiMind { asker: self.asker.clone(), events, reply: None }))
    }

    fn health(&self) -> Health {
        self.asker.core.health()
    }

    fn name(&self) -> &'static str {
        "openai"
    }
}

/// A model's attention for one call.
struct OpenAiMind {
    asker: Arc<Asker>,
    events: mpsc::Sender<LlmEvent>,
    reply: Option<Task>,
}

impl LlmStream for OpenAiMind {
    fn generate(&mut self, request: LlmRequest) -> Result<(), EngineError> {
        self.cancel();
        let pass = self.asker.core.admit()?;
        let (asker, events) = (self.asker.clone(), self.events.clone());
        let task = async move { asker.answer(&request, pass, &events).await };
        self.reply = Some(Task::spawn(&self.asker.core.runtime, task));
        Ok(())
    }

    fn cancel(&mut self) {
        self.reply = None;
    }
}

impl Asker {
    /// Tells all of a reply, and how it ended.
    async fn answer(&self, request: &LlmRequest, pass: Pass, events: &mpsc::Sender<LlmEvent>) {
        let epoch = request.epoch;
        let result = self.tell(request, events).await;
        pass.report(&result);
        let event = match result {
            Ok(_) => LlmEvent::Done { epoch },
            Err(error) => LlmEvent::Failed { epoch, error },
        };
        // It is the last event: it waits for room, which the end of the stream ends.
        drop(events.send(event).await);
    }

    async fn tell(&self, request: &LlmRequest, events: &mpsc::Sender<LlmEvent>) -> Result<(), EngineError> {
        let core = &self.core;
        let (mut stream, mut step) = core.first("no word", || self.begin(request)).await?;
        loop {
            match step {
                Step::Text(text) => {
                    let event = LlmEvent::Text { epoch: request.epoch, text: text.into() };
                    self.give(events, event).await?;
                }
                Step::CallComes => {}
                Step::End(calls) => {
                    for call in calls {
                        self.give(events, LlmEvent::Call { epoch: request.epoch, call }).await?;
                    }
                    self.let_end(stream);
                    return Ok(());
                }
            }
            step = core.more(stream.next(self)).await?;
        }
    }

    /// Hands an event over. A call that reads none of them for as long as a gap may be has other worries.
    async fn give(&self, events: &mpsc::Sender<LlmEvent>, event: LlmEvent) -> Result<(), EngineError> {
        let sent = tokio::time::timeout(self.core.options.deadlines.gap, events.send(event)).await;
        // A closed channel: the call is over, and this task with it.
        sent.map(drop).map_err(|_| EngineError::new(ErrorKind::Overload, "the call does not read its reply"))
    }

    /// Asks, and waits for the first step of the reply.
    async fn begin(&self, request: &LlmRequest) -> Result<(Stream, Step), EngineError> {
        let private = request::texts(request);
        let ask = async || {
            let body = request::body(&self.settings, request, &self.new_limit)?;
            self.core.post("chat/completions", "application/json", body, &private).await
        };
        let answer = match ask().await {
            Err(error) if request::wants_new_limit(&error, &self.new_limit) => ask().await?,
            other => other?,
        };
        let mut stream = Stream::new(answer, self, &private).await?;
        let step = stream.next(self).await?;
        Ok((stream, step))
    }

    /// What a server sends after the end is read, so that its connection can be used again.
    fn let_end(&self, mut stream: Stream) {
        let gap = self.core.options.deadlines.gap;
        self.core.runtime.spawn(tokio::time::timeout(gap, async move {
            while let Ok(Some(_)) = stream.answer.bytes().await {}
        }));
    }
}

/// A reply that is coming in.
struct Stream {
    answer: Answer,
    sse: SseParser,
    reply: Reply,
    steps: VecDeque<Step>,
    /// What errors must not show.
    private: Vec<String>,
}

impl Stream {
    async fn new(mut answer: Answer, asker: &Asker, private: &[&str]) -> Result<Self, EngineError> {
        let content_type = answer.content_type();
        let mut reply = Reply::default();
        let mut steps = VecDeque::new();
        match &*content_type {
            // Some servers do not stream where functions are offered.
            "application/json" => {
                let body = answer.all(MOST_BODY).await?;
                let body = std::str::from_utf8(&body).map_err(|_| {
                    asker.core.unreadable("the reply is no JSON; is it a chat model's server?")
                })?;
                let read = reply.data(body, &mut steps).and_then(|()| reply.end(&mut steps));
                read.map_err(|problem| asker.wrong(problem, private))?;
            }
            "text/html" => {
                let section = asker.core.options.section;
                let what = format!("sends a web page and no reply; mend {section}.url");
                return Err(asker.core.unreadable(&what));
            }
            _ => {}
        }
        let private = private.iter().map(|&text| text.to_owned()).collect();
        Ok(Self { answer, sse: SseParser::default(), reply, steps, private })
    }

    /// The next step of the reply.
    async fn next(&mut self, asker: &Asker) -> Result<Step, EngineError> {
        loop {
            if let Some(step) = self.steps.pop_front() {
                return Ok(step);
            }
            let bytes: Option<Bytes> = self.answer.bytes().await?;
            let (sse, reply, steps) = (&mut self.sse, &mut self.reply, &mut self.steps);
            let mut result = Ok(());
            let mut read = |data: &str| {
                if result.is_ok() {
                    result = reply.data(data, steps);
                }
            };
            let parsed = match &bytes {
                Some(bytes) => sse.push(bytes, &mut read),
                None => sse.end(&mut read),
            };
            parsed.map_err(|error| asker.core.unreadable(&error.to_string()))?;
            if bytes.is_none() && result.is_ok() {
                result = reply.end(steps);
            }
            let private: Vec<&str> = self.private.iter().map(String::as_str).collect();
            result.map_err(|problem| asker.wrong(problem, &private))?;
        }
    }
}

impl Asker {
    /// What is wrong with a reply, as an error.
    fn wrong(&self, problem: reply::Problem, private: &[&str]) -> EngineError {
        let options = &self.core.options;
        let url = &options.url;
        match problem {
            reply::Problem::Said(error) => {
                let said = excerpt(options, error.as_bytes(), private);
                EngineError::new(ErrorKind::Unavailable, format!("{url} failed amid its reply: {said}"))
            }
            reply::Problem::CutShort => {
                EngineError::new(ErrorKind::Crashed, format!("{url} broke its reply off"))
            }
            reply::Problem::OnlyThoughts => EngineError::new(
                ErrorKind::Protocol,
                format!(
                    "{} of {url} thought and said nothing; switch its thinking off with {}.extra, or use another",
                    options.model, options.section
                ),
            ),
            reply::Problem::Unreadable(what) => self.core.unreadable(what),
        }
    }
}
