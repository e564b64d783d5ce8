export { lowerGraph } from "./lower.js";
