// The page: one button, and around it what the call is doing.
import { useEffect, useState } from "react";

import { microphones } from "./audio/devices";
import { useCall } from "./call/useCall";
import { texts, type PageLanguage } from "./texts";
import { EventLog } from "./ui/EventLog";
import { Keypad } from "./ui/Keypad";
import { LatencyView } from "./ui/LatencyView";
import { Meter } from "./ui/Meter";
import { Transcript } from "./ui/Transcript";

function firstLanguage(): PageLanguage {
  const asked = new URLSearchParams(window.location.search).get("lang") ?? navigator.language;
  return asked.toLowerCase().startsWith("de") ? "de" : "en";
}

export function App() {
  const [language, setLanguage] = useState<PageLanguage>(firstLanguage);
  const [token, setToken] = useState("");
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  const [device, setDevice] = useState<string>();
  const call = useCall();
  const t = texts[language];
  const { phase, floor, paused, ended, problem } = call.state;
  const active = phase === "open" || phase === "connecting";

  useEffect(() => {
    document.documentElement.lang = language;
    document.title = t.title;
  }, [language, t]);
  useEffect(() => {
    void microphones().then(setDevices);
  }, [phase]);

  const status = paused ? t.held : phase === "open" ? t.floor[floor] : phase === "closed" ? t.floor.ended : t.idle;
  const trouble = call.micProblem ? t.mic[call.micProblem] : problem;
  const needsToken = problem !== undefined && /token|auth/i.test(problem);

  return (
    <div className="page">
      <header>
        <img src="/icon.svg" alt="" width="32" height="32" />
        <h1>TOM</h1>
        <span className={`chip ${paused ? "held" : floor}`} data-testid="floor" role="status">
          {status}
        </span>
        <button className="quiet" disabled={active} onClick={() => setLanguage(language === "en" ? "de" : "en")}>
          {t.language}
        </button>
      </header>

      <main>
        <section className="talk" aria-label={t.title}>
          <button
            className={`big ${active ? "hang-up" : ""}`}
            data-testid="talk"
            disabled={phase === "connecting"}
            onClick={() => (active ? call.hangUp() : call.start(language, token, device))}
          >
            {phase === "connecting" ? t.connecting : active ? t.hangUp : t.talk}
          </button>
          <p className="disclosure">{t.disclosure}</p>
          {trouble && (
            <p className="trouble" role="alert">
              {trouble}
            </p>
          )}
          {phase === "closed" && ended && !call.micProblem && <p data-testid="ended">{t.ended[ended] ?? ended}</p>}
          {phase === "open" && call.state.sttOff && <p className="hint">{t.sttOff}</p>}
          <Meter label={t.levels.input} clippedText={t.clipped} level={call.input} testId="meter-in" />
          <Meter label={t.levels.output} clippedText={t.clipped} level={call.output} testId="meter-out" />
          <button
            className="wide"
            data-testid="interrupt"
            disabled={phase !== "open" || floor !== "agent"}
            onClick={call.interrupt}
          >
            {t.interrupt}
          </button>
          {!active && (
            <div className="options">
              {devices.length > 1 && (
                <label>
                  {t.microphone}
                  <select value={device ?? ""} onChange={(e) => setDevice(e.target.value || undefined)}>
                    <option value="">{t.defaultMicrophone}</option>
                    {devices.map((d) => (
                      <option key={d.deviceId} value={d.deviceId}>
                        {d.label}
                      </option>
                    ))}
                  </select>
                </label>
              )}
              {(needsToken || token !== "") && (
                <label>
                  {t.token}
                  <input type="password" autoComplete="off" value={token} onChange={(e) => setToken(e.target.value)} />
                </label>
              )}
            </div>
          )}
          <Keypad label={t.keypad} disabled={phase !== "open"} pressed={call.state.keys} onKey={call.key} />
        </section>

        <Transcript state={call.state} texts={t} onType={call.type} />

        <aside>
          <LatencyView texts={t} latency={call.state.lastLatency} roundTrip={call.state.roundTrip} />
          <EventLog texts={t} entries={call.state.log} callId={call.state.callId} />
        </aside>
      </main>
    </div>
  );
}
