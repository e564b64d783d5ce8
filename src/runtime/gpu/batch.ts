/** The members of a batch side by side (src/runtime/members.ts) on a device: each kernel is dispatched once for all of them. */
export const gpuBatchText = `
/** Whether the textures of members together are not larger than the device has them. */
function fitTogether(machine, batched, definition, group) {
  machine.begin(lengthsTogether(batched, definition, group));
  return machine.fits();
}

/** Runs members together and gives each its outputs. */
function* runTogether(machine, batched, definition, group) {
  const L = lengthsTogether(batched, definition, group);
  machine.begin(L);
  for (const [i, input] of batched.inputs.entries()) {
    const data = new Float32Array(group.length * partSizes(input.sizes, L).reduce((all, size) => all * size, 1));
    if (gatherMembers(batched, definition, group, L, i, data, 0)) yield* machine.feed(input.buffer, exactNumbers(input, data));
    else yield* machine.run(input.fallback);
  }
  yield* machine.run(batched.body);
  const values = (yield* machine.read(batched.outputs.map((output) => output.buffer))).map((each, i) => resultOf(batched.outputs[i], each));
  const parts = batched.outputs.map((_, i) => memberParts(batched, definition, group, L, i, values[i], 0));
  return group.map((_, m) => Object.fromEntries(batched.outputs.map(({ name }, i) => [name, parts[i][m]])));
}
`.trimStart();
