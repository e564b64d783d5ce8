/** Modules of WebAssembly and callers that mean them no good. */
import { testHostileCallers } from "./hostile-callers.js";

await testHostileCallers("wasm");
await testHostileCallers("wasm", true);
