/**
 * `node load-app.cjs <folder>`: loads a Functions app as the worker does, without any host around it, and prints how many
 * functions it registered and the milliseconds from the start of this process until then.
 */
const Module = require("node:module");
const path = require("node:path");

let functions = 0;
const core = {
  version: "3.10.0",
  hostVersion: "4.1000.0",
  Disposable: class {
    dispose() {
      // Nothing here is ever taken back.
    }
  },
  setProgrammingModel() {
    // Nothing is invoked, so no model is needed.
  },
  registerHook: () => new core.Disposable(),
  registerFunction: () => {
    functions++;
    return new core.Disposable();
  },
  log() {
    // What the library says while loading is of no interest.
  },
};
const pass = Module.prototype.require;
Module.prototype.require = function (id) {
  return id === "@azure/functions-core" ? core : Reflect.apply(pass, this, [id]);
};

const folder = path.resolve(process.argv[2]);
require(path.join(folder, require(path.join(folder, "package.json")).main));
process.stdout.write(JSON.stringify({ functions, ms: performance.now() }));
process.exit(0);
