import * as sample from "./sample.js";
import { exercise } from "./exercise.js";

console.log(JSON.stringify(exercise(sample)));
