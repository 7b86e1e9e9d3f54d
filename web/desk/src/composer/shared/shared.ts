// A place, a person or a sticker to be sent with a message: what is wrong with them, and what they are when they leave.
import type { Extra } from "@seaway/api/types";

export interface PlaceDraft { name: string; address: string; latitude: string; longitude: string }
export interface PersonDraft { name: string; organization: string; phone: string; email: string }

/** As `crates/model/src/extra.rs` judges, in characters. */
export const LONGEST = 100;

export type Fault = "required" | "too_long" | "range" | "bad_phone" | "bad_email" | "bare";

export const aPlace = (): PlaceDraft => ({ name: "", address: "", latitude: "", longitude: "" });
export const aPerson = (): PersonDraft => ({ name: "", organization: "", phone: "", email: "" });

/** Degrees as typed, with a point or a comma; null for what is no number. */
export function degrees(text: string): number | null {
  const plain = text.trim().replace(",", ".");
  return /^[-+]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}

/** Both degrees where they were pasted into one field, as maps copy them. */
export function pasted(text: string): { latitude: string; longitude: string } | null {
  const found = /^\s*([-+]?\d+(?:\.\d+)?)\s*[,;\s]\s*([-+]?\d+(?:\.\d+)?)\s*$/.exec(text);
  return found && text.includes(".") ? { latitude: found[1] ?? "", longitude: found[2] ?? "" } : null;
}

export function wrongInPlace(place: PlaceDraft): Partial<Record<keyof PlaceDraft, Fault>> {
  const long = (text: string): Fault | undefined => ([...text.trim()].length > LONGEST ? "too_long" : undefined);
  const within = (text: string, most: number): Fault | undefined => {
    const value = degrees(text);
    return text.trim() === "" ? "required" : value === null || Math.abs(value) > most ? "range" : undefined;
  };
  return faults({ name: long(place.name), address: long(place.address), latitude: within(place.latitude, 90), longitude: within(place.longitude, 180) });
}

export function wrongInPerson(person: PersonDraft): Partial<Record<keyof PersonDraft, Fault>> {
  const long = (text: string): Fault | undefined => ([...text.trim()].length > LONGEST ? "too_long" : undefined);
  const phone = person.phone.trim();
  const email = person.email.trim();
  const digits = phone.replace(/\D/g, "").length;
  return faults({
    name: person.name.trim() === "" ? "required" : long(person.name),
    organization: long(person.organization),
    phone: phone === "" ? (email === "" ? "bare" : undefined) : /^\+[\d \-()./]+$/.test(phone) && digits >= 6 && digits <= 15 ? undefined : "bad_phone",
    email: email === "" || /^[^\s@,;:<>()[\]\\"]+@[^\s@,;:<>()[\]\\".][^\s@,;:<>()[\]\\"]*\.[^\s@,;:<>()[\]\\".]+$/.test(email) ? undefined : "bad_email",
  });
}

function faults<Field extends string>(found: Record<Field, Fault | undefined>): Partial<Record<Field, Fault>> {
  return Object.fromEntries(Object.entries(found).filter(([, fault]) => fault !== undefined)) as Partial<Record<Field, Fault>>;
}

export interface Shared { location?: { name: string; address: string; latitude: number; longitude: number }; contact?: { name: string; organization: string; phones: string[]; emails: string[] }; sticker?: { set: string; id: string; name: string } }

/** As the server wants to be told of them. */
export function asShared(place: PlaceDraft | null, person: PersonDraft | null): Shared {
  const some = (text: string) => (text.trim() ? [text.trim()] : []);
  return {
    ...(place && { location: { name: place.name.trim(), address: place.address.trim(), latitude: degrees(place.latitude) ?? 0, longitude: degrees(place.longitude) ?? 0 } }),
    ...(person && { contact: { name: person.name.trim(), organization: person.organization.trim(), phones: some(person.phone), emails: some(person.email) } }),
  };
}

/** As they stand in a message. */
export function asExtras({ location, contact, sticker }: Shared): Extra[] {
  const bare: Extra = { kind: "location", what: "", name: "", address: "", latitude: null, longitude: null, phones: [], emails: [], organization: "", url: null, quoted: "", html: "", pictures: {}, others: [], set: "", id: "", answers: [], content: null };
  return [...(location ? [{ ...bare, ...location }] : []), ...(contact ? [{ ...bare, kind: "contact_card" as const, ...contact }] : []), ...(sticker ? [{ ...bare, kind: "sticker" as const, ...sticker }] : [])];
}
