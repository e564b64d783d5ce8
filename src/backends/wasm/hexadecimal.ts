/**
 * Bytes as text that stands in a string literal, two digits each. Base64 would be shorter as it stands; but compressed, as
 * modules travel, it is half as long again, since equal bytes are no longer equal digits.
 */
export function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
