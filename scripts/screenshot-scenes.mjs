// What screenshots.mjs takes pictures of. A scene: `name` of the file; `command`; `world`: "empty" (a new home), "filled" (past runs) or
// "tuning" (a run is active), "newer" (a database of a future version); `ready(tree, app)` before `act(app)`; `then(tree, app)` after it; `launch`: more options of the host's launch;
// `show`: more options of the preview (`panel`: the open action panel); `store`: its number among the store's pictures.
// A dialog that is open at the end is drawn, and answered with No.

const settled = (tree) => tree.props.isLoading !== true;
const rowsOf = (tree, app) => settled(tree) && app.rows().length > 0;
/** The worker has said whether the recipe still holds. */
const checked = (tree, app) => rowsOf(tree, app) && /Holds: (?!being)/.test(app.text());
/** Stage 2 is under way, so that there are refusals and cells to see. */
const halfWay = (tree, app) => /[4-7]\d %/.test(app.text());

/** What an action of the newest run shows, or of its page. */
const push = (name, actions, shown = (tree, app) => app.text() !== "") => ({
  ...{ name, command: "tuning-runs", world: "filled", ready: rowsOf },
  act: async (app) => {
    for (const action of actions) {
      await app.until(() => app.actions().includes(action), action);
      await app.act(action);
    }
  },
  then: (tree, app) => settled(tree) && shown(tree, app) && !app.actions().includes(actions.at(-1)),
});

export const SCENES = [
  { name: "runs", command: "tuning-runs", world: "filled", ready: rowsOf, appearance: "dark", store: 1 },
  {
    name: "run",
    command: "tuning-runs",
    world: "filled",
    ready: rowsOf,
    act: (app) => app.act("Show Run"),
    then: (tree) => tree.type === "Detail" && String(tree.props.markdown).includes("data:image"),
    show: { scroll: 195 },
    store: 5,
  },
  { name: "run-active", command: "tuning-runs", world: "tuning", ready: halfWay, appearance: "dark" },
  { name: "runs-actions", command: "tuning-runs", world: "filled", ready: rowsOf, show: { panel: true } },
  push("run-trials", ["Show Run", "Show Trials"], (tree, app) => app.text().includes("| --")),
  push("run-candidates", ["Show Run", "Show Candidates"]),
  push("run-compare", ["Compare with…"]),
  {
    ...{ name: "run-apply", command: "tuning-runs", world: "filled", ready: rowsOf },
    act: (app) => app.act("Apply Recipe…"),
    then: (tree, app) => app.alerts.length > 0,
  },
  { ...push("run-apply-diff", ["Apply Recipe…"]), launch: { answer: true } },
  {
    name: "run-cancel",
    command: "tuning-runs",
    world: "tuning",
    ready: rowsOf,
    act: (app) => app.act("Cancel Tuning…"),
    then: (tree, app) => app.alerts.length > 0,
  },
  { name: "runs-newer", command: "tuning-runs", world: "newer", ready: (tree, app) => app.text().includes("newer") },
  { name: "runs-empty", command: "tuning-runs", world: "empty", ready: settled },
  { name: "form", command: "find-best-recipe", world: "filled", ready: settled, store: 2 },
  {
    ...{ name: "form-advanced", command: "find-best-recipe", world: "empty", ready: settled },
    act: (app) => app.fill({ advanced: true }),
    then: (tree, app) => /TTFT Gate/.test(app.text()),
  },
  {
    ...{ name: "form-plan", command: "find-best-recipe", world: "filled", ready: settled },
    act: (app) => app.press("cmd+p"),
    then: (tree) => settled(tree) && tree.type === "Detail",
  },
  {
    ...{ name: "form-active", command: "find-best-recipe", world: "tuning", appearance: "dark" },
    ready: (tree, app) => /Active Run/.test(app.text()),
  },
  { name: "current", command: "current-recipe", world: "filled", ready: checked, store: 3 },
  { name: "current-empty", command: "current-recipe", world: "empty", ready: settled },
  { name: "doctor", command: "autotune-doctor", world: "filled", ready: rowsOf, appearance: "dark", store: 4 },
  { name: "status", command: "autotune-status", world: "filled", ready: settled },
  { name: "status-active", command: "autotune-status", world: "tuning", ready: halfWay, appearance: "dark" },
];
