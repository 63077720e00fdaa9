/** One project per kind of test: `npx jest --selectProjects unit contract http fault e2e`. */
const transform = {
  "^.+\\.(ts|js|mjs)$": [
    "@swc/jest",
    { jsc: { target: "es2023", parser: { syntax: "typescript" } }, module: { type: "commonjs" }, sourceMaps: "inline" },
  ],
};

const project = (displayName, extra = {}) => ({
  displayName,
  testEnvironment: "node",
  roots: [`<rootDir>/test/${displayName}`],
  testMatch: ["**/*.test.ts"],
  transform,
  // These packages are published as ES modules only; Node 20 cannot require() them.
  transformIgnorePatterns: ["/node_modules/(?!(jose|@seriousme/openapi-schema-validator)/)"],
  ...extra,
});

module.exports = {
  // Most tests wait for another process or a socket: two at a time, also on a machine with two cores.
  maxWorkers: 2,
  // For a machine that is busy with something else; no test waits for this long by itself.
  testTimeout: 30_000,
  projects: [
    project("unit"),
    project("model"),
    project("contract", { globalSetup: "<rootDir>/test/build-local.cjs" }),
    project("http", { globalSetup: "<rootDir>/test/build-local.cjs" }),
    project("fault", { globalSetup: "<rootDir>/test/build-local.cjs" }),
    project("e2e", { globalSetup: "<rootDir>/test/build-local.cjs" }),
  ],
};
