// GF5004 at (nothing)
import { linear, type Tensor } from "gatefold";
export function layer(x: Tensor, size: number) {
  return linear(x, size);
}
