import type { Texts } from "./en.ts";

const de: Texts = {
  log: "Nachrichten", chatWith: "Chat mit {name}", here: "Jetzt für Sie da", team: "Wir antworten hier",
  connecting: "Verbindung wird aufgebaut…", noNetwork: "Keine Verbindung", options: "Chat-Optionen", close: "Chat schließen", message: "Nachricht", write: "Nachricht schreiben",
  attach: "Datei anhängen", send: "Senden", drop: "Dateien hier ablegen, um sie anzuhängen", retry: "Erneut versuchen", remove: "Entfernen",
  going: "Wird gesendet", waiting: "Geht raus, sobald Sie wieder online sind", soon: "Geht gleich raus", flood: "Viele Nachrichten auf einmal. Diese geht in {seconds} s von selbst raus", notSent: "Nicht gesendet", sent: "Gesendet", delivered: "Zugestellt", read: "Gelesen",
  you: "Sie", bot: "Assistent", shop: "Team", isTyping: "{name} schreibt", someone: "Jemand", today: "Heute", yesterday: "Gestern",
  joined: "{name} ist jetzt dabei", left: "{name} hat den Chat verlassen", transferred: "Weitergeleitet an {name}", transferredTeam: "An eine Kollegin oder einen Kollegen weitergeleitet", waitingAgent: "Wir suchen jemanden, der frei ist", closed: "Dieses Gespräch ist abgeschlossen. Schreiben Sie, um ein neues zu beginnen", languageIs: "Sprache: {language}",
  expired: "Ihr früherer Chat hier ist abgelaufen. Dies ist ein neuer",
  offline: "Offline seit {time}. Sie können weiterschreiben",
  one: "1 neue Nachricht", many: "{count} neue Nachrichten", earlier: "Frühere Nachrichten", loading: "Chat wird geladen",
  failedTitle: "Der Chat ist nicht erreichbar", failedText: "Es wird von selbst erneut versucht. Was Sie jetzt schreiben, bleibt erhalten und geht später raus.", refusedTitle: "Der Chat startet hier nicht", refusedText: "Laden Sie diese Seite neu. Hilft das nicht, erreichen Sie uns auf einem anderen Weg.",
  choices: "Vorgeschlagene Antworten", left1: "Noch {count} Zeichen", tooLong: "{count} Zeichen zu viel",
  edited: "bearbeitet",
  unsent: "Diese Nachricht wurde zurückgenommen",
  download: "{name} öffnen, {size}", photo: "Bild {name}", language: "Sprache",
  prove: "Meine Telefonnummer bestätigen",
  pNetwork: "Keine Verbindung. Versuchen Sie es noch einmal", pServer: "Unser Server hat ein Problem. Versuchen Sie es gleich noch einmal", pBlocked: "Sie können hier zurzeit nicht schreiben", pTooLong: "Der Text ist zu lang: höchstens {limit} Zeichen", pFlood: "Zu viel auf einmal. Warten Sie {seconds} s", pSession: "Ihr Chat ist abgelaufen. Laden Sie diese Seite neu", pOther: "Das hat nicht geklappt: {detail}",
};
export default de;
