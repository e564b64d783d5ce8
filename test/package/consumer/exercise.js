/**
 * Uses a module that was made of sample.model.ts in every way that there is, and returns all numbers that came out. It is
 * the same file in Node, in a browser, in workers and in other engines, and uses nothing but the language.
 */
export function exercise({ load, parameters, stamp }) {
  const names = Object.keys(parameters);
  const arrays = Object.fromEntries(names.map((name, index) => [name, weights(parameters[name], index)]));
  const { tagger, reader } = load(arrays);
  const frames = (count) => Array.from({ length: count }, (_, t) => [0, 1, 2, 3].map((i) => ((7 * t + 3 * i) % 5) / 4 - 0.5));
  const text = [3, 1, 4, 1, 5, 0, 2, 6];

  const stream = reader.stream({}, { seed: 5 });
  const steps = text.map((id) => {
    const { logits, drawn, noise } = stream.step({ text: id });
    return [...logits, ...drawn, ...noise];
  });
  const refused = [() => load({}), () => tagger.run({ frames: [[1, 2, 3]] })].map((call) => {
    try {
      call();
      return "nothing was thrown";
    } catch (error) {
      return error.message;
    }
  });
  return {
    version: stamp.version,
    tagger: [...tagger.run({ frames: frames(9) }).scores],
    batch: tagger.run([1, 5, 3].map((count) => ({ frames: frames(count) }))).map(({ scores }) => [...scores]),
    reader: plain(reader.run({ text }, { seed: 5 })),
    steps,
    ofFile: [...load(safetensors(arrays, parameters)).tagger.run({ frames: frames(2) }).scores],
    refused,
  };
}

function plain(outputs) {
  return Object.fromEntries(Object.entries(outputs).map(([name, array]) => [name, [...array]]));
}

/** Numbers between -0.5 and 0.5, the same in every engine. */
function weights(shape, index) {
  const size = shape.reduce((product, n) => product * n, 1);
  return Float32Array.from({ length: size }, (_, i) => ((i * 37 + index * 11) % 101) / 100 - 0.5);
}

/** The bytes of a safetensors file. */
function safetensors(arrays, shapes) {
  let end = 0;
  const header = {};
  for (const [name, array] of Object.entries(arrays)) header[name] = { dtype: "F32", shape: shapes[name], data_offsets: [end, (end += array.byteLength)] };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let at = 8 + text.length;
  for (const array of Object.values(arrays)) {
    bytes.set(new Uint8Array(array.buffer), at);
    at += array.byteLength;
  }
  return bytes;
}
