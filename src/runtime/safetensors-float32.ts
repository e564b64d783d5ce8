/**
 * Reading safetensors files that hold float32, as the compiler writes them: a tenth of the reader for all of them. It reads
 * nothing outside of the file, and only what the module needs; it does not look for what else a file may have wrong.
 */
export const safetensorsFloat32Text = `
function readSafetensors(bytes, expected) {
  const found = new Map();
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const start = 8 + Number(view.getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + 8, start - 8)));
    for (const [name, { dtype, shape, data_offsets: [begin, end] = [] }] of Object.entries(header)) {
      if (name === "__metadata__") continue;
      const fault = dtype === "F32" ? undefined : "has the element type " + dtype + "; this module reads F32";
      const data = new Float32Array(fault === undefined && Object.hasOwn(expected, name) ? Math.min(end - begin, bytes.length) / 4 : 0);
      for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(start + begin + 4 * i, true);
      found.set(name, { data, shape: Array.from(shape), fault });
    }
  } catch (cause) {
    throw new Error("this is no safetensors file", { cause });
  }
  return found;
}
`.trimStart();
