// The conversation as it goes on, and a field for those who would rather type.
import { useEffect, useRef, useState, type FormEvent } from "react";

import type { CallState, Line } from "../call/state";
import type { Texts } from "../texts";

interface Props {
  state: CallState;
  texts: Texts;
  onType(text: string): void;
}

export function Transcript({ state, texts, onType }: Props) {
  const [typed, setTyped] = useState("");
  const end = useRef<HTMLLIElement>(null);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [state.lines]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim()) onType(typed.trim());
    setTyped("");
  };
  const download = () => {
    const lines = state.lines.map((line) => `${line.who === "caller" ? texts.you : texts.agent}: ${line.text}`);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n")], { type: "text/plain" }));
    link.download = `${state.callId || "tom"}.txt`;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  return (
    <section className="card transcript" aria-label={texts.title}>
      <ol aria-live="polite" data-testid="transcript">
        {state.lines.length === 0 && <li className="hint">{texts.empty}</li>}
        {state.lines.map((line) => (
          <Bubble key={`${line.who}-${line.turn}-${line.id}`} line={line} texts={texts} />
        ))}
        <li ref={end} aria-hidden="true" />
      </ol>
      <form onSubmit={submit}>
        <input
          aria-label={texts.typeHere}
          placeholder={texts.typeHere}
          maxLength={2000}
          disabled={state.phase !== "open"}
          value={typed}
          onChange={(e) => setTyped(e.target.value)}
        />
        <button disabled={state.phase !== "open" || !typed.trim()}>{texts.send}</button>
        <button type="button" className="quiet" disabled={state.lines.length === 0} onClick={download}>
          {texts.download}
        </button>
      </form>
    </section>
  );
}

/** One line; of an interrupted reply, what was not heard is faint. */
function Bubble({ line, texts }: { line: Line; texts: Texts }) {
  const heard = line.interrupted && line.heard !== undefined && line.text.startsWith(line.heard) ? line.heard : line.text;
  const total = line.latency?.voice_to_voice_ms;
  return (
    <li className={`bubble ${line.who} ${line.partial ? "partial" : ""}`}>
      <b>{line.who === "caller" ? texts.you : texts.agent}</b>
      <p>
        {heard}
        {heard !== line.text && <s>{line.text.slice(heard.length)}</s>}
      </p>
      <small>
        {line.interrupted && <span className="mark">{texts.interruptedMark}</span>}
        {total !== undefined && `${Math.round(total)} ms`}
        {line.confidence !== undefined && `${Math.round(line.confidence * 100)} %`}
      </small>
    </li>
  );
}
