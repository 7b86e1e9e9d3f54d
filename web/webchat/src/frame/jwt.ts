// The site's word for who the visitor is, as far as the browser may read it: only when it ends. The server judges the rest.
import { isRecord } from "../shared/protocol.ts";

/** Whether the token is over by its own `exp`; what cannot be read is the server's to refuse. `now` in milliseconds. */
export function isOver(jwt: string, now: number): boolean {
  try {
    const claims: unknown = JSON.parse(atob((jwt.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/")));
    return isRecord(claims) && typeof claims["exp"] === "number" && claims["exp"] * 1000 <= now;
  } catch {
    return false;
  }
}
