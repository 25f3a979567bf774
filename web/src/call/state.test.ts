import { describe, expect, it } from "vitest";

import { parse, type ServerMessage } from "./messages";
import { MAX_LOG, initial, reduce, type CallState } from "./state";

let seq = 0;
const say = (turn_id: number, event: object): ServerMessage =>
  ({ seq: seq++, turn_id, ts: 0, at_ms: seq * 20, ...event }) as ServerMessage;
const run = (...messages: ServerMessage[]): CallState =>
  messages.reduce((state, message) => reduce(state, { kind: "message", message, now: 1000 }), initial);

describe("call state", () => {
  it("replaces partials and joins the reply", () => {
    const state = run(
      say(1, { type: "stt_partial", text: "opening" }),
      say(1, { type: "stt_partial", text: "opening hours" }),
      say(1, { type: "stt_final", text: "opening hours please", confidence: 0.9 }),
      say(1, { type: "llm_token", text: "We open at nine." }),
      say(1, { type: "llm_token", text: "Anything else?" }),
    );
    expect(state.lines.map((line) => [line.who, line.text, line.partial])).toEqual([
      ["caller", "opening hours please", false],
      ["agent", "We open at nine. Anything else?", false],
    ]);
  });

  it("marks what was heard of an interrupted reply", () => {
    const state = run(
      say(1, { type: "llm_token", text: "We open at nine and close at five." }),
      say(1, { type: "interrupted", heard: "We open at nine", after_ms: 90 }),
      say(1, { type: "turn_end", latency: { voice_to_voice_ms: 400 }, heard: "We open at nine", complete: false }),
    );
    expect(state.lines[0]).toMatchObject({ heard: "We open at nine", interrupted: true });
    expect(state.lastLatency?.voice_to_voice_ms).toBe(400);
  });

  it("keeps a bounded log", () => {
    const many = Array.from({ length: MAX_LOG + 50 }, () => say(0, { type: "state", state: "listening" }));
    expect(run(...many).log).toHaveLength(MAX_LOG);
  });

  it("says how the call ended", () => {
    const closed = reduce(run(say(0, { type: "session_closed", session_id: "x", reason: "drain" })), {
      kind: "closed",
      code: 1000,
      reason: "",
    });
    expect(closed).toMatchObject({ phase: "closed", ended: "drain", floor: "ended" });
    expect(reduce(initial, { kind: "closed", code: 1006, reason: "" })).toMatchObject({ ended: "lost" });
  });

  it("takes no message that is none", () => {
    for (const bad of ["", "{", "null", "[]", '{"type":1}']) expect(parse(bad)).toBeUndefined();
  });
});
