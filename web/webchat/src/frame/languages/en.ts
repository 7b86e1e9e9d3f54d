// Every word the frame says. The other languages must have these keys: the compiler and a test see to it.
const en = {
  log: "Messages", chatWith: "Chat with {name}", here: "Here for you now", team: "Write to us, we answer here",
  connecting: "Connecting…", noNetwork: "No connection", options: "Chat options", close: "Close chat", message: "Message", write: "Write a message",
  attach: "Attach a file", send: "Send", drop: "Drop files to attach them", retry: "Try again", remove: "Remove",
  going: "Going out", waiting: "Goes out when you are back", soon: "Goes out in a moment", flood: "Many messages at once. This one goes out by itself in {seconds} s", notSent: "Not sent", sent: "Sent", delivered: "Delivered", read: "Read",
  you: "You", bot: "Assistant", shop: "Team", isTyping: "{name} is typing", someone: "Someone", today: "Today", yesterday: "Yesterday",
  joined: "{name} joined", left: "{name} left", transferred: "Passed on to {name}", transferredTeam: "Passed on to a colleague", waitingAgent: "Looking for somebody who is free", closed: "This conversation is closed. Write to start a new one", languageIs: "Language: {language}",
  expired: "Your earlier chat here has expired. This is a new one",
  offline: "Offline since {time}. You can go on writing",
  one: "1 new message", many: "{count} new messages", earlier: "Earlier messages", loading: "Loading the chat",
  failedTitle: "The chat cannot be reached", failedText: "It tries again by itself. What you write now is kept and goes out later.", refusedTitle: "The chat does not start here", refusedText: "Load this page again. If that does not help, reach us another way.",
  choices: "Suggested answers", left1: "{count} characters left", tooLong: "{count} characters too many",
  edited: "edited",
  unsent: "This message was taken back",
  download: "Open {name}, {size}", photo: "Picture {name}", language: "Language",
  prove: "Prove my phone number",
  pNetwork: "No connection. Try again", pServer: "Our server has a problem. Try again in a moment", pBlocked: "You cannot write here at the moment", pTooLong: "The text is too long: up to {limit} characters", pFlood: "Too much at once. Wait {seconds} s", pSession: "Your chat has expired. Load this page again", pOther: "This did not work: {detail}",
};
export default en;
export type Texts = typeof en;
