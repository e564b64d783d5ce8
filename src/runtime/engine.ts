/**
 * Where a module has its WebAssembly, and compiling it, once. `load` compiles while the caller waits, as a module of JavaScript would;
 * some browsers refuse that for larger modules on the main thread of a page, where `loadAsync` does the same without
 * blocking. Where the engine has relaxed SIMD, whose fused multiply-add is faster, a second body is used.
 */
export const engineText = `
/** A function that makes a vector, and more of it with these instructions: can this engine run it? */
const understands = (more) => WebAssembly.validate(Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, more.length + 8, 1, more.length + 6, 0, 65, 0, 253, 17, ...more, 11]));

const compiled = {};

/** Which body to use. */
function chooseBody(options) {
  if (typeof WebAssembly !== "object" || !understands([])) throw new Error("this engine has no WebAssembly with SIMD; compile the model with --target js for it");
  //: relaxed
  if (options?.relaxedSimd !== false && understands([65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2])) return relaxedCode;
  //: end
  return code;
}

function compileNow(options) {
  const body = chooseBody(options);
  if (compiled[body] !== undefined) return compiled[body];
  const bytes = bodyNow(body);
  try {
    return (compiled[body] = new WebAssembly.Module(bytes));
  } catch (cause) {
    // What is too large for a main thread is a matter of ranges; what else the engine has against the code, it says itself.
    throw cause instanceof RangeError ? new Error("this engine does not compile so large a module at once: await loadAsync(weights) instead of load(weights)", { cause }) : cause;
  }
}

async function compileLater(options) {
  const body = chooseBody(options);
  return (compiled[body] ??= await WebAssembly.compile(await bodyLater(body)));
}
`.trimStart();

/** The code stands in the module, as text. */
export const embeddedBodyText = `
const bodyNow = (text) => Uint8Array.from(text.match(/../g), (digits) => parseInt(digits, 16));
const bodyLater = bodyNow;
`.trimStart();

/**
 * The code is a file beside the module. Pages, workers and Deno fetch it; Node does not fetch files, and reads it. Modules that
 * were asked for by a name would trouble bundlers, so Node is asked for its own.
 */
export const bodyFileText = `
const nodeFiles = (url) => (url.protocol === "file:" ? globalThis.process?.getBuiltinModule?.("node:fs") : undefined);

function bodyNow(url) {
  const files = nodeFiles(url);
  if (files === undefined) throw new Error("the code of this module is a file that has to be fetched: await loadAsync(weights) instead of load(weights)");
  return files.readFileSync(url);
}

async function bodyLater(url) {
  const files = nodeFiles(url);
  if (files !== undefined) return files.promises.readFile(url);
  const answer = await fetch(url);
  if (!answer.ok) throw new Error("the code of this module is not there: " + url + " answered " + answer.status);
  return answer.arrayBuffer();
}
`.trimStart();
