/** Streams of WebAssembly, held against runs. */
import { testRandomStreams } from "../random-streams.js";

testRandomStreams("wasm");
