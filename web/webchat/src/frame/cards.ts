// Cards as the server tells them. Read where they are drawn, so that nobody else loads this.
export interface Card {
  title: string;
  text: string;
  /** A picture of ours. */
  picture: string | null;
  /** Somebody else's picture, which this page does not load by itself. */
  link: string | null;
  buttons: CardButton[];
}
/** With a `url` it opens a page, else a tap says `reply`. */
export interface CardButton {
  label: string;
  reply: string;
  url: string | null;
}

export function parseCards(data: unknown[]): Card[] {
  return data.flatMap((one) => {
    const card = record(one);
    const title = text(card["title"]);
    if (title === "") return [];
    const image = record(card["image"]);
    return [{ title, text: text(card["text"]), picture: address(image["thumbnail_url"]) ?? address(image["url"]), link: address(card["link"]), buttons: list(card["buttons"]).flatMap(parseButton) }];
  });
}

function parseButton(data: unknown): CardButton[] {
  const button = record(data);
  const label = text(button["label"]);
  const url = address(button["url"]);
  const reply = text(button["reply"]);
  return label === "" || (url === null && reply === "") ? [] : [{ label, reply, url }];
}

const record = (data: unknown): Record<string, unknown> => (typeof data === "object" && data !== null ? { ...data } : {});
const text = (data: unknown): string => (typeof data === "string" ? data : "");
const list = (data: unknown): unknown[] => (Array.isArray(data) ? data : []);

/** Only what a browser opens as a page or a picture. */
function address(data: unknown): string | null {
  return typeof data === "string" && /^https?:\/\//.test(data) ? data : null;
}
