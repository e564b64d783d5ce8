/** Streams of JavaScript, held against runs. */
import { testRandomStreams } from "../random-streams.js";

testRandomStreams("js");
