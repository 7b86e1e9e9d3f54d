// The JSON of Seaway's API as the web apps see it. Times are RFC 3339 UTC texts; ids are two letters + 32 hex.
// The paths and shapes are those of /api/v1/openapi.json.

export type Language = "en" | "de" | "ko";
export type Permission =
  | "task.take" | "conversation.read" | "conversation.write" | "conversation.close" | "contact.read" | "contact.write" | "contact.join"
  | "task.reassign" | "board.read" | "channel.manage" | "worker.manage" | "routing.manage" | "flow.manage" | "bot.manage" | "answer.manage"
  | "key.manage" | "user.manage" | "workspace.manage" | "audit.read";

/** Every error answer: application/problem+json. `field` is a JSON pointer such as "/name" when one input is to blame. */
export interface Problem { type: string; title: string; status: number; code: string; detail: string; field?: string; params?: Record<string, string | number>; mend?: string; }
export interface Page<T> { items: T[]; next_cursor: string | null; }

export interface Me {
  user: { id: string; name: string; email: string; language: Language };
  workspaces: { id: string; name: string }[];
  workspace: { id: string; name: string; reservation_timeout_s: number };
  roles: string[];
  permissions: { permission: Permission; scope: "own" | "queue" | "all" }[];
  worker: Worker | null;
  preferences: Preferences;
}
/** Stored per user on the server, PATCH /me/preferences. */
export interface Preferences { language?: Language; theme?: "light" | "dark" | "system"; send_with_enter?: boolean; sound?: boolean; volume?: number; notifications?: boolean; }

export interface Activity { id: string; name: string; available: boolean; }
export interface WorkerChannel { channel: string; capacity: number; available: boolean; open: number; }
export interface Worker {
  id: string; name: string; activity: Activity; activity_since: string; connected: boolean;
  /** JSON text kept exactly as posted. */
  attributes: string; channels: WorkerChannel[]; user_id: string | null; version: number;
}

/** Whom an edit means: all of these conditions; without any, everybody. */
export interface Who { ids: string[] | null; search: string | null; skill: string | null; queue_id: string | null; activity_id: string | null; }
/** One page of the agents found, by name. */
export interface WorkerTable { items: Worker[]; total: number; all: number; /** Of everybody, the most common first. */ skills: { name: string; workers: number }[]; }
export interface SkillChange { name: string; /** None: none is set, or theirs is taken away. */ level?: number | null; }
/** Whatever is not said stays as it is. */
export interface WorkersChange { put_skills: SkillChange[]; /** For whoever has the skill. */ set_levels: SkillChange[]; remove_skills: string[]; capacities: { channel: string; capacity: number }[]; activity_id: string | null; }
export interface WorkersEdit { who?: Who; change: WorkersChange; }
/** The same as it may be asked: what is not said is as if it were empty. */
export type WorkersEditAsked = { who: Partial<Who>; change: Partial<WorkersChange> };
export interface LineChange { /** Counted from 1; 0 where there is no file. */ line: number; name: string; new: boolean; cells: { column: string; before: string; after: string }[]; }
export interface Edited { applied: boolean; found: number; changed: number; changes: LineChange[]; /** Edits that take it back; null where too many changed. */ undo: WorkersEdit[] | null; }
export interface Imported {
  applied: boolean; lines: number; changed: number; new: number; unchanged: number; refused: number; changes: LineChange[];
  refusals: { line: number; /** Null where it is the whole line. */ column: string | null; code: string; detail: string; mend: string }[];
}

export type TaskStatus = "pending" | "reserved" | "assigned" | "wrapping" | "completed" | "canceled" | "deleted";
export interface Task {
  id: string; status: TaskStatus; priority: number; queue: { id: string; name: string } | null; workflow_id: string | null; channel: string;
  /** JSON text; ours carry channelType, customerAddress, customerName, conversationSid, language, department, vip. */
  attributes: string; conversation_id: string | null; reason: string | null; disposition: string | null;
  created_at: string; waiting_since: string; assigned_at: string | null; wrap_up_until: string | null;
  worker: { id: string; name: string } | null; version: number;
}
export type ReservationStatus = "pending" | "accepted" | "rejected" | "timeout" | "canceled" | "rescinded" | "wrapping" | "completed";
export interface AgainstAgent { worker_id: string; name: string; rule: string; detail: string }
export interface Why { /** The workflow's filter that the task matched, and the queue. */ filter: string | null; queue: string | null; chosen: { rule: string; detail: string }[]; others: AgainstAgent[]; /** Where there are too many to name them all. */ counted: { rule: string; workers: number }[] }
/** Why nobody has a task yet, the way it came, and why each offer went where it went. */
export interface TaskWhy {
  status: string;
  /** Why it was canceled. */
  reason: string | null;
  /** Null once somebody accepted it, or it ended. */
  waiting: { filter: string | null; queue: string | null; asks: string[]; order: string | null; /** 1 = next; 1001 = more than 1000 before it. */ position: number; estimated_wait_s: number | null; /** Its queue is closed. */ closed: { opens_at: string | null; reason: string } | null; /** Those who come closest first. */ others: AgainstAgent[]; counted: { rule: string; workers: number }[]; next_step_at: string | null; expires_at: string | null } | null;
  /** Oldest first. */
  way: { queue: string | null; at: string; because: string; ahead: number }[];
  /** Newest first. */
  offers: { reservation_id: string; worker_id: string; name: string; status: string; created_at: string; ended_at: string | null; why: Why }[];
}
export interface Reservation {
  id: string; task: Task; worker_id: string; status: ReservationStatus; created_at: string; deadline_at: string | null; accepted_at: string | null;
  /** Why this agent, and why not the others: rule = skill | capacity | activity | connection | order | rejected_recently | held. */
  why: Why;
  /** For the offer card. */
  contact: ContactSummary | null; preview: string; /** Instead of words: see LastMessage. */ what: string; channel: ChannelMark;
}
export interface ChannelMark { kind: string; account_id: string; name: string; address: string; }

export type ConversationState = "open" | "closed";
export type Holder = "flow" | "requested" | "task" | "none";
export interface Conversation {
  id: string; state: ConversationState; holder: Holder; created_at: string; closed_at: string | null; closed_reason: string | null;
  contact: ContactSummary; channel: ChannelMark; /** What its letters are about, without Re: and the like. */ subject: string | null; threads: Thread[];
  last_seq: number; last_message: LastMessage | null;
  /** First customer message not yet answered by an agent, for "longest waiting". */
  waiting_since: string | null;
  task: Task | null; worker: { id: string; name: string } | null;
  /** Whether the customer's browser is connected; null where the channel cannot know. */
  customer_present: boolean | null;
  /** Capabilities of the channel the composer needs. */
  composer: Composer;
  opted_out: boolean;
  /** Until when an agent may write freely, where the channel has a reply window. */
  reply_until: string | null;
  /** From then on what agents write leaves under the channel's tag for people, and machines may write no more. */
  tag_from: string | null;
  version: number;
}
export interface Thread { id: string; channel: ChannelMark; current: boolean; }
/** `what` names what stands there without text. */
export interface LastMessage { seq: number; author: Author; text: string; what: "" | "unsent" | "sticker" | "image" | "audio" | "video" | "file" | "location" | "contact_card" | "link" | "form" | "unsupported" | "notice"; at: string; attachments: number }
export interface Composer { text_limit: number; /** Longer texts leave as several messages. */ splits: boolean; text_unit: "chars" | "utf16" | "bytes" | "gsm_segments"; max_attachments: number; attachment_types: string[]; max_attachment_bytes: number; typing: boolean; read_receipts: boolean; delivery_receipts: boolean;
  /** Of a picture, which is made to fit where it is bigger than the channel takes. */
  max_picture_bytes: number;
  /** A message can answer another one, visibly for the customer. */
  quotes: boolean;
  /** Messages are letters: they may go to others, too, and end with a signature. */
  letters: boolean;
  /** Messages can be reacted to; `reactions` are the only ones allowed, none = any. */
  reacts: boolean; reactions: string[];
  /** Cards side by side, and how long a text on one may be; null = they are written out. */
  cards: { most: number; text: number } | null;
  /** What was sent can be given other words, or be taken back. */
  edits: boolean; unsends: boolean;
  /** Answers as buttons; null = they are a numbered menu in the text. */
  choices: { most: number; title: number } | null;
  /** Agents may choose from the provider's stickers. */
  stickers: boolean;
  /** Approved templates can be sent, also when the reply window is closed. */
  templates: boolean;
  /** Seconds after the customer's last message in which an agent may write freely. */
  reply_window_s: number | null;
  /** The provider has ended the service on this day. */
  ended: string | null;
}
/** `elsewhere`: somebody of ours in the provider's own app, which is then the name. */
export interface Author { kind: "contact" | "worker" | "bot" | "system" | "elsewhere"; id: string | null; name: string; }
export type MessageState = "queued" | "sending" | "sent" | "delivered" | "read" | "failed" | "uncertain";
export interface Attachment { id: string; name: string; type: string; bytes: number; width: number | null; height: number | null; state: "pending" | "ready" | "failed"; url: string | null; thumbnail_url: string | null; /** Shown small, without a frame. */ sticker: boolean; /** Why a customer's file is not there. */ problem: FileProblem | null; }
/** `limit` is of bytes, or of pixels; `bytes` where it is known how many the file has. */
export interface FileProblem { code: "too_big" | "too_many_pixels" | "gone" | "unreadable" | "refused_address" | "no_answer"; bytes: number | null; limit: number | null; }
/** What a message holds beside text and files. */
export interface Extra {
  kind: "form" | "location" | "contact_card" | "sticker" | "native" | "link" | "mail" | "copies" | "unsupported";
  /** Of a link: post, reel, story_mention, …; of what is unsupported the provider's own word. */
  what: string;
  /** Of a place, a person, a sticker or a link. */
  name: string; address: string; latitude: number | null; longitude: number | null;
  phones: string[]; emails: string[]; organization: string; url: string | null;
  /** Of a mail: what it quotes, its layout for a sandboxed frame, and which of its pictures is which attachment. */
  quoted: string; html: string; pictures: Record<string, string>;
  /** Of a mail: who else gets an answer unless the agent says otherwise. Of copies: who got them unseen. */
  others: string[];
  /** Of a sticker: the provider's numbers for its set and itself. */
  set: string; id: string;
  /** Of a form: what was asked and answered, in its order. */
  answers: FormAnswer[];
  /** Of a message in the provider's own form: as it was given. */
  content: Record<string, unknown> | null;
}
/** Stickers that belong together, as the provider names and numbers them. */
export interface StickerSet { id: string; name: string; stickers: string[]; }
/** One answer as typed: nobody proved it. Of a consent the value is yes or no. */
export interface FormAnswer { /** The fact it became. */ key: string; kind: string; label: string; value: string; }
export interface Reaction { emoji: string; name: string; ours: boolean; /** Of ours: who can take it away again. */ worker_id: string | null; }
/** Other words for a message that has left, or (null) taking it back; `problem` = why it was not done. */
export interface MessageRevision { text: string | null; by: string; at: string; problem: { code: string; detail: string } | null; }
export interface Quote { message_id: string; text: string; name: string; }
export interface UndeliveredMessage { message: Message; conversation_id: string; contact: ContactSummary; channel: ChannelMark; at: string; }
/** One try to send one part of a message. */
/** What came in and could not be read, or failed. */
export interface UnreadableDelivery { id: string; kind: "delivery" | "event"; channel: ChannelMark; at: string; /** English, without content. */ why: string; /** Null where the bytes are kept no longer. */ bytes: number | null; }
export interface UnreadableDetail { unreadable: UnreadableDelivery; text: string | null; cut: boolean; came: string; content_type: string; }
export interface DeliveryTry { part: number; no: number; at: string; took_ms: number | null; outcome: string; }
export interface ChannelOption { channel: ChannelMark; /** Null = they never wrote there. */ thread_id: string | null; address: string; current: boolean; claimed: boolean; asks_consent: boolean; takes_subject: boolean; reply_until: string | null; templates: boolean; refused: string | null; held_by: string | null; }
export interface Template { name: string; language: string; category: string; approved: boolean; state: string; /** With its gaps as `{{1}}` or `{{name}}`. */ text: string; gaps: string[]; }
/** With `reply` it answers, with `url` it opens a page. */
export interface CardButton { label: string; reply: string | null; url: string | null; }
/** Its picture is of the message's own, or somebody else's by its address. */
export interface Card { title: string; text: string; image: { attachment: Attachment | null; url: string | null } | null; buttons: CardButton[]; }
/** A message as it would leave for the customer: one part for each message of the channel. */
export interface Preview { parts: PreviewPart[]; }
export interface PreviewPart { text: string; attachments: Attachment[]; cards: Card[]; choices: string[]; extras: Extra[]; }
export interface Message {
  id: string; conversation_id: string; thread_id: string | null; seq: number; client_id: string | null; author: Author;
  direction: "in" | "out" | "none"; private: boolean; text: string; attachments: Attachment[];
  state: MessageState; problem: { code: string; detail: string } | null; parts: number;
  created_at: string; provider_at: string | null; sent_at: string | null; delivered_at: string | null; read_at: string | null;
  /** Set for system lines: joined, transferred, closed, language, contact_joined … with params. */
  notice: { kind: string; params: Record<string, string> } | null;
  extras: Extra[];
  /** Answers offered as buttons. */
  choices: string[];
  /** Side by side; their pictures are not among the attachments. */
  cards: Card[];
  /** Which offered answer the customer chose: what the tapped button carries, or the answer whose number or words they wrote. */
  choice: string | null;
  reply_to: Quote | null; reactions: Reaction[];
  /** What it said before, oldest first. */
  earlier: { text: string; until: string }[];
  /** Taken back by who wrote it: text and files are gone. */
  unsent_at: string | null;
  /** Who of ours took it back; empty where the customer did. */
  unsent_by: string;
  /** A change of ours that the customer does not see yet, or never will. */
  revision: MessageRevision | null;
  /** The approved text it was made of. */
  template: string | null;
  /** It can be quoted and reacted to. */
  known_to_provider: boolean;
}

export interface ContactSummary { id: string; person_id: string; name: string; address: string; language: string | null; vip: boolean; }
export interface Address { id: string; contact_id: string; channel: string; value: string; /** It means something within its channel account only, and nothing to people. */ opaque: boolean; verified: boolean; opted_out: boolean; /** The newest evidence of an opt-out or a coming back. */ consent: Consent | null; present: boolean; }
/** Why an address may be written to or not: what was said, when, and by which word it counts. */
export interface Consent { opted_out: boolean; at: string; rule: string; word: string; conversation_id: string | null; message_id: string | null; }
export interface Fact { key: string; label: string; /** By language, as far as somebody named it. */ labels: Record<string, string>; value: string; source: "customer" | "bot" | "flow" | "agent" | "token" | "channel"; verified: boolean; at: string; contact_id: string; }
export type FieldKind = "text" | "number" | "date" | "choice" | "yes_no" | "link";
export interface FieldChoice { value: string; labels: Record<string, string>; }
/** What the workspace keeps of each contact (a fact) or task (an attribute). Values: numbers like -12.5, dates like 2026-11-21, yes or no. */
export interface CustomField { id: string; subject: "contact" | "task"; key: string; kind: FieldKind; labels: Record<string, string>; choices: FieldChoice[]; required: boolean; shown: boolean; place: number; version: number; }
/** The colours an accent gives in one theme, each #rrggbb; every pair of them can be read. */
export interface BrandTones { fill: string; hover: string; pressed: string; on: string; text: string; soft: string; soft_2: string; focus: string; }
export interface BrandPalette { light: BrandTones; dark: BrandTones; }
/** `icon` is the square as a data address. */
export interface BrandLogo { url: string; icon_url: string; width: number; height: number; icon: string; }
/** How the workspace shows itself; empty where nothing was chosen. */
export interface Brand { name: string; accent: string | null; palette: BrandPalette | null; logo: BrandLogo | null; }
export interface Branding extends Brand { called: string; version: number; }
export interface Person {
  id: string; name: string; contact_ids: string[]; addresses: Address[]; facts: Fact[]; blocked: boolean; created_at: string;
  conversations: { id: string; channel: ChannelMark; state: ConversationState; created_at: string; closed_at: string | null; preview: string; what: string; worker: string | null; disposition: string | null }[];
  /** Other persons that claim the same address: shown as "claims the same number". */
  claims: { address: string; channel: string; person_id: string; name: string; proven_by: "us" | "them" | "nobody" }[];
  joins: { id: string; at: string; by: string; evidence: "channel" | "code" | "token" | "agent"; undone_at: string | null; contact_ids: string[]; /** Who came by it; empty where they told no name. */ name: string; addresses: Pick<Address, "channel" | "value" | "opaque">[] }[];
  version: number;
}

/** GET /desk: everything the desk needs, read with `position` in one transaction. */
export interface Desk {
  position: number; now: string; worker: Worker | null; activities: Activity[];
  reservations: Reservation[]; conversations: Conversation[]; canned_replies: CannedReply[];
  workers: { id: string; name: string; activity: Activity; connected: boolean }[];
  queues: { id: string; name: string }[]; dispositions: string[]; flows: { id: string; name: string }[];
  /** Reading position of this worker per conversation. */
  seen: Record<string, number>;
  missed_offer: { reservation_id: string; at: string } | null;
}
export interface CannedReply { id: string; shortcut: string; title: string; texts: Record<string, string>; version: number; }

/** Server → desk frames on the socket. Apply `event` frames only when seq is larger than what was applied. */
export type StreamFrame =
  | { type: "event"; seq: number; at: string; event: DeskEvent }
  | { type: "position"; seq: number; now: string }
  | { type: "reload"; reason: string }
  | { type: "signal"; signal: Signal }
  | { type: "bye"; code: "slow" | "signed_out" | "shutdown" | "rights_changed" };
/** Events carry the whole new view of what changed: applying one is replacing it. */
export type DeskEvent =
  | { kind: "message.added"; message: Message }
  | { kind: "message.updated"; message: Message }
  | { kind: "conversation.updated"; conversation: Conversation }
  | { kind: "reservation.created"; reservation: Reservation }
  | { kind: "reservation.updated"; reservation: Reservation; went_to: string | null }
  | { kind: "task.updated"; task: Task }
  | { kind: "worker.updated"; worker: Worker; cause: "self" | "missed_offer" | "supervisor" | "system" }
  | { kind: "person.updated"; person_id: string }
  | { kind: "seen.updated"; conversation_id: string; worker_id: string; seq: number }
  | { kind: "settings.updated"; what: string };
/** Not stored, may be lost: typing and presence. */
export type Signal =
  | { kind: "typing"; conversation_id: string; author: Author; on: boolean }
  | { kind: "presence"; conversation_id: string; present: boolean };
/** Desk → server frames. */
export type DeskFrame =
  | { type: "typing"; conversation_id: string; on: boolean }
  | { type: "seen"; conversation_id: string; seq: number }
  /** This desk has applied every event up to `seq`: the customer's "delivered". */
  | { type: "ack"; seq: number }
  | { type: "ping" };

/** How many of the tasks accepted today were accepted in time; the percent is null while there are none. */
export interface ServiceLevel { accepted: number; in_time: number; percent: number | null; }
export interface BoardQueue { id: string; name: string; /** By its business hours: nothing is offered. */ closed: boolean; waiting: number; longest_wait_s: number; offered: number; active: number; wrapping: number; available_workers: number; done_today: number; timed_out_today: number; service_level: ServiceLevel; }
export interface BoardWorker {
  id: string; name: string; activity: Activity; activity_since: string; state: "available" | "away" | "offline"; open: number; capacity: number;
  /** What they have, the oldest first, at most 10. */
  tasks: { task_id: string; conversation_id: string | null; channel: string; status: "pending" | "accepted" | "wrapping"; since: string }[];
}
export type BoardTask = Task & { contact: ContactSummary | null };
/** Totals are of everything one may see; the lists are pages. */
export interface Board {
  at: string;
  /** The aim: so many percent within so many seconds. */
  service_level_percent: number; service_level_s: number;
  totals: {
    queues: number; /** Without those offered just now. */ waiting: number; offered: number; active: number; wrapping: number; longest_wait_s: number; longest_queue: string | null;
    done_today: number; timed_out_today: number; service_level: ServiceLevel; agents: number; available: number; away: number; offline: number; stuck: number;
  };
  queues_found: number; queues: BoardQueue[]; workers_found: number; workers: BoardWorker[];
  waiting: BoardTask[]; active: BoardTask[]; timed_out: BoardTask[]; stuck: BoardQueue[];
}

export interface ChannelKind { kind: string; name: string; settings: Setting[]; /** The provider has ended the service on this day. */ ended: string | null; /** Shows what customers will see, for a frame without rights; only of our own webchat. */ preview_url: string | null; }
/** What a webchat asks for before the first message; texts by language. */
export type FormField = { key: string; type: "name" | "email" | "phone" | "text" | "choice" | "consent"; required: boolean; label: Record<string, string>; placeholder: Record<string, string>; choices: { value: string; label: Record<string, string> }[]; };
/** Where a webchat's snippet was seen last: by a site that may show it, and by one that may not. */
export interface Sightings { seen: Sighting | null; refused: Sighting | null; }
export interface Sighting { site: string; at: string; }
export interface Setting { key: string; label: string; help: string; kind: "text" | "secret" | "url" | "phone" | "list" | "toggle" | "color" | "form"; required: boolean; default: string | null; }
export interface ChannelAccount { id: string; kind: string; name: string; address: string; enabled: boolean; settings: Record<string, string | string[] | boolean | FormField[]>; /** Secrets are write-only: the names of those set. */ secrets_set: string[]; webhook_url: string | null; snippet: string | null; flow_id: string | null; problem: { code: string; setting: string | null; detail: string } | null; /** When the provider's credential ends; null where it never does, or nobody knows. */ credential_ends_at: string | null; /** When it last brought something new; null where that was never noted. */ last_heard_at: string | null; /** Deliveries of it that could not be read, or events that failed, until somebody looks at them. */ unreadable: number; /** Null = always open. */ business_hours_id: string | null; version: number; }
export interface CheckResult { lines: { name: string; ok: boolean; code: string; detail: string; setting: string | null }[]; ok: boolean; }
export interface TaskChannel { id: string; /** Never changes. */ unique_name: string; name: string; channel_optimized_routing: boolean; /** Unique names of channels whose tasks keep this one away. */ held_off_by: string[]; version: number; }
export interface TaskQueue { id: string; name: string; target_workers: string; max_reserved_workers: number; task_order: "FIFO" | "LIFO"; /** Under the mails of its agents; empty = the channel account\'s own. */ signature: string; waiting: number; /** Null = always open. */ business_hours_id: string | null; version: number; }
export type Weekday = "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";
/** "09:00" to "17:30" within one day; `to` may be "24:00". */
export interface TimeSpan { from: string; to: string; }
/** A day like 2026-12-24, or with `yearly` that day of every year; without spans it is closed. Wins over the week. */
export interface SpecialDate { date: string; name: string; yearly: boolean; open: TimeSpan[]; }
/** Closed whatever else is said; without `until` until further notice. */
export interface Closure { from: string; until: string | null; reason: string; }
/** When a business is there, by its own clock: what queues and channel accounts point at. */
export interface BusinessHours {
  id: string; name: string; time_zone: string;
  weekly: (TimeSpan & { day: Weekday })[]; dates: SpecialDate[]; closures: Closure[];
  /** `until`: when it changes next, null where not within a year. */
  now: { open: boolean; until: string | null; because: "weekly" | "date" | "closure"; name: string };
  used_by: { task_queues: { id: string; name: string }[]; channel_accounts: { id: string; name: string }[] };
  version: number;
}
export interface Workflow {
  id: string; name: string; configuration: string; task_reservation_timeout: number;
  /** Asked about each offer, as TaskRouter does it; the other where the first gives no good answer. Empty: nobody is asked. */
  assignment_callback_url: string; fallback_assignment_callback_url: string;
  version: number;
}
export interface FlowSummary { id: string; name: string; revision: number; published_revision: number | null; valid: boolean; errors: FlowProblem[]; warnings: FlowProblem[]; version: number; }
export interface FlowProblem { message: string; path: string; code: string; params: Record<string, string>; }
export interface FlowDetail extends FlowSummary { definition: string; revisions: { revision: number; status: "draft" | "published"; at: string; by: string; message: string }[]; references: { kind: "workflow" | "channel"; given: string; mapped: string | null }[]; }
export interface Execution { id: string; flow_id: string; revision: number; status: "active" | "ended"; conversation_id: string; contact: string; started_at: string; ended_at: string | null; steps: number; }
export interface Step { no: number; widget: string; type: string; event: string | null; next: string | null; at: string; warnings: { code: number; message: string }[]; context: Record<string, unknown>; }
export interface BotQuestion { id: string; questions: Record<string, string[]>; answers: Record<string, string>; enabled: boolean; version: number; }
export interface BotFact { id: string; key: string; labels: Record<string, string>; /** Words before the value, per language, e.g. "order", "Bestellung". */ cues: Record<string, string[]>; /** What the value looks like: number | name | word | email | phone or a regular expression. */ value: string; enabled: boolean; version: number; }
export interface Member { id: string; user: { id: string; name: string; email: string; disabled: boolean }; roles: { role: string; scope: "own" | "queue" | "all"; queues: string[] }[]; worker: Worker | null; version: number; }
/** What a webhook can hear of. */
export type EventName = "message.added" | "message.updated" | "conversation.updated" | "reservation.created" | "reservation.updated" | "task.updated" | "worker.updated" | "person.updated" | "seen.updated" | "settings.updated";
export interface Webhook {
  id: string; name: string; url: string; events: EventName[]; enabled: boolean;
  /** Why we switched it off: gone or failing. */
  problem: "gone" | "failing" | null; failures: number; failing_since: string | null; paused_until: string | null; created_at: string;
  /** Only in the answer that creates it. */ secret?: string; version: number;
}
export interface WebhookAttempt { no: number; at: string; took_ms: number; outcome: string; status: number | null; answer: string; }
export interface WebhookDelivery {
  id: string; webhook_id: string; event: EventName; seq: number; state: "waiting" | "delivered" | "dead"; outcome: string;
  made_at: string; next_at: string | null; ended_at: string | null; attempts: WebhookAttempt[];
}
export interface ApiKey { id: string; name: string; role: string; created_at: string; last_used_at: string | null; /** Only in the answer that creates it. */ secret?: string; }
/** `named`: what the ids in subject, detail and actor stand for today; `page` is the id whose page shows it. */
export interface AuditRow { no: number; at: string; actor: string; action: string; subject: string; detail: string; named: { id: string; name: string; page: string | null }[]; }
export interface WorkspaceSettings { id: string; name: string; default_language: Language; reservation_timeout_s: number; wrap_up_s: number; reoffer_after_s: number; grace_s: number; close_after_s: number; dispositions: string[]; timeout_activity_id: string; mask_secrets: boolean; time_zone: string; /** ISO 3166, where phone numbers without a country code are; empty = refused. */ country: string; prioritize_queue_order: "FIFO" | "LIFO"; /** This share of tasks, in percent, is to be accepted within `service_level_s`. */ service_level_percent: number; service_level_s: number; event_callback_url: string; events_filter: string[]; /** Rules of TaskRouter that are read otherwise than usual. */ readings: string[]; version: number; }
export interface SearchResult { contacts: { person_id: string; name: string; address: string; channel: string }[]; messages: { conversation_id: string; message_id: string; contact: string; channel: string; text: string; at: string }[]; }
