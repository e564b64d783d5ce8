/** Everything that the rest of the project needs of the safetensors format. */
export {
  type Dtype,
  dtypeBits,
  type SafetensorsFile,
  safetensorsCodes,
  type SafetensorsTensor,
} from "./safetensors-format.js";
export { readSafetensors, type ReadSafetensorsOptions } from "./safetensors-read.js";
export { tensorAsFloat32 } from "./safetensors-values.js";
export { type WritableTensor, writeSafetensors } from "./safetensors-write.js";
