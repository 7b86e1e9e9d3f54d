// One soft note, to hear how loud offers are. `volume`: 0 to 1.
export function chime(volume: number): void {
  const context = new AudioContext();
  const gain = context.createGain();
  gain.gain.setValueAtTime(Math.max(0.0001, volume * 0.4), context.currentTime);
  gain.gain.exponentialRampToValueAtTime(0.0001, context.currentTime + 0.6);
  const note = context.createOscillator();
  note.type = "sine";
  note.frequency.value = 659.25;
  note.connect(gain).connect(context.destination);
  note.start();
  note.stop(context.currentTime + 0.6);
  note.onended = () => void context.close();
}
