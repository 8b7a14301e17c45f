import { type Import, importsOf, type SourceFile } from "./source-files";

/** What stands on what. A layer may use those named and itself; the first that a path matches is the file's. */
const LAYERS = {
  core: { holds: /^lib\/core\//, mayUse: [] },
  env: { holds: /^lib\/env$/, mayUse: ["core"] },
  tables: { holds: /^prisma\/generated\//, mayUse: [] },
  db: { holds: /^lib\/db\//, mayUse: ["core", "tables"] },
  providers: { holds: /^lib\/providers\//, mayUse: ["core", "db", "tables", "feature"] },
  // Speaks to people and to what watches from outside, through ports that features declare.
  notify: { holds: /^lib\/notify\//, mayUse: ["core", "feature"] },
  runtime: { holds: /^lib\/runtime$/, mayUse: ["core", "env", "db", "providers", "notify", "feature"] },
  door: { holds: /^lib\/(cron|cli)\//, mayUse: ["core", "env", "tables", "db", "runtime"] },
  // What the senders of drafts and those who measure them have to agree on: pure functions.
  agreements: { holds: /^lib\/background-jobs\//, mayUse: ["core"] },
  // Whatever else is in lib: a new folder there is a feature until somebody says otherwise.
  feature: { holds: /^lib\//, mayUse: ["core", "db", "tables", "agreements"] },
  app: {
    holds: /^(app\/|(instrumentation|proxy)$)/,
    mayUse: ["core", "env", "db", "runtime", "agreements", "feature", "door"],
  },
  scripts: {
    holds: /^scripts\//,
    mayUse: ["core", "env", "tables", "db", "providers", "notify", "runtime", "agreements", "feature", "door"],
  },
} as const satisfies Record<string, { holds: RegExp; mayUse: readonly string[] }>;

type LayerName = keyof typeof LAYERS;

interface Use {
  /** The path of the file that imports, without its extension. */
  from: string;
  to: Import;
}

/** What no import may do: each says whether one does, and why that is wrong. */
const RULES: readonly { breaks(use: Use): boolean; because: string }[] = [
  {
    because: "it points up: app, scripts → doors → runtime → providers, notify, features → db → core",
    breaks: ({ from, to }) => {
      const [layer, used] = [layerOf(from), layerOf(to.target)];
      if (layer === null || used === null || layer === used) return false;
      const mayUse: readonly LayerName[] = LAYERS[layer].mayUse;
      return !mayUse.includes(used);
    },
  },
  {
    because: "features do not know each other",
    breaks: ({ from, to }) =>
      layerOf(from) === "feature" && layerOf(to.target) === "feature" && featureOf(from) !== featureOf(to.target),
  },
  {
    because: "what implements ports knows of a feature only those, and as types",
    breaks: ({ from, to }) =>
      ["providers", "notify"].includes(layerOf(from) ?? "") &&
      layerOf(to.target) === "feature" &&
      !(to.typeOnly && /\/(source|sender|session|records|messenger)$/.test(to.target)),
  },
  {
    because: "only stores, lib/db and the run record touch Prisma",
    breaks: ({ from, to }) => from.startsWith("lib/") && layerOf(to.target) === "tables" && !mayTouchPrisma(from),
  },
  {
    because: "lib works without the web framework",
    breaks: ({ from, to }) => from.startsWith("lib/") && /^(next|react|react-dom|server-only)(\/|$)/.test(to.target),
  },
  {
    because: "what runs does not need what tests it",
    breaks: ({ from, to }) => /^(app|lib)\//.test(from) && /(^|\/)testing\/|\.(test|fixture)$/.test(to.target),
  },
];

/** Every import that goes where none may, as a sentence. */
export function findForbiddenImports(files: readonly SourceFile[]): string[] {
  const uses = files.flatMap((file) => importsOf(file).map((to) => ({ from: file.path.replace(/\.tsx?$/, ""), to })));
  return uses.flatMap((use) =>
    RULES.filter((rule) => rule.breaks(use)).map((rule) => `${use.from} imports ${use.to.target}, but ${rule.because}`),
  );
}

/** Files of lib whose statements go to the database: those that may say so, and no others. */
export function mayTouchPrisma(path: string): boolean {
  return /(^|\/)store(\/|(\.ts)?$)|^lib\/db\/|^lib\/cron\/run-record(\.ts)?$/.test(path);
}

/** Null for packages, and for files that belong to no layer. */
function layerOf(path: string): LayerName | null {
  const names = Object.keys(LAYERS).filter((name): name is LayerName => name in LAYERS);
  return names.find((name) => LAYERS[name].holds.test(path)) ?? null;
}

function featureOf(path: string): string | undefined {
  return path.split("/")[1];
}
