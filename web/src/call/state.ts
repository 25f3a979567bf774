// What the page knows of the call: a pure function of the messages so far.
import type { Floor, Latency, ServerMessage } from "./messages";

/** One line of the conversation. */
export interface Line {
  id: number;
  who: "caller" | "agent";
  turn: number;
  text: string;
  /** What of it the caller heard, once that is known. */
  heard?: string;
  partial: boolean;
  interrupted: boolean;
  latency?: Latency;
  confidence?: number;
}

/** One line of the event log. */
export interface LogEntry {
  seq: number;
  at: number;
  type: string;
  data: string;
}

/** The call as the page shows it. */
export interface CallState {
  phase: "idle" | "connecting" | "open" | "closed";
  floor: Floor;
  paused: boolean;
  callId: string;
  sttOff: boolean;
  lines: Line[];
  log: LogEntry[];
  keys: string;
  lastLatency?: Latency;
  roundTrip?: number;
  problem?: string;
  ended?: string;
}

/** Something that happened. */
export type Action =
  | { kind: "connecting" }
  | { kind: "message"; message: ServerMessage; now: number }
  | { kind: "closed"; code: number; reason: string };

/** The log keeps this many entries: a long call must not fill the browser's memory. */
export const MAX_LOG = 500;

export const initial: CallState = {
  phase: "idle",
  floor: "listening",
  paused: false,
  callId: "",
  sttOff: false,
  lines: [],
  log: [],
  keys: "",
};

/** The next state. */
export function reduce(state: CallState, action: Action): CallState {
  switch (action.kind) {
    case "connecting":
      return { ...initial, phase: "connecting" };
    case "closed": {
      const ended = state.ended ?? (action.code === 1000 ? "agent" : "lost");
      const problem = state.problem ?? (action.code === 1000 || action.code === 1005 ? undefined : action.reason);
      return { ...state, phase: "closed", floor: "ended", ended, ...(problem ? { problem } : {}) };
    }
    case "message":
      return apply(logged(state, action.message), action.message, action.now);
  }
}

function logged(state: CallState, message: ServerMessage): CallState {
  if (message.type === "tts_complete" || message.type === "heartbeat") return state;
  const { seq, at_ms, type, turn_id: _turn, ts: _ts, ...data } = message;
  const entry: LogEntry = { seq, at: at_ms, type, data: Object.keys(data).length > 0 ? JSON.stringify(data) : "" };
  return { ...state, log: [...state.log.slice(-(MAX_LOG - 1)), entry] };
}

function apply(state: CallState, message: ServerMessage, now: number): CallState {
  switch (message.type) {
    case "connected":
      return { ...state, phase: "open", callId: message.call_id, sttOff: message.config.stt_mode === "off" };
    case "floor":
      return { ...state, floor: message.floor };
    case "paused":
      return { ...state, paused: true };
    case "resumed":
      return { ...state, paused: false };
    case "stt_partial":
      return said(state, message, { partial: true });
    case "stt_final":
      return message.text ? said(state, message, { partial: false, confidence: message.confidence }) : state;
    case "llm_token":
      return replied(state, message.turn_id, message.text);
    case "interrupted":
      return finish({ ...state, paused: false }, message.turn_id, { interrupted: true, heard: message.heard });
    case "turn_end": {
      const done = finish(state, message.turn_id, {
        heard: message.heard,
        latency: message.latency,
        interrupted: !message.complete,
      });
      return { ...done, paused: false, lastLatency: message.latency };
    }
    case "dtmf":
      return { ...state, keys: (state.keys + message.digit).slice(-24) };
    case "pong":
      return message.client_ts === undefined ? state : { ...state, roundTrip: Math.max(0, now - 1000 * message.client_ts) };
    case "error":
    case "auth_error":
    case "rate_limit_exceeded":
      return { ...state, problem: message.message };
    case "session_closed":
      return { ...state, ended: message.reason, floor: "ended" };
    default:
      return state;
  }
}

/** The caller's words of a turn: a partial is replaced, a final after a final is added. */
function said(
  state: CallState,
  message: { turn_id: number; text: string; seq: number },
  change: { partial: boolean; confidence?: number },
): CallState {
  const at = state.lines.findLastIndex((line) => line.who === "caller" && line.turn === message.turn_id && line.partial);
  const line: Line = {
    id: message.seq,
    who: "caller",
    turn: message.turn_id,
    interrupted: false,
    text: message.text,
    ...change,
  };
  if (at < 0) return { ...state, lines: [...state.lines, line] };
  return { ...state, lines: state.lines.with(at, { ...line, id: state.lines[at]?.id ?? line.id }) };
}

function replied(state: CallState, turn: number, text: string): CallState {
  const at = state.lines.findLastIndex((line) => line.who === "agent" && line.turn === turn && line.heard === undefined);
  const old = state.lines[at];
  if (!old) {
    const line: Line = { id: state.log.at(-1)?.seq ?? 0, who: "agent", turn, text, partial: false, interrupted: false };
    return { ...state, lines: [...state.lines, line] };
  }
  return { ...state, lines: state.lines.with(at, { ...old, text: `${old.text} ${text}` }) };
}

function finish(state: CallState, turn: number, change: Partial<Line>): CallState {
  const at = state.lines.findLastIndex((line) => line.who === "agent" && line.turn === turn);
  const old = state.lines[at];
  if (!old) return state;
  const interrupted = old.interrupted || (change.interrupted ?? false);
  return { ...state, lines: state.lines.with(at, { ...old, ...change, interrupted }) };
}
