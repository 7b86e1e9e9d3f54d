//! The nouns every room shares: typed ids, times, rows as values, events and effects.
//!
//! Invariants: a value of these types is well-formed (an id has its own prefix, a time is microseconds since 1970 UTC).
//! This crate knows no behaviour beyond keeping a value valid: no network, disk, clock, randomness, database or HTTP.

pub mod beside;
pub mod brand;
pub mod business_hours;
pub mod card;
pub mod channel;
pub mod choice;
pub mod contact;
pub mod conversation;
pub mod custom_field;
pub mod event;
pub mod execution;
pub mod extra;
pub mod id;
pub mod inbound;
pub mod job;
pub mod language;
pub mod message;
pub mod outbox;
pub mod readings;
pub mod routing;
pub mod routing_event;
pub mod time;
pub mod workspace;

pub use beside::{Beside, NewMember, Noted};
pub use brand::{Accent, Brand, Logo};
pub use business_hours::{BusinessHours, Closure, Day, DayTime, NotADayTime, Span, SpecialDate, WeeklySpan};
pub use card::{Card, CardButton, CardImage, Offer, Tap, check_cards};
pub use channel::{Capabilities, CardLimit, ChannelAccount, ChoiceLimit, Feature, MessageTemplate, TextUnit};
pub use choice::{FieldProblem, check_choices};
pub use contact::{Address, Consent, Contact, Fact, FactSource};
pub use conversation::{Conversation, ConversationState, Holder, Participant, Thread};
pub use custom_field::{CustomField, FieldChoice, FieldFault, FieldKind, FieldSubject, field_of};
pub use event::{Event, EventKind};
pub use execution::{Execution, ExecutionState, Step, Waiting};
pub use extra::check_extra;
pub use id::*;
pub use inbound::{Inbound, InboundEvent, InboundFile, InboundMessage, Receipt};
pub use job::{Job, JobKind, Lane};
pub use language::Language;
pub use message::{Attachment, Author, Extra, Filled, FormAnswer, FormFieldKind, Message, MessageState, Notice, Problem, Quote, Revision};
pub use outbox::{Outbox, OutboxState, Revise};
pub use readings::{Reading, Readings};
pub use routing::*;
pub use routing_event::{RoutingEvent, RoutingEventKind};
pub use time::Timestamp;
pub use workspace::{Settings, Workspace};
