// How an address is said: one that means something within its channel only tells nobody anything; its channel does.
import type { Address } from "@seaway/api/types";
import { channelName } from "../conversation/channel-name.ts";

/** A number belongs to texts, calls and WhatsApp alike: its sign is the phone. */
export function markOf(channel: string): string {
  return channel === "sms" ? "voice" : channel;
}

export function sayAddress({ channel, value, opaque }: Pick<Address, "channel" | "value" | "opaque">): string {
  return opaque ? channelName(channel) : value;
}
