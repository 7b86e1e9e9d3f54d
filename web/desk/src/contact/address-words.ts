// How an address is said: a webchat visitor's is our own id, which tells nobody anything; its channel does.
import type { Address } from "@seaway/api/types";
import { channelName } from "../conversation/channel-name.ts";

export function sayAddress({ channel, value }: Pick<Address, "channel" | "value">): string {
  return channel === "webchat" ? channelName(channel) : value;
}
