// Places and people that the shop sent. Loaded when there are any. A place opens on a map; nothing of the map is loaded here.
import type { Language } from "../../shared/protocol.ts";
import type { Message } from "../types.ts";
import "./extras.css";

const map: Record<Language, string> = { en: "See on a map", de: "Auf der Karte ansehen", ko: "지도에서 보기" };

export function Extras({ message, language }: { message: Message; language: Language }) {
  return <>{message.extras.map((extra, at) => (extra["kind"] === "location" ? <Place key={at} extra={extra} language={language} /> : <Person key={at} extra={extra} />))}</>;
}

function Place({ extra, language }: { extra: Record<string, unknown>; language: Language }) {
  const [latitude, longitude] = [Number(extra["latitude"]), Number(extra["longitude"])];
  if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) return null;
  const url = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return (
    <div class="extra" dir="auto">
      <b>{words(extra["name"]) || `${latitude}, ${longitude}`}</b>
      {words(extra["address"]) !== "" && <p>{words(extra["address"])}</p>}
      <a class="link" href={url} target="_blank" rel="noopener noreferrer">
        {map[language]}
        
      </a>
    </div>
  );
}

function Person({ extra }: { extra: Record<string, unknown> }) {
  return (
    <div class="extra" dir="auto">
      <b>{words(extra["name"])}</b>
      {words(extra["organization"]) !== "" && <p>{words(extra["organization"])}</p>}
      {texts(extra["phones"]).map((phone) => (
        <a key={phone} class="link" href={`tel:${phone.replace(/[^+\d]/g, "")}`}>
          {phone}
        </a>
      ))}
      {texts(extra["emails"]).map((email) => (
        <a key={email} class="link" href={`mailto:${encodeURIComponent(email).replace("%40", "@")}`}>
          {email}
        </a>
      ))}
    </div>
  );
}

function words(value: unknown): string {
  return typeof value === "string" ? value : "";
}
function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
