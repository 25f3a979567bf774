// Everything that happened in the call, newest first.
import type { LogEntry } from "../call/state";
import type { Texts } from "../texts";

interface Props {
  texts: Texts;
  entries: LogEntry[];
  callId: string;
}

export function EventLog({ texts, entries, callId }: Props) {
  const copy = () => void navigator.clipboard.writeText(JSON.stringify({ call_id: callId, events: entries }, null, 2));
  return (
    <section className="card log" aria-label={texts.events}>
      <h2>
        {texts.events} <small>{entries.length}</small>
        <button className="quiet" disabled={entries.length === 0} onClick={copy}>
          {texts.copy}
        </button>
      </h2>
      {entries.length === 0 ? (
        <p className="hint">{texts.noEvents}</p>
      ) : (
        <ol data-testid="events" tabIndex={0}>
          {entries.toReversed().map((entry) => (
            <li key={entry.seq}>
              <time>{(entry.at / 1000).toFixed(2)}</time>
              <b>{entry.type}</b>
              <span>{entry.data.slice(0, 80)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
