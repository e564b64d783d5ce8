import * as sample from "./sample.js";
import { exercise } from "./exercise.js";

postMessage(exercise(sample));
