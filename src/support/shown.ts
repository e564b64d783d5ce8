/** A value that nobody vouches for, as a message shows it: short, and without asking anything of it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > longest ? `${value.slice(0, longest)}...` : value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** More of a text says no more of what it is. */
const longest = 60;
