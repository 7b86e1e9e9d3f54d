// What types.ts says by hand is what the server's own description says, only narrower: the words of a choice, and null
// where the description allows a field to be left out. `npm run check` reads this file; nothing imports it.
// The stream's frames and events stand in no description: types.ts alone holds them.

import type { components } from "./schema";
import type * as Own from "./types";

type Schemas = components["schemas"];

/** Where the keys of one differ from the keys of the other, at any depth; `never` where they are the same. */
type Differences<Mine, Theirs, Path extends string> = unknown extends Mine
  ? never
  : NonNullable<Mine> extends readonly (infer Item)[]
    ? NonNullable<Theirs> extends readonly (infer Other)[]
      ? Differences<Item, Other, `${Path}[]`>
      : `${Path} is a list only in types.ts`
    : NonNullable<Mine> extends object
      ? string extends keyof NonNullable<Mine>
        ? never
        : KeyDifferences<NonNullable<Mine>, NonNullable<Theirs>, Path>
      : never;

type KeyDifferences<Mine, Theirs, Path extends string> =
  | `${Path}.${Exclude<keyof Mine, keyof Theirs> & string} is only in types.ts`
  | `${Path}.${Exclude<keyof Theirs, keyof Mine> & string} is only in openapi.json`
  | { [Key in keyof Mine & keyof Theirs & string]-?: Differences<Mine[Key], Theirs[Key], `${Path}.${Key}`> }[keyof Mine & keyof Theirs & string];

/** Fails unless `Mine` may stand wherever `Theirs` is promised. */
type Narrows<Mine extends Theirs, Theirs> = Mine;

/** Fails, naming the fields, unless there are no differences. */
type None<Found extends never> = Found;

/** Each view of types.ts, with the schema it narrows. */
type Pairs = {
  Problem: [Own.Problem, Schemas["Problem"]];
  Page: [Own.Page<Own.Conversation>, Schemas["Page_ConversationView"]];
  Me: [Own.Me, Schemas["Me"]];
  Preferences: [Own.Preferences, Schemas["Preferences"]];
  Activity: [Own.Activity, Schemas["ActivityView"]];
  WorkerTable: [Own.WorkerTable, Schemas["WorkerTable"]];
  WorkersEdit: [Own.WorkersEdit, Schemas["WorkersEdit"]];
  Edited: [Own.Edited, Schemas["Edited"]];
  Imported: [Own.Imported, Schemas["Imported"]];
  WorkerChannel: [Own.WorkerChannel, Schemas["WorkerChannelView"]];
  Worker: [Own.Worker, Schemas["WorkerView"]];
  Task: [Own.Task, Schemas["TaskView"]];
  Reservation: [Own.Reservation, Schemas["ReservationView"]];
  AgainstAgent: [Own.AgainstAgent, Schemas["OtherView"]];
  Why: [Own.Why, Schemas["WhyView"]];
  TaskWhy: [Own.TaskWhy, Schemas["TaskWhy"]];
  ChannelMark: [Own.ChannelMark, Schemas["ChannelMark"]];
  Conversation: [Own.Conversation, Schemas["ConversationView"]];
  Thread: [Own.Thread, Schemas["ThreadView"]];
  LastMessage: [Own.LastMessage, Schemas["LastMessage"]];
  Composer: [Own.Composer, Schemas["Composer"]];
  Author: [Own.Author, Schemas["AuthorView"]];
  Attachment: [Own.Attachment, Schemas["AttachmentView"]];
  FileProblem: [Own.FileProblem, Schemas["FileProblemView"]];
  Card: [Own.Card, Schemas["CardView"]];
  CardButton: [Own.CardButton, Schemas["CardButtonView"]];
  Preview: [Own.Preview, Schemas["PreviewView"]];
  PreviewPart: [Own.PreviewPart, Schemas["PartView"]];
  MessageRevision: [Own.MessageRevision, Schemas["MessageRevisionView"]];
  Message: [Own.Message, Schemas["MessageView"]];
  Extra: [Own.Extra, Schemas["ExtraView"]];
  Reaction: [Own.Reaction, Schemas["ReactionView"]];
  Quote: [Own.Quote, Schemas["QuoteView"]];
  UndeliveredMessage: [Own.UndeliveredMessage, Schemas["Undelivered"]];
  UnreadableDelivery: [Own.UnreadableDelivery, Schemas["UnreadableView"]];
  UnreadableDetail: [Own.UnreadableDetail, Schemas["UnreadableDetail"]];
  DeliveryTry: [Own.DeliveryTry, Schemas["DeliveryTry"]];
  ChannelOption: [Own.ChannelOption, Schemas["ChannelOptionView"]];
  Template: [Own.Template, Schemas["TemplateView"]];
  StickerSet: [Own.StickerSet, Schemas["StickerSetView"]];
  ContactSummary: [Own.ContactSummary, Schemas["ContactSummary"]];
  Address: [Own.Address, Schemas["PersonAddress"]];
  Fact: [Own.Fact, Schemas["FactView"]];
  FieldChoice: [Own.FieldChoice, Schemas["FieldChoiceView"]];
  CustomField: [Own.CustomField, Schemas["CustomFieldView"]];
  BrandTones: [Own.BrandTones, Schemas["BrandTones"]];
  BrandPalette: [Own.BrandPalette, Schemas["BrandPalette"]];
  BrandLogo: [Own.BrandLogo, Schemas["BrandLogo"]];
  Brand: [Own.Brand, Schemas["BrandView"]];
  Branding: [Own.Branding, Schemas["BrandingView"]];
  Person: [Own.Person, Schemas["PersonView"]];
  Desk: [Own.Desk, Schemas["Desk"]];
  CannedReply: [Own.CannedReply, Schemas["CannedReplyView"]];
  Board: [Own.Board, Schemas["Board"]];
  ChannelKind: [Own.ChannelKind, Schemas["ChannelKind"]];
  Setting: [Own.Setting, Schemas["SettingView"]];
  ChannelAccount: [Own.ChannelAccount, Schemas["ChannelAccountView"]];
  CheckResult: [Own.CheckResult, Schemas["CheckResult"]];
  TaskQueue: [Own.TaskQueue, Schemas["TaskQueueView"]];
  TaskChannel: [Own.TaskChannel, Schemas["TaskChannelView"]];
  Who: [Own.Who, Schemas["Who"]];
  SkillChange: [Own.SkillChange, Schemas["SkillChange"]];
  WorkersChange: [Own.WorkersChange, Schemas["WorkersChange"]];
  LineChange: [Own.LineChange, Schemas["LineChange"]];
  ServiceLevel: [Own.ServiceLevel, Schemas["ServiceLevel"]];
  BoardQueue: [Own.BoardQueue, Schemas["BoardQueue"]];
  BoardWorker: [Own.BoardWorker, Schemas["BoardWorker"]];
  TimeSpan: [Own.TimeSpan, Schemas["OpenSpan"]];
  SpecialDate: [Own.SpecialDate, Schemas["OpenOnDate"]];
  Closure: [Own.Closure, Schemas["ClosedSpan"]];
  BusinessHours: [Own.BusinessHours, Schemas["BusinessHoursView"]];
  Workflow: [Own.Workflow, Schemas["WorkflowView"]];
  FlowSummary: [Own.FlowSummary, Schemas["FlowSummary"]];
  FlowProblem: [Own.FlowProblem, Schemas["FlowProblemView"]];
  FlowDetail: [Own.FlowDetail, Schemas["FlowDetail"]];
  Execution: [Own.Execution, Schemas["ExecutionView"]];
  Step: [Own.Step, Schemas["StepView"]];
  BotQuestion: [Own.BotQuestion, Schemas["BotQuestionView"]];
  BotFact: [Own.BotFact, Schemas["BotFactView"]];
  Member: [Own.Member, Schemas["MemberView"]];
  ApiKey: [Own.ApiKey, Schemas["ApiKeyView"]];
  FormAnswer: [Own.FormAnswer, Schemas["AnswerView"]];
  Consent: [Own.Consent, Schemas["ConsentView"]];
  Sightings: [Own.Sightings, Schemas["Sightings"]];
  Sighting: [Own.Sighting, Schemas["Sighting"]];
  Webhook: [Own.Webhook, Schemas["WebhookView"]];
  WebhookAttempt: [Own.WebhookAttempt, Schemas["WebhookAttempt"]];
  WebhookDelivery: [Own.WebhookDelivery, Schemas["WebhookDelivery"]];
  AuditRow: [Own.AuditRow, Schemas["AuditRow"]];
  WorkspaceSettings: [Own.WorkspaceSettings, Schemas["WorkspaceSettings"]];
  SearchResult: [Own.SearchResult, Schemas["SearchResult"]];
};

export type SameKeys = None<{ [Name in keyof Pairs & string]: Differences<Pairs[Name][0], Pairs[Name][1], Name> }[keyof Pairs & string]>;

type Mine = { [Name in keyof Pairs]: Pairs[Name][0] };
type Theirs = { [Name in keyof Pairs]: Pairs[Name][1] };
export type Assignable = Narrows<Mine, Theirs>;
