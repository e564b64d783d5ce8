/** What a module with quantised weights brings along: bytes of its memory, from which the rest is prepared. */
export const embeddedMemoryText = `
function placeEmbedded(machine, text, places) {
  const characters = atob(text);
  const memory = new Uint8Array(machine.F.buffer);
  let position = 0;
  for (const [at, count] of places) for (let i = 0; i < count; i++) memory[at + i] = characters.charCodeAt(position++);
}
`.trimStart();
