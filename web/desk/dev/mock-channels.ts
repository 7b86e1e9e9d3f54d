// Channel kinds and accounts for looking at the admin's pages without a server. Used only by `?mock` in development.
import type { ChannelAccount, ChannelKind, CheckResult, Setting, Template } from "@seaway/api/types";

const setting = (key: string, kind: Setting["kind"], required = true, fallback: string | null = null): Setting => ({ key, kind, required, default: fallback, label: key, help: "" });
const url = (key: string, fallback: string) => setting(key, "url", true, fallback);
const meta = [setting("app_id", "text"), setting("app_secret", "secret"), setting("access_token", "secret"), setting("verify_token", "secret")];
const graph = url("api_base_url", "https://graph.facebook.com/v25.0");

export const kinds: ChannelKind[] = [
  { kind: "webchat", name: "Webchat", preview_url: null, ended: null, settings: [setting("allowed_sites", "list"), setting("color", "color", false, "#076c92"), setting("position", "text", false, "right"), setting("identity_secret", "secret", false)] },
  { kind: "sms", name: "SMS", preview_url: null, ended: null, settings: [setting("account_sid", "text"), setting("auth_token", "secret"), setting("number", "phone"), setting("messaging_service_sid", "text", false), url("api_base_url", "https://api.twilio.com")] },
  { kind: "messenger", name: "Facebook Messenger", preview_url: null, ended: null, settings: [setting("page_id", "text"), ...meta, setting("human_agent", "toggle", false, "true"), graph] },
  { kind: "instagram", name: "Instagram", preview_url: null, ended: null, settings: [setting("login", "text", true, "instagram"), setting("instagram_id", "text"), setting("page_id", "text", false), ...meta, setting("human_agent", "toggle", false, "true"), setting("api_base_url", "url", false)] },
  { kind: "whatsapp", name: "WhatsApp", preview_url: null, ended: null, settings: [setting("number", "phone"), setting("phone_number_id", "text"), setting("waba_id", "text"), ...meta, setting("list_label", "text", false, "Menu"), graph] },
  { kind: "line", name: "LINE", preview_url: null, ended: null, settings: [setting("channel_secret", "secret"), setting("channel_access_token", "secret", false), setting("channel_id", "text", false), setting("basic_id", "text", false), url("api_base_url", "https://api.line.me"), url("data_base_url", "https://api-data.line.me"), url("sticker_base_url", "https://stickershop.line-scdn.net")] },
  { kind: "gbm", name: "Google Business Messages", preview_url: null, ended: "2024-07-31", settings: [setting("agent", "text"), setting("client_token", "secret"), setting("service_account_json", "secret"), url("api_base_url", "https://businessmessages.googleapis.com"), url("token_url", "https://oauth2.googleapis.com/token"), url("media_base_url", "https://storage.googleapis.com/business-messages")] },
  { kind: "custom", name: "Custom", preview_url: null, ended: null, settings: [setting("send_url", "url"), setting("signing_secret", "secret"), setting("own_address", "text", false), setting("capabilities", "text", true, '{"text_limit":4000,"hears":["image","file"],"says":["image","file"]}'), setting("messages_per_second", "text", true, "10")] },
];

const account = (id: string, kind: string, name: string, address: string, more: Partial<ChannelAccount>): ChannelAccount => ({ id, kind, name, address, enabled: true, settings: {}, secrets_set: [], webhook_url: kind === "webchat" ? null : `https://desk.tidewater.example/in/${kind}/${id}`, snippet: null, flow_id: null, problem: null, credential_ends_at: null, last_heard_at: null, unreadable: 0, business_hours_id: null, version: 1, ...more });
const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
const secrets = ["app_secret", "access_token", "verify_token"];
export const accounts: ChannelAccount[] = [
  account("KA1", "webchat", "Shop page", "tidewater.example", { settings: { allowed_sites: ["https://tidewater.example"] }, secrets_set: ["identity_secret"], snippet: '<script async src="https://chat.tidewater.example/loader.js" data-channel="KA1"></script>' }),
  account("KA2", "sms", "Shop number", "+49 30 5550100", { settings: { account_sid: "AC00000000000000000000000000000000", number: "+49 30 5550100", api_base_url: "https://api.twilio.com" }, secrets_set: ["auth_token"], unreadable: 3, last_heard_at: ago(7), problem: { code: "silent", setting: null, detail: "Nothing has come in for 7 hours." } }),
  account("KA3", "whatsapp", "Roastery", "+49 30 23125088", { settings: { number: "+49 30 23125088", phone_number_id: "109284551208771", waba_id: "102290129340398", app_id: "1204500991", list_label: "Menu", api_base_url: "https://graph.facebook.com/v25.0" }, secrets_set: secrets, last_heard_at: ago(0.05), credential_ends_at: ago(-12 * 24 - 1), problem: { code: "token_ends", setting: null, detail: "The access token ends in 12 days: draw a new one" } }),
  account("KA5", "messenger", "Tidewater page", "378120045", { settings: { page_id: "378120045", app_id: "1204500991", human_agent: true, api_base_url: "https://graph.facebook.com/v25.0" }, secrets_set: secrets, problem: { code: "bad_app_secret", setting: "app_secret", detail: "Meta does not accept the app id with this secret" } }),
  account("KA4", "line", "Tidewater Seoul", "@tidewater", { settings: { channel_id: "2004455101", basic_id: "@tidewater" }, secrets_set: ["channel_secret"] }),
  account("KA6", "gbm", "Maps", "brands/b-12/agents/a-7", { enabled: false, settings: { agent: "brands/b-12/agents/a-7" }, secrets_set: ["client_token"] }),
];
export const templates: Template[] = [
  { name: "parcel_left", language: "en", category: "UTILITY", approved: true, state: "APPROVED", text: "Hello {{1}}, your parcel {{2}} has left our roastery.", gaps: ["1", "2"] },
  { name: "parcel_left", language: "de", category: "UTILITY", approved: true, state: "APPROVED", text: "Hallo {{1}}, Ihr Paket {{2}} ist unterwegs.", gaps: ["1", "2"] },
  { name: "autumn_roasts", language: "en", category: "MARKETING", approved: false, state: "PENDING", text: "Our autumn roasts are here.", gaps: [] },
];

export function check(id: string): CheckResult {
  const held = accounts.find((one) => one.id === id);
  const kind = kinds.find((one) => one.kind === held?.kind);
  const fine = (name: string, key: string | null = null) => ({ name, ok: true, code: "", detail: "", setting: key });
  const filled = (kind?.settings ?? []).filter((one) => one.required).map((one) => fine(one.key, one.key));
  if (held?.kind === "messenger") return { ok: false, lines: [...filled, { name: "secret", ok: false, code: "bad_app_secret", detail: "", setting: "app_secret" }] };
  if (held?.kind === "line") return { ok: false, lines: [...filled, fine("token"), { name: "webhook", ok: false, code: "webhook_elsewhere", detail: "LINE sends to https://old.tidewater.example/line: enter our webhook URL under Messaging API", setting: "webhook_url" }] };
  const proved = held?.kind === "whatsapp" ? ["secret", "token", "id", "waba", "scopes", "subscription", "webhook"] : ["provider"];
  const noted = held?.problem ? [{ name: held.problem.code, ok: false, ...held.problem }] : [];
  return { ok: noted.length === 0, lines: [...filled, ...proved.map((name) => fine(name)), ...noted] };
}
