/** The version of the package; a test holds it against package.json, which the core cannot read. */
export const version = "0.1.0";
