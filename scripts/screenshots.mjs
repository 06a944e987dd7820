// Pictures of the extension's views, drawn from the built commands (dist/) over real databases by headless Chromium:
// node scripts/screenshots.mjs [--store] [--both] [--odd] [scene …]. Scenes lie in screenshot-scenes.mjs; pictures in .cache/screenshots/,
// with --store those of the store in metadata/ too. --both draws each scene in the other appearance as well, --odd also over runs with
// long names, a folder, failures and an applied recipe. Without a word: every scene, in both, over both.
import { mkdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "../tests/raycast-host/index.ts";
import { preview, screenshot } from "../tests/raycast-host/preview/index.ts";
import { createFilledWorld } from "../tests/raycast/support/filled-world.ts";
import { SCENES } from "./screenshot-scenes.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const FOLDER = join(ROOT, ".cache/screenshots");
/** A menu is small: it is drawn larger, in the same number of pixels. */
const MENU_SIZE = { width: 800, height: 500, scale: 2.5 };

/** What a user may have tried, the oldest first: a bigger model at a shorter context, nothing at all, time up, and two recipes. */
const PAST = [
  ["--target-context", "1000"],
  ["--gate-ttft-ms", "5"],
  ["--max-duration", "12"],
  ["--target-context", "8000"],
  [],
];
/** Names as people have them, the quantisation last, and a folder of one's own. */
const ODD = {
  coder: "mlx-community/Qwen3-Coder-480B-A35B-Instruct-4bit",
  distilled: "mlx-community/DeepSeek-R1-Distill-Llama-8B-abliterated-6bit-MLX-gs32",
  folder: "/Volumes/Externe SSD/Modelle/Llama 3.1 8B (eigene Kopie 6bit)",
};
const ODD_PAST = [
  ["--candidate-models", ODD.coder, "--gate-ttft-ms", "5"],
  ["--candidate-models", `${ODD.coder},${ODD.distilled}`, "--max-duration", "12"],
  ["--candidate-models", ODD.folder],
  ["--candidate-models", `${ODD.coder},${ODD.distilled}`, "--target-context", "8000"],
  ["--candidate-models", `${ODD.coder},${ODD.distilled}`],
];
/** No model fits; time is up, on a busy machine before a model was found, else with a partial recipe. */
const EXPECTED_CODES = [3, 6, 7];

const { commands } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const TITLES = Object.fromEntries(commands.map(({ name, title }) => [name, title]));

const [flags, names] = [true, false].map((flag) =>
  process.argv.slice(2).filter((word) => word.startsWith("--") === flag),
);
const isAll = process.argv.length === 2;
const forStore = flags.includes("--store");
const inBoth = isAll || flags.includes("--both");
const alsoOdd = isAll || flags.includes("--odd");
const ODD_WORLDS = { filled: "odd", tuning: "odd-tuning" };
const unknown = names.filter((name) => !SCENES.some((scene) => scene.name === name));
if (unknown.length > 0) throw new Error(`there is no scene ${unknown.join(", ")}`);
const wanted = SCENES.filter(({ name }) => names.length === 0 || names.includes(name));

const worlds = {};
mkdirSync(FOLDER, { recursive: true });
try {
  for (const scene of wanted) {
    await take(scene, ownAppearance(scene), scene.name);
    const again = { ...scene, store: undefined };
    if (inBoth) await take(again, ...otherOf(scene));
    if (!alsoOdd || ODD_WORLDS[scene.world] === undefined) continue;
    const odd = { ...again, name: `${scene.name}-odd`, world: ODD_WORLDS[scene.world] };
    await take(odd, ownAppearance(odd), odd.name);
    if (inBoth) await take(odd, ...otherOf(odd));
  }
} finally {
  for (const world of Object.values(worlds)) {
    await world.worker("cancel").catch(() => ""); // where none is active there is nothing to stop
    world.remove();
  }
}

function ownAppearance({ appearance = "light" }) {
  return appearance;
}

function otherOf(scene) {
  const other = ownAppearance(scene) === "light" ? "dark" : "light";
  return [other, `${scene.name}-${other}`];
}

async function take(scene, appearance, name) {
  const { home, env } = (worlds[scene.world] ??= await createWorld(scene.world));
  const dialog = Promise.withResolvers();
  const app = await launch(scene.command, { home, env, appearance, answer: () => dialog.promise, ...scene.launch });
  try {
    await app.until(scene.ready, `${scene.name} to be ready`);
    const acting = scene.act?.(app);
    if (scene.then !== undefined) await app.until(scene.then, `${scene.name} after its actions`);
    else await acting;
    await draw(app, { ...scene, name }, appearance);
    dialog.resolve(false);
    await acting;
  } finally {
    dialog.resolve(false);
    await app.close();
  }
}

async function draw(app, scene, appearance) {
  const tree = app.tree();
  const page = preview(tree, {
    appearance,
    title: TITLES[scene.command],
    toast: app.toasts.findLast(({ visible }) => visible),
    alert: app.alerts.find(({ answer }) => answer === undefined),
    ...scene.show,
  });
  const size = tree?.type === "MenuBarExtra" ? MENU_SIZE : undefined;
  const files = [join(FOLDER, `${scene.name}.png`)];
  if (forStore && scene.store !== undefined) files.push(join(ROOT, "metadata", `mlx-autotune-${scene.store}.png`));
  for (const file of files) {
    await screenshot(page, file, size);
    console.log(file.slice(ROOT.length + 1));
  }
}

async function createWorld(kind) {
  const world = createFilledWorld(`pictures-${kind}`);
  if (kind === "empty") return world;
  if (kind === "newer") {
    await world.worker("runs");
    setSchemaVersion(world.databasePath, 99);
    return world;
  }
  const isOdd = kind.startsWith("odd");
  for (const flags of isOdd ? ODD_PAST : PAST)
    await world.tune(...flags).catch((error) => {
      if (!EXPECTED_CODES.includes(error.code)) throw error;
    });
  if (isOdd) await world.worker("apply", "--yes", "--force");
  const models = isOdd ? ["--candidate-models", `${ODD.coder},${ODD.distilled}`] : [];
  if (kind.endsWith("tuning"))
    await world.worker(...["run", "--detach", "--provider", "simulated", "--port", "18397"], ...models);
  return world;
}

/** As a future version of the worker would leave it. */
function setSchemaVersion(path, version) {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}
