/** From the start of a process to our first result: node fresh/gatefold.js FOLDER TARGET. */
import { readCase } from "../measure/data.js";
import { enterGatefold } from "../peers/gatefold.js";

const [folder = "", target = ""] = process.argv.slice(2);
const data = readCase(folder);
const contender = await enterGatefold(data, data.modules[target] ?? "");
await contender.work(1);
