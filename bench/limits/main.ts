/** Prints the limits of this machine as a line of JSON. */
import { measureLimits } from "./limits.js";

console.log(JSON.stringify(await measureLimits()));
