//! The words that the carrier itself obeys: stop, start, help.

use jiff::Timestamp;

use super::Carrier;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Stop,
    Start,
    Help,
}

impl Keyword {
    /// A text is a keyword when it is nothing else; case and blanks around it do not matter.
    pub fn of(text: &str) -> Option<Self> {
        match text.trim().to_ascii_uppercase().as_str() {
            "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "REVOKE" | "OPTOUT" => Some(Self::Stop),
            "START" | "YES" | "UNSTOP" => Some(Self::Start),
            "HELP" | "INFO" => Some(Self::Help),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Stop => "STOP",
            Self::Start => "START",
            Self::Help => "HELP",
        }
    }
}

impl Carrier {
    /// Does what a keyword asks and confirms it. A second STOP, or a YES of somebody who never
    /// stopped, is an ordinary text. The message goes on to the account in any case.
    pub(super) fn obey(&mut self, keyword: Option<Keyword>, shop: &str, phone: &str, now: Timestamp) {
        let pair = (shop.to_owned(), phone.to_owned());
        let confirmation = match keyword {
            Some(Keyword::Stop) => self.opted_out.insert(pair).then_some(
                "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.",
            ),
            Some(Keyword::Start) => self.opted_out.remove(&pair).then_some(
                "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
            ),
            Some(Keyword::Help) => Some("Reply STOP to unsubscribe. Msg&Data Rates May Apply."),
            None => None,
        };
        if let Some(text) = confirmation {
            self.carrier_text(phone, shop, text, now);
        }
    }
}
