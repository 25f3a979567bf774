// Where the time of the last turn went, as bars.
import type { Latency } from "../call/messages";
import type { Texts } from "../texts";

interface Props {
  texts: Texts;
  latency: Latency | undefined;
  roundTrip: number | undefined;
}

export function LatencyView({ texts, latency, roundTrip }: Props) {
  const rows: [string, number | undefined][] = [
    [texts.stages.endpoint, latency?.end_of_turn_ms],
    [texts.stages.stt, latency?.stt_ms],
    [texts.stages.llm, latency?.llm_ms],
    [texts.stages.tts, latency?.tts_ms],
    [texts.stages.total, latency?.voice_to_voice_ms],
    [texts.roundTrip, roundTrip],
  ];
  const known = rows.filter((row): row is [string, number] => row[1] !== undefined);
  const longest = Math.max(1, ...known.map(([, ms]) => ms));
  return (
    <section className="card" aria-label={texts.latency} data-testid="latency">
      <h2>{texts.latency}</h2>
      {known.length === 0 ? (
        <p className="hint">{texts.noLatency}</p>
      ) : (
        <dl className="bars">
          {known.map(([name, ms]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <progress max={longest} value={ms} aria-label={name} />
                <span>{Math.round(ms)} ms</span>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
