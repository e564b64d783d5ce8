import type { Suite } from "./conformance.js";
export const pytorch: Suite = { option: "--pytorch", folder: "conformance/pytorch", discover: () => [] };
