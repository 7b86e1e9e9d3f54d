// How each channel is connected, step by step: which settings belong to a step, and what is copied there. The words are in the catalogue under "guide".
import type { Setting } from "@seaway/api/types";

export interface Step {
  name: string;
  /** Keys of the settings asked for here. */
  settings: readonly string[];
  /** The address to copy to the provider is shown here. */
  webhook?: true;
  /** The snippet for one's own site is shown here. */
  snippet?: true;
  /** What customers will see is shown here, as the settings stand. */
  preview?: true;
  /** Folded away: right as it stands for nearly everybody. */
  seldom?: true;
}

interface Guide {
  /** The provider's console, where most of it is copied from. */
  console?: string;
  steps: readonly Step[];
  /** What the doctor proves by asking the provider, in its order. */
  checks: readonly string[];
  /** Has texts that the provider approves. */
  templates?: true;
  /** Secrets that are ours to make up. */
  drawn?: readonly string[];
}

const META = "https://developers.facebook.com";
const META_CHECKS = ["secret", "token", "id", "scopes", "subscription", "webhook", "reachability"];
const seldom = (...settings: string[]): Step => ({ name: "seldom", settings, seldom: true });

const GUIDES: Record<string, Guide> = {
  messenger: {
    console: META, checks: META_CHECKS, templates: true, drawn: ["verify_token"],
    steps: [{ name: "app", settings: ["app_id", "app_secret"] }, { name: "page", settings: ["page_id", "access_token"] }, { name: "webhook", settings: ["verify_token"], webhook: true }, seldom("human_agent", "api_base_url")],
  },
  instagram: {
    console: META, checks: META_CHECKS, drawn: ["verify_token"],
    steps: [{ name: "app", settings: ["login", "app_id", "app_secret"] }, { name: "account", settings: ["instagram_id", "page_id", "access_token"] }, { name: "webhook", settings: ["verify_token"], webhook: true }, seldom("human_agent", "api_base_url")],
  },
  whatsapp: {
    console: META, checks: ["secret", "token", "id", "waba", "scopes", "subscription", "webhook", "reachability"], templates: true, drawn: ["verify_token"],
    steps: [
      { name: "app", settings: ["app_id", "app_secret"] }, { name: "number", settings: ["number", "phone_number_id", "waba_id"] }, { name: "token", settings: ["access_token"] }, { name: "webhook", settings: ["verify_token"], webhook: true },
      { name: "consent", settings: ["keywords", "opt_out_words", "opt_in_words", "help_answer"] }, seldom("list_label", "api_base_url"),
    ],
  },
  line: {
    console: "https://developers.line.biz/console/", checks: ["token", "webhook", "reachability", "quota"],
    steps: [{ name: "channel", settings: ["channel_secret", "channel_id", "basic_id"] }, { name: "token", settings: ["channel_access_token"] }, { name: "webhook", settings: [], webhook: true }, seldom("api_base_url", "data_base_url", "sticker_base_url")],
  },
  gbm: {
    checks: ["token", "permission"],
    steps: [{ name: "agent", settings: ["agent", "client_token"] }, { name: "key", settings: ["service_account_json"] }, { name: "emulator", settings: ["api_base_url", "token_url", "media_base_url"] }, { name: "webhook", settings: [], webhook: true }],
  },
  sms: {
    console: "https://console.twilio.com", checks: ["provider", "number", "webhook"],
    steps: [{ name: "account", settings: ["account_sid", "auth_token"] }, { name: "number", settings: ["number", "messaging_service_sid"] }, { name: "webhook", settings: [], webhook: true }, { name: "consent", settings: ["keywords", "opt_out_words", "opt_in_words", "help_answer"] }, seldom("api_base_url")],
  },
  discord: {
    console: "https://discord.com/developers/applications", checks: ["token", "application", "intents", "interactions", "gateway", "line", "servers", "channels"],
    steps: [{ name: "bot", settings: ["application_id", "bot_token"] }, { name: "places", settings: ["direct_messages", "ticket_servers", "watched_channels"] }, { name: "interactions", settings: ["public_key"], webhook: true }, seldom("api_base_url", "cdn_base_url", "gateway_url")],
  },
  email: {
    checks: ["line", "smtp"], drawn: ["parse_secret"],
    steps: [
      { name: "address", settings: ["address", "display_name", "signature"] }, { name: "incoming", settings: ["imap_host", "imap_user", "imap_password"] }, { name: "outgoing", settings: ["smtp_host", "smtp_user", "smtp_password"] },
      { name: "trust", settings: ["authserv_id"] },
      { name: "oauth", settings: ["oauth_token_url", "oauth_client_id", "oauth_client_secret", "oauth_refresh_token", "oauth_access_token"], seldom: true },
      { name: "parse", settings: ["parse_secret"], webhook: true, seldom: true },
      seldom("imap_port", "imap_security", "imap_folder", "smtp_port", "smtp_security", "plus_addressing", "signing_key"),
    ],
  },
  custom: {
    checks: ["platform"], drawn: ["signing_secret"],
    steps: [{ name: "platform", settings: ["send_url", "capabilities"] }, { name: "secret", settings: ["signing_secret"], webhook: true }, seldom("messages_per_second", "own_address")],
  },
  webchat: {
    checks: ["provider"],
    steps: [{ name: "sites", settings: ["allowed_sites"] }, { name: "form", settings: ["prechat", "prechat_fields"] }, { name: "look", settings: ["color", "position", "greeting_en", "greeting_de", "greeting_ko"], preview: true }, { name: "snippet", settings: ["identity_secret"], snippet: true }],
  },
};

/** Settings that take one of a few words, by kind and key. What a reader sees for each is in the catalogue. */
const WORDS: Record<string, readonly string[]> = {
  "webchat.position": ["right", "left"], "instagram.login": ["instagram", "facebook"],
  "email.imap_security": ["tls", "starttls", "none"], "email.smtp_security": ["starttls", "tls", "none"],
};
/** Settings whose text may have several lines. */
const LONG = new Set(["email.signature"]);

/** The words a setting takes; none when it takes any text. */
export function wordsOf(kind: string, key: string): readonly string[] {
  return WORDS[`${kind}.${key}`] ?? [];
}

export function isLong(kind: string, key: string): boolean {
  return LONG.has(`${kind}.${key}`);
}

/** The guide of a kind; one that nobody wrote a guide for has a single step. */
export function guideOf(kind: string): Guide {
  return GUIDES[kind] ?? { checks: [], steps: [] };
}

/** The steps of a kind, with every setting in one of them: what the guide does not name comes in a step of its own. */
export function stepsOf(kind: { kind: string; settings: readonly Pick<Setting, "key">[] }): Step[] {
  const known = new Set(kind.settings.map((setting) => setting.key));
  const steps = guideOf(kind.kind).steps.map((step) => ({ ...step, settings: step.settings.filter((key) => known.has(key)) }));
  const placed = new Set(steps.flatMap((step) => step.settings));
  const rest = [...known].filter((key) => !placed.has(key));
  const others: Step[] = rest.length > 0 ? [{ name: "settings", settings: rest, ...(steps.length === 0 && { webhook: true as const, snippet: true as const }) }] : [];
  return [...others, ...steps];
}

/** What one side makes up and both must know; letters and digits, so that every form takes it. */
export function drawSecret(): string {
  const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
  return Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => letters[byte % letters.length] ?? "").join("");
}
