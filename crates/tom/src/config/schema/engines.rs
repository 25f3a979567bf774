//! The settings of the engines: speech recognition, language model, speech synthesis.

use super::{Kind, Row, fixed, key, secret};

const URL: &str = "The server's address, with or without /v1, such as http://127.0.0.1:8000.";
const KEY: &str = "The key that the server asks for. Prefer a file.";
const KEY_FILE: &str = "A file that holds the key.";
const CA_FILE: &str = "A PEM file with certificates to trust beside the system's.";
const LANGUAGES: &str = "The languages that the server is used for (engine openai); empty: all.";
const MILLIS: Kind = Kind::Number(100, 600_000);

pub(super) const ENGINES: &[Row] = &[
    fixed(
        "stt.engine",
        Kind::Word(&["pocketsphinx", "whisper", "openai", "off"]),
        "\"pocketsphinx\"",
        "Speech recognition. pocketsphinx: built in, English, what the flow expects; whisper: a model that was pulled \
         (stt.model); openai: a server with /v1/audio/transcriptions.",
    ),
    fixed(
        "stt.shards",
        Kind::Number(0, 64),
        "0",
        "Recogniser processes; 0: one per core, at most four; with whisper, whose threads share the cores, one.",
    ),
    fixed("stt.url", Kind::Text, "", URL),
    fixed(
        "stt.model",
        Kind::Text,
        "",
        "The model wanted of the server; with whisper, one of tom models list, such as whisper-base-int8, or a folder.",
    ),
    fixed(
        "stt.smaller",
        Kind::Text,
        "",
        "With whisper: a smaller model, named like stt.model, for calls that begin while the machine is short of memory or \
         too hot; not set: the same with fewer threads.",
    ),
    fixed(
        "stt.language",
        Kind::Text,
        "",
        "With whisper: not set: the call's language; auto: the one that is heard; or always one, such as de.",
    ),
    fixed(
        "stt.threads",
        Kind::Number(0, 64),
        "0",
        "With whisper: threads of each process; 0: one per core, at most four.",
    ),
    fixed(
        "stt.window_s",
        Kind::Number(5, 30),
        "10",
        "With whisper: seconds of the shortest window that an utterance is looked at in; 30 is what it was trained with.",
    ),
    secret("stt.api_key", KEY),
    fixed("stt.api_key_file", Kind::Path, "", KEY_FILE),
    fixed("stt.ca_file", Kind::Path, "", CA_FILE),
    fixed("stt.languages", Kind::List, "[]", LANGUAGES),
    fixed("stt.prompt", Kind::Text, "", "Words that the model shall expect: names, products."),
    fixed(
        "stt.format",
        Kind::Word(&["json", "verbose_json"]),
        "\"json\"",
        "What the server is asked for. verbose_json tells how sure it is, where the server knows it.",
    ),
    fixed(
        "stt.deadline_ms",
        MILLIS,
        "5000",
        "How long a transcription may take; at most 3500 with stt.fallback, whose turn it then is.",
    ),
    fixed(
        "stt.fallback",
        Kind::Word(&["auto", "off"]),
        "\"auto\"",
        "Who understands what the server does not (engine openai). auto: pocketsphinx, in its languages and if it is \
         installed.",
    ),
    fixed(
        "llm.engine",
        Kind::Word(&["openai", "llama", "off"]),
        "\"off\"",
        "Language model. openai: a server with /v1/chat/completions (tom models discover lists those on this machine); \
         llama: a GGUF file, on this machine.",
    ),
    fixed("llm.url", Kind::Text, "", URL),
    fixed(
        "llm.model",
        Kind::Text,
        "",
        "The model wanted of the server; with llama, a name in the model store (tom models ls) or the path of a GGUF \
         file.",
    ),
    fixed(
        "llm.context",
        Kind::Number(512, 1 << 20),
        "4096",
        "With llama: tokens of the longest conversation.",
    ),
    fixed(
        "llm.cache",
        Kind::Number(0, 1 << 24),
        "0",
        "With llama: tokens of all conversations that are remembered at once; 0: four of the longest.",
    ),
    fixed(
        "llm.replies",
        Kind::Number(1, 128),
        "20",
        "With llama: replies that are written at once; others wait.",
    ),
    fixed(
        "llm.threads",
        Kind::Number(0, 256),
        "0",
        "With llama: threads that compute; 0: one for each core.",
    ),
    fixed(
        "llm.gpu_layers",
        Kind::Number(0, 1000),
        "0",
        "With llama: layers that a graphics card computes, where the worker was built for it; 999: all.",
    ),
    fixed(
        "llm.template",
        Kind::Text,
        "",
        "With llama: the form of the model's chats, such as chatml or llama3; not set: as its file says.",
    ),
    secret("llm.api_key", KEY),
    fixed("llm.api_key_file", Kind::Path, "", KEY_FILE),
    fixed("llm.ca_file", Kind::Path, "", CA_FILE),
    fixed(
        "llm.temperature",
        Kind::Fraction(0, 2_000),
        "",
        "0 to 2; not set: the server's own, with llama 0.7.",
    ),
    fixed(
        "llm.extra",
        Kind::Text,
        "",
        "More fields of each request, as a JSON object, such as {\"reasoning_effort\": \"none\"}.",
    ),
    fixed("llm.deadline_ms", MILLIS, "8000", "How long the first word of a reply may take."),
    fixed("llm.gap_ms", MILLIS, "5000", "How long a reply may pause."),
    fixed(
        "llm_fallback.url",
        Kind::Text,
        "",
        "A second server, asked when the one of [llm] fails; not set: none.",
    ),
    fixed("llm_fallback.model", Kind::Text, "", "The model wanted of it."),
    secret("llm_fallback.api_key", KEY),
    fixed("llm_fallback.api_key_file", Kind::Path, "", KEY_FILE),
    fixed("llm_fallback.ca_file", Kind::Path, "", CA_FILE),
    fixed("llm_fallback.temperature", Kind::Fraction(0, 2_000), "", "As llm.temperature."),
    fixed("llm_fallback.extra", Kind::Text, "", "As llm.extra."),
    fixed("llm_fallback.deadline_ms", MILLIS, "8000", "As llm.deadline_ms."),
    fixed("llm_fallback.gap_ms", MILLIS, "5000", "As llm.gap_ms."),
    fixed(
        "tts.engine",
        Kind::Word(&["espeak-ng", "piper", "openai", "off"]),
        "\"espeak-ng\"",
        "Speech synthesis. piper: a voice of the models folder or a file (tts.model); openai: a server with /v1/audio/speech; espeak-ng \
         stands in for both; off: replies are text only.",
    ),
    key(
        "tts.voice",
        Kind::Text,
        "",
        "A voice of espeak-ng or the server; not set: its default for the language.",
    ),
    fixed(
        "tts.speaker",
        Kind::Text,
        "",
        "With piper: a speaker of the voice, by name or number; not set: the first.",
    ),
    fixed(
        "tts.runtime",
        Kind::Word(&["auto", "rten", "onnxruntime"]),
        "\"auto\"",
        "With piper: what computes the voice. rten: built in, speaks piece by piece; onnxruntime: its library, where it \
         is found, speaks sentences as a whole; auto: onnxruntime on a GPU, else rten.",
    ),
    fixed("tts.speed", Kind::Number(50, 200), "100", "With piper: percent of the voice's own speed."),
    fixed(
        "tts.prompts_mib",
        Kind::Number(0, 1024),
        "32",
        "With piper: MiB of prompts that are spoken ahead and kept.",
    ),
    fixed(
        "tts.shards",
        Kind::Number(0, 64),
        "0",
        "Synthesiser processes; 0: one per core, with piper one per two, at most four.",
    ),
    fixed("tts.url", Kind::Text, "", URL),
    fixed(
        "tts.model",
        Kind::Text,
        "",
        "The model wanted of the server; with piper, a voice by its name in the models folder (de_DE-thorsten-medium) or \
         by its path (NAME.onnx, with NAME.onnx.json beside it).",
    ),
    secret("tts.api_key", KEY),
    fixed("tts.api_key_file", Kind::Path, "", KEY_FILE),
    fixed("tts.ca_file", Kind::Path, "", CA_FILE),
    fixed("tts.languages", Kind::List, "[]", LANGUAGES),
    fixed("tts.format", Kind::Word(&["pcm", "wav"]), "\"pcm\"", "What the server is asked to send."),
    fixed(
        "tts.sample_rate",
        Kind::Number(8_000, 48_000),
        "24000",
        "Samples a second of the server's PCM; a WAV file tells it itself.",
    ),
    fixed("tts.deadline_ms", MILLIS, "3000", "How long the first sound of a clause may take."),
    fixed("tts.gap_ms", MILLIS, "3000", "How long the sound of a clause may pause."),
];
