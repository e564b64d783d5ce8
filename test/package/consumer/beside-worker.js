import { exerciseBeside } from "./beside.js";

exerciseBeside().then((result) => postMessage(result));
