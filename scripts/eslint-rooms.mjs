// Lint rules of the house: files import downwards only (rooms.mjs), and no files import each other in a circle, not even types.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { mayImport, roomOf } from "./rooms.mjs";

const ROOT = resolve(import.meta.dirname, "..");
const IMPORT = /(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;

/** Imports of every file of ours, by path from the root. Read once per run of the linter. */
function readImports() {
  const files = globSync("{worker,src,tests,bench,scripts}/**/*.{ts,tsx,mjs}", { cwd: ROOT });
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(ROOT, file), "utf8");
      const names = [...text.matchAll(IMPORT)].map(([, name]) => join(dirname(file), name));
      return [file, names.filter((name) => existsSync(join(ROOT, name)))];
    }),
  );
}

/** @returns {string[] | null} the shortest way from a file back to itself */
export function circleOf(imports, start) {
  const before = new Map();
  const queue = [start];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const next of imports.get(file) ?? []) {
      if (next === start) return wayTo(before, start, file);
      if (before.has(next)) continue;
      before.set(next, file);
      queue.push(next);
    }
  }
  return null;
}

function wayTo(before, start, end) {
  const way = [end];
  while (way[0] !== start) way.unshift(before.get(way[0]));
  return way;
}

let allImports = null;

const noCircle = {
  meta: { type: "problem", schema: [], messages: { circle: "files in a circle: {{way}}" } },
  create: (context) => ({
    Program(node) {
      allImports ??= readImports();
      const way = circleOf(allImports, relative(ROOT, context.filename));
      if (way !== null) context.report({ node, messageId: "circle", data: { way: way.join(" → ") } });
    },
  }),
};

/** What files of a closed list are called, by a line of theirs. */
function readNames(files, line) {
  const texts = globSync(files, { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), "utf8"));
  const names = new Set(texts.flatMap((text) => [...text.matchAll(line)].map(([, name]) => name)));
  if (names.size === 0) throw new Error(`no line of ${files} is like ${line}`);
  return names;
}

/** A word of the language, too: an id only beside a provider. */
const WORDS = new Set(["simulated"]);
const ABOUT_PROVIDERS = /provider|choice|^id$/i;

const noServerId = {
  meta: {
    type: "problem",
    schema: [],
    messages: { quoted: "{{id}}: ask its description (worker/providers), so that the next server needs no line here" },
  },
  create(context) {
    const ids = readNames("worker/providers/*.ts", /^ +id: "([^"]+)",$/gm);
    const nameOf = (node) => context.sourceCode.getText(node?.type === "MemberExpression" ? node.property : node);
    const besideOf = (literal) => {
      const { parent } = literal;
      if (parent.type === "BinaryExpression") return parent.left === literal ? parent.right : parent.left;
      if (parent.type === "SwitchCase") return parent.parent.discriminant;
      return parent.type === "Property" && parent.value === literal ? parent.key : null;
    };
    const isAboutProviders = (literal) => {
      const beside = besideOf(literal);
      return beside !== null && ABOUT_PROVIDERS.test(nameOf(beside));
    };
    return {
      Literal(node) {
        if (!ids.has(node.value) || (WORDS.has(node.value) && !isAboutProviders(node))) return;
        context.report({ node, messageId: "quoted", data: { id: node.value } });
      },
    };
  },
};

const noMethodName = {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      quoted: "{{name}}: ask its record (worker/core/search/methods.ts), so that the next method needs no line here",
    },
  },
  create(context) {
    const names = readNames("worker/core/search/*.ts", /^ {2}name: "([^"]+)",$/gm);
    return {
      Literal(node) {
        if (names.has(node.value)) context.report({ node, messageId: "quoted", data: { name: node.value } });
      },
    };
  },
};

const downwards = {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      room: "{{file}} is in no room: name its folder in scripts/rooms.mjs",
      up: "{{from}} may not import from {{to}}, which stands above it (scripts/rooms.mjs)",
    },
  },
  create(context) {
    const file = relative(ROOT, context.filename);
    const from = roomOf(file);
    const check = (node) => {
      if (!node.source?.value?.startsWith?.(".") || from === null) return;
      const path = join(dirname(file), node.source.value);
      const to = roomOf(path);
      if (to !== null && to !== from && !mayImport(from, to))
        context.report({ node, messageId: "up", data: { from, to } });
    };
    return {
      Program: (node) => void (from === null && context.report({ node, messageId: "room", data: { file } })),
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

export default {
  rules: { downwards, "no-circle": noCircle, "no-server-id": noServerId, "no-method-name": noMethodName },
};
