import { find, graph, whenItIsThere } from "./azure-cli.mjs";

/**
 * Makes the registration as described, and its service principal; changes only what differs, and takes nothing away that
 * somebody else added. Found by its unique name, so that a run that ended half-way or ran twice makes no second one.
 */
export async function applyRegistration({ uniqueName, first, steps }, say) {
  const address = `applications(uniqueName='${uniqueName}')`;
  let found = find(address);
  if (!found) {
    graph("patch", address, first, ["--headers", "Prefer=create-if-missing", "Content-Type=application/json"]);
    found = await whenItIsThere(() => graph("get", address));
    say(`${first.displayName}: registered, application id ${found.appId}`);
  }
  for (const step of [() => first, ...steps]) {
    const changes = differences(found, step(found));
    if (changes.length === 0) continue;
    await whenItIsThere(() => graph("patch", `applications/${found.id}`, Object.fromEntries(changes)));
    found = graph("get", address);
    say(`${first.displayName}: set ${changes.map(([name]) => name).join(", ")}`);
  }
  if (!find(`servicePrincipals(appId='${found.appId}')`)) {
    await whenItIsThere(() => graph("post", "servicePrincipals", { appId: found.appId }));
    say(`${first.displayName}: service principal made`);
  }
  return { appId: found.appId, objectId: found.id };
}

/** The top-level properties that have to be written, with what they become. */
function differences(found, wanted) {
  return Object.entries(wanted)
    .map(([name, value]) => [name, merge(found[name], value)])
    .filter(([name, value]) => !covers(found[name], value));
}

/** What is wanted over what is there: lists keep the entries of others, entries with the same name are ours to set. */
function merge(there, wanted) {
  if (Array.isArray(wanted)) return mergeLists(Array.isArray(there) ? there : [], wanted);
  if (!isObject(wanted)) return wanted;
  const before = isObject(there) ? there : {};
  // Only what is wanted is sent: Graph leaves the rest of a nested object alone.
  return Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, merge(before[name], value)]));
}

function mergeLists(there, wanted) {
  const nameOf = (entry) => (isObject(entry) ? (entry.value ?? entry.appId ?? entry.resourceAppId ?? entry.id) : entry);
  const names = wanted.map(nameOf);
  const ours = wanted.map((entry) => {
    const before = there.find((other) => nameOf(other) === nameOf(entry));
    if (!isObject(entry) || before === undefined) return entry;
    // A role or scope made by hand before keeps its id, and with it its holders.
    return { ...before, ...merge(before, entry), ...(entry.value !== undefined ? { id: before.id } : {}) };
  });
  return [...there.filter((entry) => !names.includes(nameOf(entry))), ...ours];
}

/** Whether everything in `wanted` is so in `there` already, whatever else there is. */
function covers(there, wanted) {
  if (Array.isArray(wanted))
    return (
      Array.isArray(there) &&
      there.length === wanted.length &&
      wanted.every((entry) => there.some((other) => covers(other, entry)))
    );
  if (!isObject(wanted)) return there === wanted;
  return isObject(there) && Object.entries(wanted).every(([name, value]) => covers(there[name], value));
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
