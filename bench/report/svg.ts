/**
 * The comparison as a drawing: a line for each case, a dot for each peer, placed by how many times as fast as it we are, on a
 * logarithmic scale. Left of the line at 1 the peer is faster.
 */
import { taskTitles } from "../cases.js";
import { peerNames } from "../peers/peer.js";
import type { CaseResult } from "./results.js";

/** Colours that people tell apart, with any kind of colour vision (Okabe & Ito, 2008). */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#8a8a8a"] as const;

const layout = { left: 210, width: 560, row: 20, top: 46, bottom: 30, least: 1 / 16, most: 256 } as const;

function place(ratio: number): number {
  const { left, width, least, most } = layout;
  const share = Math.log(Math.min(most, Math.max(least, ratio)) / least) / Math.log(most / least);
  return left + width * share;
}

function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
}

export function svgChart(cases: readonly CaseResult[]): string {
  const { left, width, row, top, bottom } = layout;
  const here = peerNames.filter((name) => cases.some(({ ratios }) => ratios[name] !== undefined));
  const height = top + row * cases.length + bottom;
  const ticks = [0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256];
  const legend = here.map((name, i) => {
    // A letter is about 7 wide, and a name has its circle before it.
    const x = 20 + here.slice(0, i).reduce((sum, each) => sum + 7 * each.length + 28, 0);
    return `<circle cx="${x}" cy="14" r="5" fill="${colourOf(name)}"/>${text(x + 8, 18, name)}`;
  });
  const grid = ticks.map((tick) => {
    const x = place(tick).toFixed(1);
    return `<line x1="${x}" y1="${top - 6}" x2="${x}" y2="${height - bottom}" stroke="${tick === 1 ? "#444444" : "#cccccc"}"/>${text(place(tick), height - bottom + 16, tick < 1 ? `1/${1 / tick}` : String(tick), 'text-anchor="middle"')}`;
  });
  const lines = cases.map(({ case: { net, hidden, task }, ratios }, i) => {
    const y = top + row * i + row / 2;
    const dots = here.flatMap((name) => {
      const ratio = ratios[name];
      return ratio === undefined ? [] : [`<circle cx="${place(ratio).toFixed(1)}" cy="${y}" r="5" fill="${colourOf(name)}" fill-opacity="0.85"/>`];
    });
    return `${text(left - 12, y + 4, `${net} H=${hidden}, ${taskTitles[task]}`, 'text-anchor="end"')}${dots.join("")}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 40} ${height}" font-family="sans-serif" font-size="12" fill="#222222">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<title>How many times as fast as its peers Gatefold is, one thread each</title>`,
    ...legend,
    ...grid,
    ...lines,
    "</svg>",
    "",
  ].join("\n");
}

function colourOf(name: (typeof peerNames)[number]): string {
  return colours[peerNames.indexOf(name)] ?? "#000000";
}
