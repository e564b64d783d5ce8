import type { Maker } from "./pytorch-case.js";
export const layerTrials: Readonly<Record<string, Maker>> = {};
