//! How does an utterance travel: which fields, and which file?

use tom_base::Lang;

use crate::SttSettings;

/// A form that is ready to be posted.
pub(super) struct Form {
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// Separates the parts. The samples may hold any bytes, so it is made such that it does not stand in them.
const BOUNDARY: &str = "tom-form-7b1f9d4e2a";

/// The form of an utterance: 16 kHz mono, as a WAV file of 16 bits.
pub(super) fn form(settings: &SttSettings, pcm: &[i16], lang: Lang) -> Form {
    let wav = tom_audio::wav::to_bytes(16_000, 1, pcm);
    let boundary = boundary(&wav);
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

/// A boundary that the bytes do not hold.
fn boundary(bytes: &[u8]) -> String {
    let mut boundary = BOUNDARY.to_owned();
    while holds(bytes, boundary.as_bytes()) {
        boundary.push('x');
    }
    boundary
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_never_stands_in_the_file() {
        let evil = format!("...{BOUNDARY}x...");
        assert_eq!(boundary(evil.as_bytes()), format!("{BOUNDARY}xx"));
        assert_eq!(boundary(b"..."), BOUNDARY);
    }
}
