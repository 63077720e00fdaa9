import { meetsConstraint, parseConstraints } from "./route-constraints";

/** One way to reach an HTTP function. */
export interface Route<Target> {
  template: string;
  /** Upper case; empty: every method. */
  methods: readonly string[];
  target: Target;
}

export interface RouteMatch<Target> {
  target: Target;
  params: Record<string, string>;
}

interface Parameter {
  name: string;
  catchAll: boolean;
  optional: boolean;
  fallback: string | undefined;
  constraints: string[];
}

type Segment =
  | { kind: "literal"; text: string }
  | { kind: "parameter"; parameter: Parameter }
  | { kind: "mixed"; pattern: RegExp; parameters: Parameter[] };

const PARAMETER = /^(\*{0,2})([^:?=]+)((?::(?:\([^)]*\)|[^?=:(])+(?:\([^)]*\))?)*)(?:=(.*?))?(\?)?$/;
const TOKEN = /\{([^{}]+(?:\{[^{}]*\}[^{}]*)*)\}/g;

/** Compiles routes into one lookup with the precedence of ASP.NET Core: literal, constrained, plain, catch-all. */
export function compileRoutes<Target>(
  routes: readonly Route<Target>[],
): (method: string, path: string) => RouteMatch<Target> | undefined {
  const compiled = routes
    .map((route) => ({ ...route, segments: compileTemplate(route.template) }))
    .map((route) => ({ ...route, rank: route.segments.map(rankOf).join("") }))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));

  return (method, path) => {
    const parts = splitPath(path);
    if (!parts) return undefined;
    for (const { segments, methods, target } of compiled) {
      if (methods.length > 0 && !methods.includes(method)) continue;
      const params = matchSegments(segments, parts);
      if (params) return { target, params };
    }
    return undefined;
  };
}

/** Decoded path segments; `undefined` for a path that no route can have. An encoded slash stays encoded. */
function splitPath(path: string): string[] | undefined {
  const trimmed = path.replace(/^\//, "").replace(/\/$/, "");
  if (trimmed === "") return [];
  try {
    return trimmed.split("/").map((part) => part.split(/%2f/i).map(decodeURIComponent).join("%2F"));
  } catch {
    return undefined;
  }
}

function compileTemplate(template: string): Segment[] {
  if (/[{}]/.test(template.replace(TOKEN, ""))) throw new Error(`The route "${template}" is not valid.`);
  return splitTemplate(template).map(compileSegment);
}

/** Slashes inside a constraint such as `regex(^a/b$)` do not end a segment. */
function splitTemplate(template: string): string[] {
  return template.match(/(?:\{[^{}]+(?:\{[^{}]*\}[^{}]*)*\}|[^/{}])+/g) ?? [];
}

function compileSegment(text: string): Segment {
  const tokens = [...text.matchAll(TOKEN)];
  if (tokens.length === 0) return { kind: "literal", text: text.toLowerCase() };
  const parameters = tokens.map((token) => parseParameter(token[1] ?? ""));
  const [only] = parameters;
  if (only && parameters.length === 1 && tokens[0]?.[0] === text) return { kind: "parameter", parameter: only };
  const literals = text.split(new RegExp(TOKEN.source)).filter((_, index) => index % 2 === 0);
  const source = literals.map(escapeRegExp).join("(.+?)");
  return { kind: "mixed", pattern: new RegExp(`^${source}$`, "i"), parameters };
}

function parseParameter(text: string): Parameter {
  const match = PARAMETER.exec(text);
  if (!match?.[2]) throw new Error(`The route parameter "{${text}}" is not valid.`);
  return {
    name: match[2],
    catchAll: match[1] !== "",
    constraints: parseConstraints(match[3] ?? ""),
    fallback: match[4],
    optional: match[5] !== undefined || match[4] !== undefined,
  };
}

/** The digits of ASP.NET's inbound precedence: smaller is tried first. */
function rankOf(segment: Segment): number {
  if (segment.kind === "literal") return 1;
  if (segment.kind === "mixed") return 2;
  const constrained = segment.parameter.constraints.length > 0;
  if (segment.parameter.catchAll) return constrained ? 4 : 5;
  return constrained ? 2 : 3;
}

function matchSegments(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === "parameter" && segment.parameter.catchAll) {
      const rest = parts.slice(index).join("/");
      if (!accepts(segment.parameter, rest)) return undefined;
      return { ...params, [segment.parameter.name]: rest };
    }
    const part = parts[index];
    if (part === undefined) {
      if (segment.kind !== "parameter" || !segment.parameter.optional) return undefined;
      if (segment.parameter.fallback !== undefined) params[segment.parameter.name] = segment.parameter.fallback;
    } else if (!matchPart(segment, part, params)) {
      return undefined;
    }
  }
  return parts.length <= segments.length ? params : undefined;
}

function matchPart(segment: Segment, part: string, params: Record<string, string>): boolean {
  if (segment.kind === "literal") return part.toLowerCase() === segment.text;
  const values = segment.kind === "mixed" ? segment.pattern.exec(part)?.slice(1) : [part];
  const parameters = segment.kind === "mixed" ? segment.parameters : [segment.parameter];
  if (!values) return false;
  return parameters.every((parameter, index) => {
    const value = values[index] ?? "";
    if (value === "" || !accepts(parameter, value)) return false;
    params[parameter.name] = value;
    return true;
  });
}

function accepts(parameter: Parameter, value: string): boolean {
  return parameter.constraints.every((constraint) => meetsConstraint(constraint, value));
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
