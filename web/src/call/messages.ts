// What the server says, as far as the page uses it. docs/protocol.md has all of it.

/** Milliseconds each stage of one turn took; absent where it did not run. */
export interface Latency {
  end_of_turn_ms?: number;
  stt_ms?: number;
  llm_ms?: number;
  tts_ms?: number;
  e2e_ms?: number;
  voice_to_voice_ms?: number;
  barge_in_ms?: number;
}

interface Envelope {
  seq: number;
  turn_id: number;
  /** Milliseconds since 1970, by the server's clock. */
  ts: number;
  /** Milliseconds since the call began. */
  at_ms: number;
}

type Event =
  | { type: "connected"; call_id: string; language: string; config: { stt_mode: string; llm_mode: string; tts_mode: string } }
  | { type: "state"; state: string }
  | { type: "floor"; floor: Floor }
  | { type: "stt_partial"; text: string }
  | { type: "stt_final"; text: string; confidence: number }
  | { type: "llm_token"; text: string }
  | { type: "llm_final"; text: string }
  | { type: "clear" }
  | { type: "paused"; ducked: boolean }
  | { type: "resumed"; paused_ms: number; backchannel: boolean }
  | { type: "interrupted"; heard: string; after_ms: number }
  | { type: "dtmf"; digit: string }
  | { type: "reprompt"; count: number }
  | { type: "turn_end"; latency: Latency; heard: string; complete: boolean }
  | { type: "pong"; client_ts?: number }
  | { type: "error"; message: string; error: { code: string } }
  | { type: "auth_error"; message: string }
  | { type: "rate_limit_exceeded"; message: string }
  | { type: "session_closed"; session_id: string; reason: string }
  | { type: "heartbeat" | "stt_started" | "stt_stopped" | "llm_started" | "tts_complete" | "barge_in_ack" | "mode_switched" };

/** Who has the floor. */
export type Floor = "listening" | "user" | "pause" | "thinking" | "agent" | "ended";

/** A message of the server. */
export type ServerMessage = Envelope & Event;

/** Reads a message; nothing if it is none. */
export function parse(text: string): ServerMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const known = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
    return known ? (value as ServerMessage) : undefined;
  } catch {
    return undefined;
  }
}
