// Steps that build on each other, with their times; each passed step is written into the run's ledger.
import { appendFileSync } from "node:fs";

export class Story {
  #steps = new Map();
  #passed = new Set();

  /** `needs` are the steps whose state this one stands on. */
  step(name, needs, run) {
    this.#steps.set(name, { needs, run });
  }

  get names() {
    return [...this.#steps.keys()];
  }

  /**
   * Runs everything, or only some steps and what they need. `after` judges each step once more before it counts.
   * The first failure ends the run, unless `failed` clears up after it. Then only the steps in `lasting` still stand;
   * what stands on others is not tried. Answers with the names of what did not pass.
   */
  async run({ only = null, engine, after, failed = null, lasting = [] }) {
    const unknown = only?.find((name) => !this.#steps.has(name));
    if (unknown) throw new Error(`there is no step ${unknown}; the steps are ${this.names.join(", ")}`);
    const wanted = only ? this.#with(only) : this.names;
    const lost = [];
    for (const [number, name] of wanted.entries()) {
      const started = performance.now();
      process.stdout.write(`  [${number + 1}/${wanted.length}] ${name} … `);
      const missing = this.#steps.get(name).needs.find((need) => !this.#passed.has(need));
      if (missing && lost.length > 0) {
        process.stdout.write(`not tried: it stands on ${missing}\n`);
        lost.push(name);
        continue;
      }
      try {
        if (missing) throw new Error(`it stands on ${missing}, which has not passed: steps are listed in the order they run`);
        await this.#steps.get(name).run();
        await after(name);
      } catch (error) {
        process.stdout.write(`failed after ${seconds(started)}\n`);
        const told = new Error(`step ${name}: ${error.message}`, { cause: error });
        if (!failed) throw told;
        console.error(error.stack);
        lost.push(name);
        await failed(name);
        this.#passed = new Set(lasting.filter((one) => this.#passed.has(one)));
        continue;
      }
      this.#passed.add(name);
      process.stdout.write(`${seconds(started)}\n`);
      if (process.env.SEAWAY_TEST_LEDGER) appendFileSync(process.env.SEAWAY_TEST_LEDGER, `${engine} story::${name}\n`);
    }
    return lost;
  }

  #with(names) {
    const needed = new Set();
    const take = (one) => {
      if (needed.has(one)) return;
      needed.add(one);
      this.#steps.get(one).needs.forEach(take);
    };
    names.forEach(take);
    return this.names.filter((one) => needed.has(one));
  }
}

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
