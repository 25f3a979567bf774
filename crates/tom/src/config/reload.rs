//! Which changed settings take effect only after a restart?

use super::Config;

impl Config {
    /// The settings that differ in a newer configuration and need a restart to take effect.
    pub(crate) fn restart_needed(&self, newer: &Self) -> Vec<&'static str> {
        let checks = [
            ("stt.engine or stt.fallback", self.stt != newer.stt),
            ("stt (whisper)", self.whisper != newer.whisper),
            ("stt.shards", self.stt_shards != newer.stt_shards),
            ("tts.engine", self.tts != newer.tts),
            ("tts (piper)", self.piper != newer.piper),
            ("llm (llama)", self.llama != newer.llama),
            ("stt, llm or tts (openai)", self.remote != newer.remote),
            ("tts.shards", self.tts_shards != newer.tts_shards),
            ("vad.engine", self.vad != newer.vad),
            ("vad.threshold", self.vad_threshold != newer.vad_threshold),
            ("server.listen", self.listen != newer.listen),
            ("server.token", self.token != newer.token),
            ("server.hosts", self.hosts != newer.hosts),
            ("server.origins", self.origins != newer.origins),
            ("server.clients", self.clients != newer.clients),
            ("server.web_dir", self.web_dir != newer.web_dir),
            ("server.priority", self.priority != newer.priority),
            ("server.drain_s", self.drain_s != newer.drain_s),
            ("limits", self.limits != newer.limits),
            ("agent.cached_replies", self.agent.cached_replies != newer.agent.cached_replies),
            ("journal.dir", self.journal_dir != newer.journal_dir),
            ("asterisk, audiosocket, carriers, server.peers or server.public_url", self.phone != newer.phone),
            ("sip, dial or transfer", self.sip != newer.sip),
            ("store.path", self.store.moved(&newer.store)),
            ("log", (&self.log_level, self.log_json) != (&newer.log_level, newer.log_json)),
        ];
        checks.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}
