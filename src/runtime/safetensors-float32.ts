/**
 * Reading safetensors files that hold float32, as the compiler writes them: a tenth of the reader for all of them. It reads
 * nothing outside of the file, and only what the module needs; it does not look for what else a file may have wrong.
 */
export const safetensorsFloat32Text = `
function readSafetensors(bytes, expected) {
  const found = new Map();
  try {
    // Copies, which begin where numbers may, and hold nothing that is not of the file.
    const part = (begin, end) => new Uint8Array(bytes.subarray(begin, end)).buffer;
    const start = 8 + Number(new DataView(part(0, 8)).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(part(8, start)));
    for (const [name, { dtype, shape, data_offsets: [begin, end] }] of Object.entries(header)) {
      if (name === "__metadata__") continue;
      if (!Array.isArray(shape) || !Number.isInteger(begin) || !(begin >= 0 && begin <= end)) throw name;
      const fault = dtype === "F32" ? undefined : "has the element type " + dtype + "; this module reads F32";
      const data = new Float32Array(fault === undefined && Object.hasOwn(expected, name) ? part(start + begin, start + end) : 0);
      found.set(name, { data, shape, fault });
    }
  } catch (cause) {
    throw new Error("this is no safetensors file", { cause });
  }
  return found;
}
`.trimStart();
