//! What does a transcription say, and how sure is the model of it?

use serde_json::Value;

/// How sure a model is taken to be that does not say: enough to act, not enough for what must not go wrong.
const UNTOLD: f32 = 0.8;
/// Whisper's own rule for a segment in which nobody speaks: it is likely silence ...
const NO_SPEECH: f64 = 0.6;
/// ... and the words are guessed.
const GUESSED: f64 = -1.0;

/// What was understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heard {
    /// Empty: nothing.
    pub(super) text: String,
    /// 0 to 1.
    pub(super) confidence: f32,
}

/// Reads an answer: `{"text": ...}`, with `segments` (`verbose_json`) or `logprobs` (OpenAI's newer models) if
/// there are any.
///
/// Confidence is the geometric mean of the tokens' probabilities, e to the mean log probability, with segments
/// weighted by their length. Segments that Whisper takes for silence are left out. Without either it is 0.8.
pub(super) fn read(body: &[u8]) -> Result<Heard, &'static str> {
    let json: Value = serde_json::from_slice(body).map_err(|_| "the transcription is no JSON")?;
    let Some(text) = json["text"].as_str() else { return Err("the transcription holds no text") };
    let (text, confidence) = match array(&json, "segments") {
        [] => (text.to_owned(), logprobs(array(&json, "logprobs"))),
        segments => spoken(text, segments),
    };
    let text = text.trim().to_owned();
    let confidence = if text.is_empty() { 0.0 } else { confidence.unwrap_or(UNTOLD) };
    Ok(Heard { text, confidence })
}

fn array<'a>(json: &'a Value, name: &str) -> &'a [Value] {
    json[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The text and confidence of those segments in which somebody speaks.
fn spoken(text: &str, segments: &[Value]) -> (String, Option<f32>) {
    let silent = |segment: &Value| {
        let of = |name: &str, otherwise| segment[name].as_f64().unwrap_or(otherwise);
        of("no_speech_prob", 0.0) > NO_SPEECH && of("avg_logprob", 0.0) < GUESSED
    };
    let kept: Vec<&Value> = segments.iter().filter(|segment| !silent(segment)).collect();
    let text = if kept.len() == segments.len() {
        text.to_owned()
    } else {
        kept.iter().filter_map(|segment| segment["text"].as_str()).collect()
    };
    let weighed = kept.iter().filter_map(|segment| {
        let length = segment["end"].as_f64().unwrap_or(0.0) - segment["start"].as_f64().unwrap_or(0.0);
        Some((segment["avg_logprob"].as_f64()?, length.max(0.1)))
    });
    let (sum, weight) =
        weighed.fold((0.0, 0.0), |(sum, all), (log, weight)| (sum + log * weight, all + weight));
    (text, (weight > 0.0).then(|| probability(sum / weight)))
}

fn logprobs(tokens: &[Value]) -> Option<f32> {
    let logs: Vec<f64> = tokens.iter().filter_map(|token| token["logprob"].as_f64()).collect();
    (!logs.is_empty()).then(|| probability(logs.iter().sum::<f64>() / logs.len() as f64))
}

fn probability(log: f64) -> f32 {
    log.exp().clamp(0.0, 1.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(text: &str, confidence: f32) -> Result<Heard, &'static str> {
        Ok(Heard { text: text.into(), confidence })
    }

    #[test]
    fn a_plain_answer_is_believed_by_rule() {
        assert_eq!(read(br#"{"text": " Hello. "}"#), heard("Hello.", 0.8));
        assert_eq!(read(br#"{"text": ""}"#), heard("", 0.0));
        assert_eq!(read(br#"{"text": "a", "segments": [{"text": "a"}]}"#), heard("a", 0.8));
    }

    #[test]
    fn probabilities_are_taken_where_they_are_told() {
        let two = br#"{"text": "a b", "segments": [
            {"text": "a", "start": 0, "end": 1, "avg_logprob": -0.1, "no_speech_prob": 0.9},
            {"text": " b", "start": 1, "end": 4, "avg_logprob": -0.5, "no_speech_prob": 0.1}]}"#;
        assert_eq!(read(two), heard("a b", (-0.4_f64).exp() as f32));
        let tokens = br#"{"text": "a", "logprobs": [{"logprob": -0.2}, {"logprob": -0.4}]}"#;
        let Ok(Heard { confidence, .. }) = read(tokens) else { panic!("readable") };
        assert!((confidence - (-0.3_f32).exp()).abs() < 1e-6);
    }

    #[test]
    fn what_whisper_makes_up_in_silence_is_nothing() {
        let silence = br#"{"text": "Thank you.", "segments": [
            {"text": "Thank you.", "avg_logprob": -1.2, "no_speech_prob": 0.8}]}"#;
        assert_eq!(read(silence), heard("", 0.0));
    }

    #[test]
    fn garbage_is_an_error() {
        assert!(read(b"<html>").is_err());
        assert!(read(br#"{"error": 1}"#).is_err());
        assert!(read(br#"{"text": {"a": 1}}"#).is_err());
    }
}
