// The resident half of the launchctl stand-in: owns the jobs of one folder and answers fake-launchctl.sh, which finds the
// TCP port in the folder.
// node fake-launchd.mjs <folder> <home> <uid> <pid to live as long as>
// In the folder: settings.json and faults.json are read at every call; calls.jsonl and events.jsonl are written.
import { appendFileSync, existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { verbs } from "./fake-launchd-verbs.mjs";

const [folder, home, uid, owner] = process.argv.slice(2);
const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Short where a Mac takes seconds; null = as the plist says. */
const DEFAULTS = {
  guiSession: true,
  /** ms after the end of a job until `print` calls it absent, and until its label can be loaded again. */
  unlistMs: 100,
  freeMs: 300,
  /** ms a bootout waits for the job before it answers 36, as older ones do; null = it answers 0 at once. */
  bootoutWaitMs: null,
  throttleMs: 200,
  /** The longest exit timeout that is granted, s. */
  mostExitTimeoutS: null,
  /** ms by which answers come late, by verb. */
  slowMs: {},
  folders: { agents: [], daemons: [] },
};

const world = {
  home,
  jobs: new Map(),
  disabled: new Set(),
  closing: false,
  settings: () => ({ ...DEFAULTS, ...readJson("settings.json", {}) }),
  event: (event) => {
    appendLine("events.jsonl", { at: Date.now(), ...event });
    world.changed();
  },
  changed: () => writeState(),
};

/** How often each entry of faults.json has been met. */
const met = new Map();

/** First word of what a test may do and no launchctl verb does. */
const CONTROL = "test-control";
const controls = {
  /** Every job gone at once, every label free. */
  empty: () => endAll(),
  /** Power cut and log-in: every process gone at once, then the agents and daemons are loaded as their plists say. */
  reboot: async () => {
    await endAll();
    loadFolders();
  },
  login: () => loadFolders(),
  logout: async () => {
    writeFileSync(
      join(folder, "settings.json"),
      JSON.stringify({ ...readJson("settings.json", {}), guiSession: false }),
    );
    await endAll((job) => job.domain.startsWith("gui/"));
  },
  shutdown: () => shutdown(),
};

const server = createServer((socket) => {
  let text = "";
  socket.on("error", () => socket.destroy()); // a client that was killed while it waited
  socket.on("data", (chunk) => {
    text += chunk;
    const [uid, root, count, ...words] = text.split("\n");
    // The last word ends with a line end too, so one more (empty) piece follows it.
    if (words.length > Number(count ?? Infinity))
      void respond(words.slice(0, -1), { uid: Number(uid), root: root === "root" }, socket);
  });
});
server.listen(0, "127.0.0.1", () => {
  writeFileSync(join(folder, "port"), `${server.address().port}\n`);
  writeState();
});
setInterval(() => {
  if (!existsSync(folder) || !alive(Number(owner))) void shutdown();
}, 500);

async function respond(words, caller, socket) {
  const started = Date.now();
  const answer = words[0] === CONTROL ? ((await controls[words[1]]()) ?? { code: 0 }) : await call(words, caller);
  const { code, stdout = "", stderr = "" } = answer;
  if (words[0] !== CONTROL) appendLine("calls.jsonl", { at: started, ms: Date.now() - started, words, code });
  socket.end(`${marked("o", stdout)}${marked("e", stderr)}c${code}\n`);
}

/** Every line with its mark in front. */
function marked(mark, text) {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => (text === "" ? "" : `${mark}${line}\n`))
    .join("");
}

async function call(words, caller) {
  const [verb, ...rest] = words;
  const fault = nextFault(words);
  await delay((world.settings().slowMs[verb] ?? 0) + (fault?.delayMs ?? 0));
  const run = verbs[verb];
  if (run === undefined) return { code: 64, stderr: `Unrecognized subcommand: ${verb}\n` };
  if (fault?.code === undefined) return run(world, caller, ...rest);
  // Some Macs do what they were asked and answer 5 all the same.
  if (fault.perform === true) await run(world, caller, ...rest);
  return { code: fault.code, stderr: fault.stderr ?? `${verb} failed: ${fault.code}: as told by faults.json\n` };
}

/** faults.json: [{ verb, target?, skip?, times?, code?, stderr?, delayMs?, perform? }]; the first that fits and is not used up. */
function nextFault([verb, ...rest]) {
  const faults = readJson("faults.json", []);
  for (const [index, fault] of faults.entries()) {
    if (fault.verb !== verb || !rest.join(" ").includes(fault.target ?? "")) continue;
    const seen = (met.get(index) ?? 0) + 1;
    met.set(index, seen);
    const from = fault.skip ?? 0;
    if (seen > from && seen <= from + (fault.times ?? 1)) return fault;
  }
  return undefined;
}

function loadFolders() {
  const { folders } = world.settings();
  const places = [
    ...(world.settings().guiSession ? folders.agents.map((path) => ({ path, domain: `gui/${uid}` })) : []),
    ...folders.daemons.map((path) => ({ path, domain: "system" })),
  ];
  for (const { path, domain } of places)
    for (const name of existsSync(path) ? readdirSync(path).filter((entry) => entry.endsWith(".plist")) : [])
      verbs.bootstrap(world, { uid: Number(uid), root: true }, domain, join(path, name));
}

async function endAll(which = () => true) {
  const ending = [...world.jobs].filter(([, job]) => which(job));
  await Promise.all(ending.map(([, job]) => job.killNow()));
  for (const [key] of ending) world.jobs.delete(key);
}

async function shutdown() {
  world.closing = true;
  server.close();
  await endAll();
  setTimeout(() => process.exit(0), 20); // the answer to `shutdown` goes out first
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function readJson(name, fallback) {
  const path = join(folder, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : fallback;
}

/** Nothing is written once the test has removed the folder. */
function appendLine(name, value) {
  if (existsSync(folder)) appendFileSync(join(folder, name), `${JSON.stringify(value)}\n`);
}

function writeState() {
  if (!existsSync(folder)) return;
  const jobs = [...world.jobs.values()].map(({ domain, label, pid, state, runs, removing }) => ({
    domain,
    label,
    pid,
    state,
    runs,
    removing,
  }));
  writeFileSync(
    join(folder, "state.json.new"),
    JSON.stringify({ pid: process.pid, jobs, disabled: [...world.disabled] }),
  );
  renameSync(join(folder, "state.json.new"), join(folder, "state.json"));
}
