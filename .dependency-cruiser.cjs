/**
 * The arrows between the rooms (see CONTRIBUTING.md): what may import what. `inner` is a room inside that has arrows of its
 * own, and that the rest does not import.
 */
const rooms = (from, allowed, inner = "-") => ({
  name: `${from.replaceAll("/", "-")}-arrows`,
  severity: "error",
  from: { path: `^${from}/`, pathNot: `^${inner}/` },
  to: {
    path: "^(provider|sdk|cli|test|examples)/",
    pathNot: `^(${[from, ...allowed].join("|")})/(?!${inner.split("/").at(-1)}/)`,
  },
});

module.exports = {
  forbidden: [
    rooms("provider/model", ["provider/plan"]),
    rooms("provider/plan", []),
    rooms("provider/resources", ["provider/model", "provider/plan"]),
    rooms("provider/backends", ["provider/model", "provider/plan"]),
    rooms("provider/doctor", ["provider/model", "provider/plan"]),
    rooms("provider/adopt", [
      "provider/doctor",
      "provider/resources",
      "provider/lifecycle",
      "provider/plan",
      "provider/model",
    ]),
    rooms("provider/review", ["provider/lifecycle", "provider/plan", "provider/model"]),
    rooms("provider/host", ["provider/plan", "provider/model"]),
    rooms("provider/lifecycle", [
      "provider/resources",
      "provider/backends",
      "provider/plan",
      "provider/host",
      "provider/model",
    ]),
    rooms("sdk", ["provider/model"], "sdk/testing"),
    rooms("sdk/testing", ["provider"]),
    rooms("cli", ["provider"]),
    {
      name: "what-is-imported-is-declared",
      comment:
        "A package that only happens to be installed is missing where another installer lays things out otherwise.",
      severity: "error",
      from: { path: "^(provider|sdk|cli)/" },
      // gRPC is the SDK's own, and taken from beside it on purpose.
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"], pathNot: "@grpc/grpc-js" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "pure-rooms-do-no-io",
      comment: "Everything left of the host is pure; only provider/host does I/O.",
      severity: "error",
      from: { path: "^provider/(model|plan|resources|backends|doctor|adopt|review)/" },
      to: { path: "^(node:)?(fs|net|child_process|http|https|dgram|tls)(/|$)" },
    },
  ],
  options: { tsPreCompilationDeps: true, doNotFollow: { path: "node_modules" }, exclude: { path: "^dist/" } },
};
