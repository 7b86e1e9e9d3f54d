// The phone's radio: what it sends to the network and what it hears from it.

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.message ?? `${answer.status}`);
}

const of = (number, what) => `/phone/api/${encodeURIComponent(number)}/${what}`;

export const send = (number, text, media) => post(of(number, "messages"), { text, media });
export const acknowledge = (number, sids) => post(of(number, "acknowledge"), { sids });
export const power = (number, on) => post(of(number, "power"), { on });

/** Hears everything on these phones from the beginning; the browser connects again by itself. */
export function listen(numbers, heard, connected) {
  const stream = new EventSource(of(numbers.join(","), "events"));
  stream.onopen = () => connected(true);
  stream.onerror = () => connected(false);
  stream.onmessage = (event) => heard(JSON.parse(event.data));
  return () => stream.close();
}
