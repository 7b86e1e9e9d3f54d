// Signing in sets a cookie that browsers keep only over HTTPS or on this machine itself.
export function isSafePlace(place: Pick<Location, "protocol" | "hostname">): boolean {
  return place.protocol === "https:" || place.hostname === "localhost" || place.hostname.endsWith(".localhost") || place.hostname === "127.0.0.1" || place.hostname === "[::1]";
}

/** The one-use code of a demo link ("#code=…"), or null. */
export function codeOf(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, "")).get("code");
}

/** Where to go after signing in: the place the shell sent us from, only ever a path of ours. */
export function nextPlace(state: unknown): string {
  const from = typeof state === "object" && state !== null && "from" in state ? state.from : null;
  return typeof from === "string" && /^\/(?![/\\])/.test(from) && !from.startsWith("/login") ? from : "/desk";
}
