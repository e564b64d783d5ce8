/**
 * The functions that generated modules contain, as text: a module stands alone, and the text must not depend on what a
 * minifier made of this package, so `Function.toString()` will not do. Each is plain JavaScript; the tests run them.
 */
import { drawText } from "./draw.js";
import { insertTopText } from "./top.js";
import { clampedExpText, erfText, expText } from "./special.js";

export type HelperName = "clampedExp" | "exp" | "erf" | "insertTop" | "draw";

export interface Helper {
  /** Helpers that this one calls. */
  readonly needs: readonly HelperName[];
  /** The identifiers that it declares at the top level of the module. */
  readonly declares: readonly string[];
  readonly text: string;
}

export const helpers: { readonly [H in HelperName]: Helper } = {
  clampedExp: { needs: [], declares: ["expRoot", "expPower", "clampedExp"], text: clampedExpText },
  exp: { needs: ["clampedExp"], declares: ["exp"], text: expText },
  erf: { needs: [], declares: ["erf"], text: erfText },
  insertTop: { needs: [], declares: ["insertTop"], text: insertTopText },
  draw: { needs: [], declares: ["drawX", "drawY", "threefry", "drawBegin", "drawMix", "drawEnd"], text: drawText },
};

/** Every identifier that the runtime declares at the top level of a module, or uses as a parameter there. */
export const runtimeNames: readonly string[] = [
  ...Object.values(helpers).flatMap(({ declares }) => declares),
  ..."placeSlots firstFit shapeText isList isNumbers flatten readInputs quote labelOf ownOf eachExample readExample readStart readState numbersOf Model Memory describe checkSeed sizeOf Stream feedReals feedIntegers feedInteger checkStep checkRecord".split(" "),
  ..."feedFault readWeights nearestName floatReaders unusedWeights unpackWeights embeddedWeights checkFinite placeEmbedded embeddedMemory PaddedModel longest copyPart namedArrays readSafetensors scaleSlots elementBits checkHeader weightMemory float64 float32 int32 weightArrays activeWeights WeightSet prepare load".split(" "),
  ..."stamp parameters arrays set F I o L t seed0 seed1 inputs weights".split(" "),
];
