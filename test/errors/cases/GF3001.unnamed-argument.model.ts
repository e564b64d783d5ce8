// GF3001 at layerNorm
import { layerNorm, linear, sigmoid, type Vec } from "gatefold";
export function net(x: Vec<8>, h: Vec<8>) {
  const forget = sigmoid(layerNorm(linear(x, 8, { bias: false }) + linear(h, 8, { bias: false })) + 1);
  return forget;
}
