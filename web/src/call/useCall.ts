// One call as a React hook: microphone, connection and loudspeaker wired together.
import { useCallback, useEffect, useReducer, useRef, useState } from "react";

import { openAudio, type Audio, type MicProblem } from "../audio/devices";
import { connect, type Connection } from "./connection";
import { initial, reduce, type CallState } from "./state";

/** A level for a meter. */
export interface Level {
  dbfs: number;
  clipped: boolean;
}

const SILENT: Level = { dbfs: -90, clipped: false };

/** The call and what can be done with it. */
export interface CallControls {
  state: CallState;
  input: Level;
  output: Level;
  micProblem: MicProblem | undefined;
  start(language: string, token: string, deviceId: string | undefined): void;
  hangUp(): void;
  interrupt(): void;
  key(digit: string): void;
  type(text: string): void;
}

export function useCall(): CallControls {
  const [state, dispatch] = useReducer(reduce, initial);
  const [input, setInput] = useState<Level>(SILENT);
  const [output, setOutput] = useState<Level>(SILENT);
  const [micProblem, setMicProblem] = useState<MicProblem>();
  const audio = useRef<Audio>(undefined);
  const connection = useRef<Connection>(undefined);

  const release = useCallback(() => {
    audio.current?.close();
    audio.current = undefined;
    connection.current = undefined;
    setInput(SILENT);
    setOutput(SILENT);
  }, []);

  const start = useCallback(
    (language: string, token: string, deviceId: string | undefined) => {
      setMicProblem(undefined);
      dispatch({ kind: "connecting" });
      openAudio(deviceId, {
        captured: (frame) => {
          setInput(frame);
          connection.current?.audio(frame.pcm);
        },
        played: setOutput,
      }).then(
        (opened) => {
          audio.current = opened;
          connection.current = connect(language, token, {
            message: (message) => {
              if (message.type === "clear" || message.type === "interrupted") opened.flush();
              dispatch({ kind: "message", message, now: Date.now() });
            },
            audio: opened.play,
            closed: (code, reason) => {
              dispatch({ kind: "closed", code, reason });
              release();
            },
          });
        },
        (problem: MicProblem) => {
          setMicProblem(problem);
          dispatch({ kind: "closed", code: 1000, reason: "" });
        },
      );
    },
    [release],
  );

  useEffect(() => release, [release]);

  const send = useCallback((message: Record<string, unknown>) => connection.current?.send(message), []);
  return {
    state,
    input,
    output,
    micProblem,
    start,
    hangUp: useCallback(() => connection.current?.close(), []),
    interrupt: useCallback(() => {
      audio.current?.flush();
      send({ type: "barge_in", timestamp: Date.now() / 1000 });
    }, [send]),
    key: useCallback((digit: string) => send({ type: "dtmf", digit }), [send]),
    type: useCallback((text: string) => send({ type: "text", text }), [send]),
  };
}
