/**
 * The part of curl that the commands of the README use, for machines without one: `-s -S -i -L --fail-with-body -X -H -d -b
 * -c -D -o -w`. Anything else is refused, so that the README cannot come to rely on what is not here.
 */
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require("node:fs");

const REDIRECTS = [301, 302, 303];
const MAX_REDIRECTS = 50;

/** @param {string[]} words */
function readArguments(words) {
  const options = { headers: new Headers(), data: [], follow: false, failWithBody: false };
  const rest = [...words];
  const value = (flag) => {
    const next = rest.shift();
    if (next === undefined) throw new Error(`option ${flag}: requires parameter`);
    return next;
  };
  const flags = {
    "-s": () => undefined,
    "-S": () => undefined,
    "-i": () => (options.withHeaders = true),
    "-L": () => (options.follow = true),
    "--fail-with-body": () => (options.failWithBody = true),
    "-X": () => (options.method = value("-X")),
    "-H": () => addHeader(options.headers, value("-H")),
    "-d": () => options.data.push(value("-d")),
    "-b": () => (options.readJar = value("-b")),
    "-c": () => (options.writeJar = value("-c")),
    "-D": () => (options.dump = value("-D")),
    "-o": () => (options.output = value("-o")),
    "-w": () => (options.format = value("-w")),
  };
  while (rest.length > 0) {
    const word = rest.shift();
    if (!word.startsWith("-")) options.url = word;
    else
      for (const flag of word.startsWith("--") ? [word] : [...word.slice(1)].map((letter) => `-${letter}`)) {
        if (!flags[flag]) throw new Error(`option ${flag}: is not supported by this stand-in for curl`);
        flags[flag]();
      }
  }
  if (options.url === undefined) throw new Error("no URL specified");
  return options;
}

function addHeader(headers, line) {
  const colon = line.indexOf(":");
  headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
}

/** One cookie per line: host, path, name, value. */
function readCookies(jar) {
  if (jar === undefined || !existsSync(jar)) return [];
  const lines = readFileSync(jar, "utf8").split("\n");
  return lines.filter(Boolean).map((line) => {
    const [host, path, name, value] = line.split("\t");
    return { host, path, name, value };
  });
}

function cookieHeader(cookies, url) {
  const fitting = cookies.filter(({ host, path }) => host === url.hostname && url.pathname.startsWith(path));
  return fitting.map(({ name, value }) => `${name}=${value}`).join("; ");
}

/** Keeps the cookies of an answer; a later one replaces an earlier one of the same name and place. */
function keepCookies(cookies, url, headers) {
  for (const text of headers.getSetCookie()) {
    const [pair, ...attributes] = text.split(";").map((part) => part.trim());
    const path = attributes.find((part) => /^path=/i.test(part))?.slice(5) ?? "/";
    const name = pair.slice(0, pair.indexOf("="));
    const known = cookies.findIndex((c) => c.host === url.hostname && c.path === path && c.name === name);
    const cookie = { host: url.hostname, path, name, value: pair.slice(name.length + 1) };
    cookies.splice(known === -1 ? cookies.length : known, 1, cookie);
  }
}

async function run(options) {
  const cookies = readCookies(options.readJar);
  const { headers } = options;
  const hasBody = options.data.length > 0;
  if (hasBody && !headers.has("content-type")) headers.set("content-type", "application/x-www-form-urlencoded");
  let url = new URL(options.url);
  let request = {
    method: options.method ?? (hasBody ? "POST" : "GET"),
    body: hasBody ? options.data.join("&") : undefined,
  };
  for (let hops = 0; ; hops++) {
    const cookie = cookieHeader(cookies, url);
    if (cookie === "") headers.delete("cookie");
    else headers.set("cookie", cookie);
    const response = await fetch(url, { ...request, headers, redirect: "manual" });
    keepCookies(cookies, url, response.headers);
    const location = response.headers.get("location");
    if (!options.follow || location === null || !REDIRECTS.includes(response.status)) return { response, url, cookies };
    if (hops === MAX_REDIRECTS) throw new Error(`Maximum (${MAX_REDIRECTS}) redirects followed`);
    url = new URL(location, url);
    request = { method: "GET", body: undefined };
    headers.delete("content-type");
  }
}

function headOf({ status, headers }) {
  const lines = [...headers].map(([name, text]) => `${name}: ${text}`);
  return [`HTTP/1.1 ${status}`, ...lines, "", ""].join("\r\n");
}

async function main() {
  const options = readArguments(process.argv.slice(2));
  const { response, url, cookies } = await run(options);
  const body = Buffer.from(await response.arrayBuffer());
  if (options.dump !== undefined && options.dump !== "-") throw new Error("option -D: only - is supported here");
  if (options.dump !== undefined) process.stdout.write(headOf(response));
  if (options.withHeaders) process.stdout.write(headOf(response));
  if (options.output === undefined) process.stdout.write(body);
  else writeFileSync(options.output, body);
  if (options.writeJar !== undefined) {
    writeFileSync(options.writeJar, "");
    for (const { host, path, name, value } of cookies) {
      appendFileSync(options.writeJar, `${[host, path, name, value].join("\t")}\n`);
    }
  }
  if (options.format !== undefined) {
    process.stdout.write(options.format.replaceAll("%{url_effective}", url.href).replaceAll("\\n", "\n"));
  }
  if (options.failWithBody && response.status >= 400) {
    console.error(`curl: (22) The requested URL returned error: ${response.status}`);
    process.exitCode = 22;
  }
}

main().catch((error) => {
  console.error(`curl: ${error.message}`);
  process.exitCode = 2;
});
