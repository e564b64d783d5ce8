/** The members of a batch side by side (members.ts) in the memory of WebAssembly. */
export const machineBatchText = `
/** More than 256 MB are not asked for to run faster. */
function fitTogether(program, definition, group) {
  return program.plan(lengthsTogether(program.definition, definition, group)).size <= 67108864;
}

/** Runs members together and gives each its outputs. */
function runTogether(program, definition, group) {
  const { machine, definition: batched } = program;
  const L = lengthsTogether(batched, definition, group);
  //: stream heap
  if (program.plan(L).size > 0) machine.takeHeap(undefined);
  //: end
  program.begin({ L, seed0: 0, seed1: 0 });
  batched.inputs.forEach((input, i) => {
    if (!gatherMembers(batched, definition, group, L, i, memoryOf(machine, input), program.where(input))) machine.exports[input.fallback]();
  });
  machine.exports[batched.run]();
  const parts = batched.outputs.map((output, i) => memberParts(batched, definition, group, L, i, memoryOf(machine, output), program.where(output)));
  return group.map((_, m) => Object.fromEntries(batched.outputs.map(({ name }, i) => [name, parts[i][m]])));
}
`.trimStart();
