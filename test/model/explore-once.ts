import { explore } from "./explore";
import { Scope } from "./scope";

/** Explores the scope that is given as JSON, and prints what it found as JSON: for bundles with a rule taken out. */
process.stdout.write(JSON.stringify(explore(Scope.parse(JSON.parse(process.argv[2] ?? "{}")))));
