// A level in dBFS as a bar, with a mark when it is too loud.
import type { Level } from "../call/useCall";

const FLOOR = -60;

interface Props {
  label: string;
  clippedText: string;
  level: Level;
  testId: string;
}

export function Meter({ label, clippedText, level, testId }: Props) {
  const share = Math.max(0, Math.min(1, 1 - level.dbfs / FLOOR));
  return (
    <div className="meter">
      <span>{label}</span>
      <meter min={0} max={1} low={0.05} high={0.9} optimum={0.5} value={share} data-testid={testId} aria-label={label}>
        {level.dbfs.toFixed(0)} dBFS
      </meter>
      <output>{level.clipped ? clippedText : level.dbfs <= -89 ? "–" : `${level.dbfs.toFixed(0)} dB`}</output>
    </div>
  );
}
