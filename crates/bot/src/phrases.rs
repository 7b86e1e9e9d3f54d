//! What the bot says of its own, in the languages the product speaks. Others hear English.

/// One sentence in three languages.
pub(crate) struct Phrase {
    en: &'static str,
    de: &'static str,
    ko: &'static str,
}

impl Phrase {
    pub fn in_language(&self, language: &str) -> &'static str {
        match language {
            "de" => self.de,
            "ko" => self.ko,
            _ => self.en,
        }
    }

    /// With `{}` filled in.
    pub fn with(&self, language: &str, value: &str) -> String {
        self.in_language(language).replace("{}", value)
    }
}

pub(crate) const GREETING: Phrase =
    Phrase { en: "Hello! How can I help you?", de: "Hallo! Wie kann ich helfen?", ko: "안녕하세요! 무엇을 도와드릴까요?" };
pub(crate) const NAMED_GREETING: Phrase =
    Phrase {
        en: "Hello {}! How can I help you?", de: "Hallo {}! Wie kann ich helfen?", ko: "안녕하세요, {} 님! 무엇을 도와드릴까요?"
    };
pub(crate) const THANKS: Phrase = Phrase {
    en: "You're welcome! Is there anything else?",
    de: "Gern geschehen! Kann ich sonst noch helfen?",
    ko: "천만에요! 더 도와드릴 일이 있을까요?",
};
pub(crate) const BYE: Phrase = Phrase {
    en: "Goodbye, and write again any time.",
    de: "Bis bald, schreiben Sie jederzeit wieder.",
    ko: "안녕히 가세요. 언제든 다시 연락해 주세요.",
};
pub(crate) const NOD: Phrase = Phrase {
    en: "All right. Ask me anything, or write \"live agent\" for a person.",
    de: "In Ordnung. Fragen Sie mich gern, oder schreiben Sie „Live-Agent“ für einen Menschen.",
    ko: "네. 궁금한 점을 물어보시거나, 사람과 이야기하려면 \"라이브 에이전트\"라고 적어 주세요.",
};
pub(crate) const CLARIFY: Phrase = Phrase {
    en: "I'm not sure I understood. Could you say it in other words? Write \"live agent\" for a person.",
    de: "Das habe ich noch nicht verstanden. Können Sie es anders sagen? Für einen Menschen schreiben Sie „Live-Agent“.",
    ko: "제가 잘 이해하지 못했어요. 다르게 말씀해 주시겠어요? 사람과 이야기하려면 \"라이브 에이전트\"라고 적어 주세요.",
};
pub(crate) const PICTURE: Phrase = Phrase {
    en: "Thank you, I got the file, but I cannot look at it. What is it about?",
    de: "Danke, die Datei ist da, aber ich kann sie nicht ansehen. Worum geht es?",
    ko: "파일은 잘 받았지만 제가 내용을 볼 수는 없어요. 어떤 내용인지 적어 주시겠어요?",
};
pub(crate) const GIVE_UP: Phrase = Phrase {
    en: "I can't answer that myself, sorry.",
    de: "Das kann ich leider nicht selbst beantworten.",
    ko: "죄송하지만 제가 답변드리기 어려운 내용이에요.",
};
pub(crate) const THANK_YOU: Phrase = Phrase { en: "Thanks", de: "Danke", ko: "감사합니다" };
pub(crate) const THANK_YOU_NAMED: Phrase = Phrase { en: "Thanks {}", de: "Danke, {}", ko: "{} 님, 감사합니다" };
pub(crate) const NOTED: Phrase = Phrase { en: "noted {}", de: "notiert: {}", ko: "{} 메모했어요" };
pub(crate) const WHAT_NEXT: Phrase = Phrase { en: "How can I help?", de: "Wie kann ich helfen?", ko: "무엇을 도와드릴까요?" };
pub(crate) const WISH: Phrase =
    Phrase { en: "Asked for a person.", de: "Möchte mit einem Menschen sprechen.", ko: "사람과의 상담을 원합니다." };
pub(crate) const UNANSWERED: Phrase =
    Phrase { en: "The bot could not answer: {}", de: "Der Bot konnte nicht beantworten: {}", ko: "봇이 답하지 못한 내용: {}" };
pub(crate) const KNOWN: Phrase = Phrase { en: "Known: {}", de: "Bekannt: {}", ko: "알려진 정보: {}" };
