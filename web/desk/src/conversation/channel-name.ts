// A channel's own name; the same in every language. A kind we do not know is called by its kind.
const NAMES: Record<string, string> = { webchat: "Webchat", sms: "SMS", email: "Email", voice: "Phone", whatsapp: "WhatsApp", messenger: "Messenger", instagram: "Instagram", line: "LINE", discord: "Discord", telegram: "Telegram", slack: "Slack", rcs: "RCS", gbm: "Google Business Messages", custom: "Custom", site_user: "Website" };

export function channelName(kind: string): string {
  return NAMES[kind] ?? kind;
}

/** Of a channel one has: what runs over a custom one is called as its account is. */
export function sayChannel({ kind, name }: { kind: string; name: string }): string {
  return (kind === "custom" && name) || channelName(kind);
}
