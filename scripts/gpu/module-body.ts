/** A generated GPU module as the body of a function of GPU, Input and input: its one import is handed over. */
export function moduleBody(text: string): string {
  return `"use strict";\n${text.replace(/^import .*$/m, "").replace(/^export (const|function|async function)/gm, "$1")}\nreturn { load, parameters, stamp };`;
}
