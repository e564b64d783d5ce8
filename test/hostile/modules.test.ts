/** Modules of every target and callers that mean them no good. */
import { testHostileCallers } from "./hostile-callers.js";

await testHostileCallers("js");
await testHostileCallers("js", true);
