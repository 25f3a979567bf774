//! How does an utterance travel: which fields, and which file?

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use tom_base::Lang;

use crate::SttSettings;

/// A form that is ready to be posted.
pub(super) struct Form {
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// The form of an utterance: 16 kHz mono, as a WAV file of 16 bits.
pub(super) fn form(settings: &SttSettings, pcm: &[i16], lang: Lang) -> Form {
    let wav = tom_audio::wav::to_bytes(16_000, 1, pcm);
    let boundary = boundary();
    let mut body = Vec::with_capacity(wav.len() + 1024);
    let format = if settings.verbose { "verbose_json" } else { "json" };
    let lang = lang.primary();
    let mut field = |name: &str, value: &str| {
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(head.as_bytes());
    };
    field("model", &settings.server.model);
    field("language", lang.as_str());
    field("response_format", format);
    field("temperature", "0");
    if let Some(prompt) = &settings.prompt {
        field("prompt", prompt);
    }
    body.extend_from_slice(
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"utterance.wav\"\r\n\
             Content-Type: audio/wav\r\n\r\n"
        )
        .as_bytes(),
    );
    body.extend_from_slice(&wav);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    Form { content_type: format!("multipart/form-data; boundary={boundary}"), body }
}

/// What separates the parts: 128 bits that nobody can guess, so that no audio holds them.
fn boundary() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("tom-{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_boundary_comes_twice() {
        let all: std::collections::HashSet<_> = (0..1_000).map(|_| boundary()).collect();
        assert_eq!(all.len(), 1_000);
        assert!(
            all.iter().all(|b| b.len() == 36 && b.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-'))
        );
    }
}
