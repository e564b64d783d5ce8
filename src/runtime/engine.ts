/**
 * Compiling the WebAssembly of a module, once. `load` compiles while the caller waits, as a module of JavaScript would;
 * some browsers refuse that for larger modules on the main thread of a page, where `loadAsync` does the same without
 * blocking. Where the engine has relaxed SIMD, whose fused multiply-add is faster, a second body is used.
 */
export const engineText = `
const bytesOfText = (text) => Uint8Array.from(text.match(/../g), (digits) => parseInt(digits, 16));

/** A function with one instruction of a kind: can this engine run it? */
const understands = (bytes) => WebAssembly.validate(Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, bytes.length + 4, 1, bytes.length + 2, 0, ...bytes, 11]));
const vectorOfZeros = [65, 0, 253, 17];

const compiled = [];

/** Which body to use, and its bytes. */
function chooseBody(options) {
  if (typeof WebAssembly !== "object" || !understands(vectorOfZeros)) throw new Error("this engine has no WebAssembly with SIMD; compile the model with --target js for it");
  const relaxed = relaxedCode !== undefined && options?.relaxedSimd !== false && understands([...vectorOfZeros, ...vectorOfZeros, ...vectorOfZeros, 253, 133, 2]);
  return { index: relaxed ? 1 : 0, text: relaxed ? relaxedCode : code };
}

function compileNow(options) {
  const { index, text } = chooseBody(options);
  try {
    return (compiled[index] ??= new WebAssembly.Module(bytesOfText(text)));
  } catch (cause) {
    throw new Error("this engine does not compile so large a module at once: await loadAsync(weights) instead of load(weights)", { cause });
  }
}

async function compileLater(options) {
  const { index, text } = chooseBody(options);
  return (compiled[index] ??= await WebAssembly.compile(bytesOfText(text)));
}
`.trimStart();
