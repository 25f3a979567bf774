//! An HTTP server on loopback that does what a test wants, also what no server should.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a client asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Asked {
    /// The second word of the request's first line.
    pub(crate) fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The first byte of the range that was asked for.
    pub(crate) fn from(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// The server; it ends with the test's process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers each request with `answer`, one thread for each connection; the number says which request it is.
    pub(crate) fn start(answer: impl Fn(usize, &Asked, &mut dyn Stream) + Send + Sync + 'static) -> Self {
        Self::wrapped(answer, |stream| Some(Box::new(stream)))
    }

    /// The same with something around each connection, such as TLS.
    pub(crate) fn wrapped(
        answer: impl Fn(usize, &Asked, &mut dyn Stream) + Send + Sync + 'static,
        wrap: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let (answer, wrap) = (Arc::new(answer), Arc::new(wrap));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, answer, wrap) = (log.clone(), answer.clone(), wrap.clone());
                thread::spawn(move || {
                    let Some(mut stream) = wrap(stream) else { return };
                    let Some(request) = read(&mut *stream) else { return };
                    let number = {
                        let mut log = log.lock().unwrap();
                        log.push(request.clone());
                        log.len() - 1
                    };
                    answer(number, &request, &mut *stream);
                });
            }
        });
        Self { address, asked }
    }

    /// Serves files whole or from the byte asked for, as a good server does.
    pub(crate) fn good(files: Vec<(&'static str, Vec<u8>)>) -> Self {
        Self::start(move |_, asked, stream| match files.iter().find(|(path, _)| *path == asked.target()) {
            Some((_, body)) => send(stream, asked, body, usize::MAX),
            None => say(stream, "404 Not Found", "content-length: 0\r\n"),
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

pub(crate) trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

fn read(stream: &mut dyn Stream) -> Option<Asked> {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let headers = lines.iter().skip(1).filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    Some(Asked { line: lines.first()?.clone(), headers: headers.collect() })
}

/// A head, and nothing more.
pub(crate) fn say(stream: &mut dyn Stream, status: &str, headers: &str) {
    let _ = write!(stream, "HTTP/1.1 {status}\r\n{headers}\r\n");
}

/// The file, or what was asked of it, but the connection ends after so many bytes.
pub(crate) fn send(stream: &mut dyn Stream, asked: &Asked, body: &[u8], cut: usize) {
    let from = asked.from().unwrap_or(0);
    if from >= body.len() && from > 0 {
        return say(stream, "416 Range Not Satisfiable", "content-length: 0\r\n");
    }
    let rest = &body[from..];
    let length = rest.len();
    if asked.from().is_some() {
        let range = format!("content-range: bytes {from}-{}/{}\r\n", body.len() - 1, body.len());
        say(stream, "206 Partial Content", &format!("content-length: {length}\r\n{range}"));
    } else {
        say(stream, "200 OK", &format!("content-length: {length}\r\n"));
    }
    let _ = stream.write_all(&rest[..cut.min(length)]);
    let _ = stream.flush();
}
