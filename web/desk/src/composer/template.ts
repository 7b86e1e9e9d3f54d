// An approved text with its gaps filled in, as the server does it. Pure.
import type { Template } from "@seaway/api/types";

/** A gap without a value stays to be seen as a gap. */
export function filledIn(template: Pick<Template, "text" | "gaps">, values: readonly string[]): string {
  return template.text.replaceAll(/\{\{(.*?)\}\}/g, (whole, gap: string) => {
    const at = template.gaps.indexOf(gap.trim());
    return at >= 0 && (values[at] ?? "").trim() !== "" ? (values[at] ?? whole).trim() : whole;
  });
}
