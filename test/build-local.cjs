/** Jest global setup: tests that start the platform run what `npm start` runs, freshly built. */
const { execFileSync } = require("node:child_process");
const path = require("node:path");

module.exports = () => {
  execFileSync(process.execPath, [path.join(__dirname, "../scripts/build.mjs"), "--local"], { stdio: "inherit" });
};
