/**
 * The members of a batch that run side by side, by a program of its own: in each array of it every member has a part, as long
 * as the longest member's. Members of like lengths go together, so that little is computed beyond anyone's end.
 */
export const membersText = `
/** Members that run together: at most 32, who gave the same inputs, and of whom nobody is less than half as long as the first. */
function groupMembers(members) {
  const all = members.map((member) => ({ member, size: member.L.reduce((sum, length) => sum + length, 0), given: member.read.map((each) => (each === undefined ? 0 : 1)).join("") }));
  all.sort((a, b) => (a.given < b.given ? -1 : a.given > b.given ? 1 : b.size - a.size));
  const groups = [];
  let first;
  for (const { member, size, given } of all) {
    if (first !== undefined && first.group.length < 32 && first.given === given && 2 * size >= first.size) {
      first.group.push(member);
      continue;
    }
    first = { size, given, group: [member] };
    groups.push(first.group);
  }
  return groups;
}

/** The lengths of a run of these members: the longest ones. */
function lengthsTogether(batched, definition, group) {
  const longest = definition.lengths.map((_, i) => Math.max(...group.map(({ L }) => L[i])));
  return batched.lengths.map((name) => (name === batched.members ? group.length : longest[definition.lengths.indexOf(name)]));
}

/** Copies \`count\` positions of each axis from one array to another, each with sizes of its own. */
function copyBlock(target, to, targetSizes, source, from, sourceSizes, count, axis = 0) {
  let inner = axis + 1;
  while (inner < count.length && count[inner] === targetSizes[inner] && count[inner] === sourceSizes[inner]) inner++;
  const product = (sizes) => sizes.slice(axis + 1).reduce((all, size) => all * size, 1);
  if (inner >= count.length) {
    const elements = (count[axis] ?? 1) * product(count);
    target.set(source.subarray(from, from + elements), to);
    return;
  }
  const [targetStep, sourceStep] = [product(targetSizes), product(sourceSizes)];
  for (let i = 0; i < count[axis]; i++) copyBlock(target, to + i * targetStep, targetSizes, source, from + i * sourceStep, sourceSizes, count, axis + 1);
}

/** The sizes of one member's part where all are as long as the longest, and of what a member itself has. */
function partSizes(sizes, L) {
  return sizes.slice(1).map((size) => (typeof size === "number" ? size : size(L)));
}

function memberSizes(sizes, definition, { L }) {
  return sizes.map((size) => (typeof size === "number" ? size : typeof size === "string" ? L[definition.lengths.indexOf(size)] : size(L)));
}

/** Puts what the members gave for an input, or their lengths where it is one of these, beside each other. False where they left it out. */
function gatherMembers(batched, definition, group, L, i, memory, start) {
  const ends = batched.ends.indexOf(i);
  if (ends >= 0) {
    group.forEach((member, m) => { memory[start + m] = member.L[definition.lengths.indexOf(batched.endsOf[ends])]; });
    return true;
  }
  if (group[0].read[i] === undefined) return false;
  const sizes = partSizes(batched.inputs[i].sizes, L);
  const step = sizes.reduce((all, size) => all * size, 1);
  group.forEach((member, m) => {
    const own = memberSizes(definition.inputs[i].sizes, definition, member);
    const at = start + m * step;
    // What is beyond a member's end is read, though nobody looks at what comes of it.
    if (own.some((size, axis) => size !== sizes[axis])) memory.fill(0, at, at + step);
    if (own.every((size) => size > 0)) copyBlock(memory, at, sizes, member.read[i], 0, own, own);
  });
  return true;
}

/** The part of an output that each member has. */
function memberParts(batched, definition, group, L, i, memory, start) {
  const sizes = partSizes(batched.outputs[i].sizes, L);
  const product = (all, size) => all * size;
  const step = sizes.reduce(product, 1);
  return group.map((member, m) => {
    const own = memberSizes(definition.outputs[i].sizes, definition, member);
    const at = start + m * step;
    const count = own.reduce(product, 1);
    if (own.every((size, axis) => axis === 0 || size === sizes[axis])) return new memory.constructor(memory.subarray(at, at + count));
    const result = new memory.constructor(count);
    if (count > 0) copyBlock(result, 0, own, memory, at, sizes, own);
    return result;
  });
}
`.trimStart();
