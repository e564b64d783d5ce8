/** The helpers of the runtime that a module needs. */
import { helpers, type HelperName } from "../runtime/helpers.js";

/** The text of the helpers and of what they need, each once, in a fixed order. */
export function helperText(used: Iterable<HelperName>): string {
  const all = new Set<HelperName>();
  const add = (name: HelperName): void => {
    for (const needed of helpers[name].needs) add(needed);
    all.add(name);
  };
  for (const name of used) add(name);
  const order = Object.keys(helpers) as HelperName[];
  return order.filter((name) => all.has(name)).map((name) => helpers[name].text).join("\n");
}
