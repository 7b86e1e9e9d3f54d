import { useStore } from "../state/store.ts";
import { announcement } from "./announce.ts";

export function Announcer() {
  const { text, no } = useStore(announcement, (value) => value);
  return <div className="sr" role="status" aria-live="polite"><span key={no}>{text}</span></div>;
}
