/** Base64 as RFC 4648 has it, written by hand: the core knows neither Node's buffers nor a browser's btoa, which wants strings. */

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Bytes whose text is put together at once. A multiple of 3, so that no padding stands in between. */
const piece = 3 * 4096;

export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += piece) text += piecewise(bytes.subarray(start, start + piece));
  return text;
}

function piecewise(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += alphabet.charAt(bits >> 18) + alphabet.charAt((bits >> 12) & 63);
    text += b === undefined ? "=" : alphabet.charAt((bits >> 6) & 63);
    text += c === undefined ? "=" : alphabet.charAt(bits & 63);
  }
  return text;
}
