/** Gives the tests of GPU modules a display, where the machine has one to give. */
import { startDisplay } from "../../scripts/gpu/display.js";

export default async function setup(): Promise<() => void> {
  const display = await startDisplay();
  return () => display?.stop();
}
