/** Where published models and data lie: in a folder `shared` beside the project, or where GATEFOLD_SHARED says. */
import path from "node:path";

export function sharedRoot(projectRoot: string): string {
  return path.resolve(process.env["GATEFOLD_SHARED"] ?? path.join(projectRoot, "..", "shared"));
}
