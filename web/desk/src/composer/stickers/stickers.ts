// The provider's stickers that an agent may choose from: listed once per channel account, and where their pictures are.
import type { StickerSet } from "@seaway/api/types";
import { http, ws } from "../../api/http.ts";

export interface Sticker { set: string; id: string; name: string }

/** A sticker's picture, which our server fetches at the provider: nobody learns who looks at it. */
export function stickerAt(account: string, set: string, id: string): string {
  return `${ws(`/channel-accounts/${account}/sticker`)}?set=${encodeURIComponent(set)}&sticker=${encodeURIComponent(id)}`;
}

/** The picture of the sticker that a message of ours brought. */
export function stickerOf(message: string): string {
  return ws(`/messages/${message}/sticker`);
}

const known = new Map<string, Promise<StickerSet[]>>();

/** Asked for once; after a failure, once more by the next who asks. */
export function stickerSets(account: string): Promise<StickerSet[]> {
  const asked = known.get(account) ?? http.get<{ items: StickerSet[] }>(ws(`/channel-accounts/${account}/stickers`)).then(({ items }) => items);
  known.set(account, asked);
  asked.catch(() => known.delete(account));
  return asked;
}

/** What is read of a sticker where it cannot be seen: providers name sets, and number what is in them. */
export function nameOf(set: StickerSet, id: string): string {
  return `${set.name} ${set.stickers.indexOf(id) + 1}`;
}
