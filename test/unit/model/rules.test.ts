import { readFileSync } from "node:fs";
import path from "node:path";
import { patched, REMOVALS, RULES } from "../../model/rules";

const ROOT = path.resolve(__dirname, "../../..");

test.each(RULES)(
  "the rule %s stands where the explorer takes it out; reworded, it is to be changed in both",
  (rule) => {
    for (const patch of REMOVALS[rule].patches) {
      const text = readFileSync(path.join(ROOT, patch.file), "utf8");
      expect(patched(text, patch)).not.toBe(text);
    }
  },
);

test("a rule that stands nowhere, or twice, is not taken out in silence", () => {
  const patch = { file: "some.ts", find: "a rule", replace: "" };
  expect(() => patched("nothing", patch)).toThrow("some.ts has 0 places like this one, not one: a rule");
  expect(() => patched("a rule and a rule", patch)).toThrow("2 places");
});
