// Soft notes by WebAudio: nothing to download, nothing to block. Browsers keep it silent until the first click of the day.
import { createStore } from "../state/store.ts";

export const soundState = createStore<{ unlocked: boolean }>({ unlocked: false });
let context: AudioContext | null = null;

/** To be called from a click or key press; later calls cost nothing. */
export function unlockSound(): void {
  if (!("AudioContext" in window)) return;
  context ??= new AudioContext();
  if (context.state === "running") return soundState.set({ unlocked: true });
  context.resume().then(() => soundState.set({ unlocked: context?.state === "running" }), () => undefined);
}

/** One note: `frequency` in Hz, `after` and `length` in seconds, `loudness` 0…1. */
function note(frequency: number, after: number, length: number, loudness: number): void {
  if (!context || context.state !== "running" || loudness <= 0) return;
  const start = context.currentTime + after;
  const gain = context.createGain();
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(loudness * 0.3, start + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + length);
  const tone = context.createOscillator();
  tone.type = "sine";
  tone.frequency.value = frequency;
  tone.connect(gain).connect(context.destination);
  tone.start(start);
  tone.stop(start + length);
}

export function playOffer(volume: number): void {
  note(659.3, 0, 0.5, volume);
}
export function playCall(volume: number): void {
  note(587.3, 0, 0.45, volume);
  note(784, 0.22, 0.5, volume);
}
export function playTick(volume: number): void {
  note(1046.5, 0, 0.09, volume * 0.5);
}
export function playTest(volume: number): void {
  note(659.3, 0.05, 0.5, volume);
}
