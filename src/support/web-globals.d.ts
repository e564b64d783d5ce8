/**
 * The globals that every host of the compiler has (browsers, workers, Node) but
 * that the standard library of the language does not declare. Only
 * tsconfig.core.json reads this file; elsewhere Node's own types declare them.
 */
declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: Uint8Array): string;
}

declare const performance: { now(): number };
