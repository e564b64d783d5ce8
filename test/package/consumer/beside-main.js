import { exerciseBeside } from "./beside.js";

console.log(JSON.stringify(await exerciseBeside()));
