import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const FOLDER = path.resolve(__dirname, "../../docs/adr");
const files = readdirSync(FOLDER).filter((file) => file.endsWith(".md"));

test("decision records are numbered one after another, each number once", () => {
  expect(files.map((file) => Number(file.slice(0, 4)))).toEqual(files.map((_, index) => index + 1));
});

test.each(files)("%s has its number in its title, and says what was decided and why", (file) => {
  const text = readFileSync(path.join(FOLDER, file), "utf8");
  expect(text).toMatch(new RegExp(`^# ${Number(file.slice(0, 4))}\\. \\S`));
  expect(text).toMatch(/\*\*Context\.\*\*/);
  expect(text).toMatch(/\*\*Decision/);
});
