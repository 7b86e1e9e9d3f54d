const PATHS = {
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  down: "m7 10 5 5 5-5",
  clip: "m20 11-8.3 8.3a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.3 8.2a1.7 1.7 0 0 1-2.4-2.3L14.5 7",
  send: "M12 19V5M6 11l6-6 6 6",
  cross: "m7 7 10 10M17 7 7 17",
  file: "M7 4h6.5l4.5 4.5V20H7ZM13 4v5h5",
  check: "m5 12.5 4.5 4.5L19 7.5",
  back: "m14 7-5 5 5 5",
} as const;

/** A sign beside a word, or inside a button that carries the word as its label. */
export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class={`i i-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
