// Several tabs, one person: what should happen once (a ring, a notification) is claimed by one tab.
// Web Locks decide where there are any; elsewhere a BroadcastChannel with a short random pause does.

const HOLD_MS = 8_000;

export interface Claims { claim: (key: string) => Promise<boolean>; close: () => void }

export function openClaims(owner: string, locks: LockManager | undefined = navigator.locks, random: () => number = Math.random): Claims {
  return locks ? byLocks(owner, locks) : byChannel(owner, random);
}

function byLocks(owner: string, locks: LockManager): Claims {
  return {
    claim: (key) =>
      new Promise((resolve) => {
        locks
          .request(`seaway.${owner}.${key}`, { ifAvailable: true }, async (lock) => {
            resolve(lock !== null);
            // Held long enough that a slower tab finds it taken.
            if (lock) await new Promise((done) => setTimeout(done, HOLD_MS));
          })
          .catch(() => resolve(true));
      }),
    close: () => undefined,
  };
}

function byChannel(owner: string, random: () => number): Claims {
  const channel = new BroadcastChannel(`seaway.${owner}`);
  const taken = new Set<string>();
  channel.addEventListener("message", (message: MessageEvent<unknown>) => {
    if (typeof message.data === "string") taken.add(message.data);
  });
  return {
    claim: async (key) => {
      await new Promise((done) => setTimeout(done, 20 + random() * 150));
      if (taken.has(key)) return false;
      taken.add(key);
      channel.postMessage(key);
      return true;
    },
    close: () => channel.close(),
  };
}
