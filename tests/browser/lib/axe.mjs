// Accessibility of what is on the screen, judged by axe in every frame of the page.
import { readFileSync } from "node:fs";
import { AXE_FILE } from "./modules.mjs";

const AXE = readFileSync(AXE_FILE, "utf8");
const GRAVE = new Set(["serious", "critical"]);

/** Fails on a serious or critical violation. The script comes past the page's content policy, because the debugger brings it. */
export async function axe(page, screen) {
  const faults = [];
  for (const frame of page.frames()) {
    if (frame.isDetached() || !/^https?:/.test(frame.url())) continue;
    const violations = await frame.evaluate(`(async () => {
      const module = undefined, exports = undefined, define = undefined;
      if (!window.axe) { ${AXE} }
      const result = await window.axe.run(document, { iframes: false, resultTypes: ["violations"] });
      return result.violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map((node) => node.html.slice(0, 200)) }));
    })()`);
    for (const { id, impact, help, nodes } of violations.filter((one) => GRAVE.has(one.impact))) {
      faults.push(`  ${impact} ${id}: ${help}\n    ${new URL(frame.url()).host}: ${nodes.slice(0, 3).join("\n    ")}`);
    }
  }
  if (faults.length > 0) throw new Error(`axe on ${screen}:\n${faults.join("\n")}`);
}
