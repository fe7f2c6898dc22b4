/**
 * What the engine loads is one file, since a process that loads a hundred modules of ours takes twice as long. It lies beside
 * `runtime/`, which it reads. Dependencies stay what they are, and SSH stays a file of its own, for those runs that connect.
 */
export default {
  input: { provider: "./dist/provider/index.js" },
  external: /^[^./]/,
  platform: "node",
  output: { dir: "dist/provider/host", entryFileNames: "[name].js", chunkFileNames: "provider-[name].js" },
};
