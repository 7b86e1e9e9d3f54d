// A logo on its way to the server, which judges it by its content.
import type { Branding } from "@seaway/api/types";
import { problemOf, Refusal, ws } from "../../api/http.ts";
import { newId } from "../../api/id.ts";

export async function putLogo(file: File, version: number): Promise<Branding> {
  const form = new FormData();
  form.append("file", file, file.name);
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang || "en", "Idempotency-Key": newId() };
  const response = await fetch(ws(`/branding/logo?version=${version}`), { method: "PUT", headers, body: form, credentials: "same-origin" });
  if (response.ok) return (await response.json()) as Branding;
  throw new Refusal(await problemOf(response));
}
