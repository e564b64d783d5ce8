/** From the start of a process to a peer's first result: node fresh/peer.js FOLDER PEER. */
import { readCase } from "../measure/data.js";
import { peers } from "../peers/index.js";
import { isAbsent, peerNames } from "../peers/peer.js";

const [folder = "", wanted = ""] = process.argv.slice(2);
const name = peerNames.find((each) => each === wanted);
if (name === undefined) throw new Error(`there is no peer ${wanted}`);
const contender = await peers[name](readCase(folder), folder);
if (isAbsent(contender)) throw new Error(contender.absent);
await contender.work(1);
process.exit(0);
