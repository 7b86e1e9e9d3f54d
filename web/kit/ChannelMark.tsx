// Which channel a person came by: a small filled square with our own sign or initial, never a provider's logo.
import { Icon, type IconName } from "./Icon.tsx";

const SIGNS: Record<string, IconName> = { webchat: "bubble", sms: "message", email: "mail", voice: "phone", custom: "plug" };
const NAMES: Record<string, string> = { webchat: "Webchat", sms: "SMS", email: "Email", voice: "Phone", whatsapp: "WhatsApp", messenger: "Messenger", instagram: "Instagram", line: "LINE", discord: "Discord", telegram: "Telegram", slack: "Slack", rcs: "RCS", gbm: "Google Business Messages", custom: "Custom" };
const INITIALS: Record<string, string> = { telegram: "T", slack: "S", rcs: "R" };

/** `name` is spoken and shown on hover; "" makes the mark silent, for when the word stands beside it. */
export function ChannelMark({ kind, size, name }: { kind: string; size?: "md" | "lg"; name?: string }) {
  const word = name ?? NAMES[kind] ?? kind;
  const sign = SIGNS[kind];
  return (
    // An initial is a picture of the channel and no text: beside a word it would be read as part of that.
    <span className={`ch ${size ?? ""}`.trim()} data-ch={kind} data-initial={sign ? undefined : (INITIALS[kind] ?? kind.slice(0, 1).toUpperCase())} {...(word ? { role: "img", "aria-label": word, title: word } : { "aria-hidden": true })}>
      {sign && <Icon name={sign} />}
    </span>
  );
}
