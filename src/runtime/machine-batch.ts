/**
 * A batch of members side by side, by a program of its own: in each array of it every member has a part, as long as the
 * longest member's. Members of like lengths go together, so that little is computed beyond anyone's end.
 */
export const machineBatchText = `
/** Members that run together: at most 32, who gave the same inputs, and of whom nobody is less than half as long as the first. */
function groupMembers(members) {
  const size = ({ L }) => L.reduce((sum, length) => sum + length, 0);
  const given = ({ read }) => read.map((each) => (each === undefined ? 0 : 1)).join("");
  const sorted = members.slice().sort((a, b) => (given(a) < given(b) ? -1 : given(a) > given(b) ? 1 : size(b) - size(a)));
  const groups = [];
  for (const member of sorted) {
    const group = groups[groups.length - 1];
    if (group !== undefined && group.length < 32 && given(group[0]) === given(member) && 2 * size(member) >= size(group[0])) group.push(member);
    else groups.push([member]);
  }
  return groups;
}

/** Copies \`count\` positions of each axis from one array to another, each with sizes of its own. */
function copyPart(target, to, targetSizes, source, from, sourceSizes, count, axis = 0) {
  let inner = axis + 1;
  while (inner < count.length && count[inner] === targetSizes[inner] && count[inner] === sourceSizes[inner]) inner++;
  const product = (sizes) => sizes.slice(axis + 1).reduce((all, size) => all * size, 1);
  if (inner >= count.length) {
    const elements = (count[axis] ?? 1) * product(count);
    target.set(source.subarray(from, from + elements), to);
    return;
  }
  const [targetStep, sourceStep] = [product(targetSizes), product(sourceSizes)];
  for (let i = 0; i < count[axis]; i++) copyPart(target, to + i * targetStep, targetSizes, source, from + i * sourceStep, sourceSizes, count, axis + 1);
}

/** The lengths of a run of these members: the longest ones. */
function lengthsTogether({ definition: batched }, definition, group) {
  const longest = definition.lengths.map((_, i) => Math.max(...group.map(({ L }) => L[i])));
  return batched.lengths.map((name) => (name === batched.members ? group.length : longest[definition.lengths.indexOf(name)]));
}

/** More than 256 MB are not asked for to run faster. */
function fitTogether(program, definition, group) {
  return program.plan(lengthsTogether(program, definition, group)).size <= 67108864;
}

/** Runs members together and gives each its outputs. */
function runTogether(program, definition, group) {
  const { machine, definition: batched } = program;
  const L = lengthsTogether(program, definition, group);
  //: stream heap
  if (program.plan(L).size > 0) machine.takeHeap(undefined);
  //: end
  program.begin(L, 0, 0);
  const sizesOf = (sizes, lengths) => sizes.map((size) => (typeof size === "number" ? size : typeof size === "string" ? lengths[definition.lengths.indexOf(size)] : size(lengths)));
  const whole = (sizes) => sizes.slice(1).map((size) => (typeof size === "number" ? size : size(L)));
  const elements = (sizes) => sizes.reduce((all, size) => all * size, 1);
  batched.inputs.forEach((input, i) => {
    const memory = input.element === "float32" ? machine.F : machine.I;
    const start = program.where(input);
    const ends = batched.ends.indexOf(i);
    if (ends >= 0) {
      group.forEach((member, m) => { memory[start + m] = member.L[definition.lengths.indexOf(batched.endsOf[ends])]; });
      return;
    }
    if (group[0].read[i] === undefined) {
      machine.exports[input.fallback]();
      return;
    }
    const sizes = whole(input.sizes);
    const step = elements(sizes);
    // What is beyond a member's end is read, though nobody looks at what comes of it.
    memory.fill(0, start, start + group.length * step);
    group.forEach((member, m) => {
      const own = sizesOf(definition.inputs[i].sizes, member.L);
      if (elements(own) > 0) copyPart(memory, start + m * step, sizes, member.read[i], 0, own, own);
    });
  });
  machine.exports[batched.run]();
  return group.map((member, m) => Object.fromEntries(batched.outputs.map((output, i) => {
    const memory = output.element === "float32" ? machine.F : machine.I;
    const sizes = whole(output.sizes);
    const own = sizesOf(definition.outputs[i].sizes, member.L);
    const result = new memory.constructor(elements(own));
    if (result.length > 0) copyPart(result, 0, own, memory, program.where(output) + m * elements(sizes), sizes, own);
    return [output.name, result];
  })));
}
`.trimStart();
