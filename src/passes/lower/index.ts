export { lowerGraph, lowerStream } from "./lower.js";
