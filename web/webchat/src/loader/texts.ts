import type { Language } from "../shared/protocol.ts";

export const LOADER_TEXTS = {
  en: { open: "Chat with {name}", frame: "Chat with {name}", one: "1 new message", many: "{count} new messages" },
  de: { open: "Chat mit {name}", frame: "Chat mit {name}", one: "1 neue Nachricht", many: "{count} neue Nachrichten" },
  ko: { open: "{name}와(과) 채팅하기", frame: "{name} 채팅", one: "새 메시지 1개", many: "새 메시지 {count}개" },
} satisfies Record<Language, Record<string, string>>;
