/** "Did you mean", for names of models. */
export { nearest } from "../support/nearest.js";
