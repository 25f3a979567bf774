// The twelve keys of a telephone.
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

interface Props {
  label: string;
  disabled: boolean;
  pressed: string;
  onKey(digit: string): void;
}

export function Keypad({ label, disabled, pressed, onKey }: Props) {
  return (
    <fieldset className="keypad" disabled={disabled}>
      <legend>{label}</legend>
      <output data-testid="keys">{pressed || "\u00a0"}</output>
      <div className="keys">
        {KEYS.map((key) => (
          <button key={key} type="button" aria-label={key} onClick={() => onKey(key)}>
            {key}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
