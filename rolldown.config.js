import { readFileSync } from "node:fs";

/** zod's licence asks to go where its code goes. */
const licence = readFileSync(new URL("node_modules/zod/LICENSE", import.meta.url), "utf8").trim();

/**
 * What the engine loads is one file, since a process that loads a hundred modules takes twice as long. It lies beside
 * `runtime/`, which it reads. Of the dependencies, zod is in it, without its messages in sixty languages: it was over half of
 * what there was to load. SSH stays a file of its own, for those runs that connect.
 */
export default {
  input: { provider: "./dist/provider/index.js" },
  external: /^(?!zod$)[^./]/,
  platform: "node",
  output: {
    dir: "dist/provider/host",
    entryFileNames: "[name].js",
    chunkFileNames: "provider-[name].js",
    banner: ({ name }) => (name === "provider" ? `/*!\nWith zod:\n\n${licence}\n*/` : ""),
  },
};
