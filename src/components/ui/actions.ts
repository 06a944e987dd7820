// Every action of the extension: what it is called, its icon, its keys. What a list offers at once never shares keys; the tests'
// host fails a panel in which two do.
import { Action, Icon, Keyboard } from "@raycast/api";

const { Common } = Keyboard.Shortcut;

/** What is the same wherever an action is offered; spread into its element. */
export interface ActionLook {
  /** In title case, with an ellipsis where it asks before it acts. */
  title: string;
  /** None where Raycast has its own for this kind of action. */
  icon?: Icon;
  /** None where Enter or a submenu leads to it. */
  shortcut?: Keyboard.Shortcut;
  style?: Action.Style;
}

const cmd = (key: Keyboard.KeyEquivalent): Keyboard.Shortcut => ({ modifiers: ["cmd"], key });
const cmdShift = (key: Keyboard.KeyEquivalent): Keyboard.Shortcut => ({ modifiers: ["cmd", "shift"], key });
const Destructive = Action.Style.Destructive;

export const ACTIONS = {
  // Tune
  findBestRecipe: { title: "Find Best Recipe", icon: Icon.Gauge, shortcut: Common.New },
  startTuning: { title: "Start Tuning", icon: Icon.Gauge },
  tuneAgain: { title: "Tune Again", icon: Icon.Gauge, shortcut: Common.New },
  resumeTuning: { title: "Resume Tuning", icon: Icon.Play, shortcut: cmdShift("r") },
  cancelTuning: { title: "Cancel Tuning…", icon: Icon.Stop, shortcut: cmd("."), style: Destructive },
  showPlan: { title: "Show Plan", icon: Icon.List, shortcut: cmd("p") },
  resetForm: { title: "Reset Form", icon: Icon.Eraser, shortcut: cmdShift("backspace") },
  choosePreset: { title: "Choose Preset", icon: Icon.Document, shortcut: cmd("l") },
  savePresetAs: { title: "Save as Preset…", icon: Icon.SaveDocument, shortcut: Common.Save },
  savePreset: { title: "Save Preset", icon: Icon.SaveDocument },
  deletePreset: { title: "Delete Preset", icon: Icon.Trash, shortcut: Common.Remove },

  // Runs
  showRun: { title: "Show Run", icon: Icon.Eye },
  showTuningRuns: { title: "Show Tuning Runs", icon: Icon.List },
  showDetail: { title: "Show Detail", icon: Icon.Sidebar, shortcut: Common.ToggleQuickLook },
  hideDetail: { title: "Hide Detail", icon: Icon.Sidebar, shortcut: Common.ToggleQuickLook },
  showTrial: { title: "Show Trial", icon: Icon.Eye },
  showTrials: { title: "Show Trials", icon: Icon.BarChart, shortcut: cmd("t") },
  showCandidate: { title: "Show Candidate", icon: Icon.Eye },
  showCandidates: { title: "Show Candidates", icon: Icon.BulletPoints, shortcut: cmdShift("t") },
  showLog: { title: "Show Log", icon: Icon.Terminal, shortcut: cmd("l") },
  showOtherLog: { title: "Show Other Log…", icon: Icon.List, shortcut: cmdShift("l") },
  compareWith: { title: "Compare with…", icon: Icon.Switch, shortcut: cmdShift("m") },
  compare: { title: "Compare", icon: Icon.Switch },
  exportRun: { title: "Export Run", icon: Icon.SaveDocument, shortcut: Common.Save },
  deleteRun: { title: "Delete Run…", icon: Icon.Trash, shortcut: Common.Remove, style: Destructive },

  // Recipes
  applyRecipe: { title: "Apply Recipe…", icon: Icon.CheckCircle, shortcut: cmdShift("a") },
  applyNow: { title: "Apply Recipe", icon: Icon.CheckCircle },
  revertRecipe: { title: "Revert Recipe…", icon: Icon.Undo, shortcut: { modifiers: ["cmd", "opt"], key: "z" } },
  revertNow: { title: "Revert Recipe", icon: Icon.Undo, style: Destructive },

  // Open, show
  openReport: { title: "Open Report", icon: Icon.Document, shortcut: Common.Open },
  openConfig: { title: "Open Config", icon: Icon.Document, shortcut: Common.Open },
  openLog: { title: "Open Log", icon: Icon.Text, shortcut: Common.Open },
  openDatabaseFolder: { title: "Open Database Folder", icon: Icon.Folder, shortcut: Common.Open },
  showConfigInFinder: { title: "Show Config in Finder", shortcut: cmdShift("f") },
  showBackupInFinder: { title: "Show Backup in Finder", shortcut: cmdShift("f") },
  showLogInFinder: { title: "Show in Finder", shortcut: cmdShift("f") },

  // Copy: the first thing that one would take from a view has ⌘⇧C
  copyMenu: { title: "Copy", icon: Icon.Clipboard },
  copyServeCommand: { title: "Copy Serve Command", shortcut: Common.Copy },
  copyRecipeJson: { title: "Copy Recipe as JSON", icon: Icon.CodeBlock, shortcut: cmdShift("j") },
  copyRecipeHash: { title: "Copy Recipe Hash", icon: Icon.Hashtag, shortcut: cmdShift("h") },
  copyRunId: { title: "Copy Run ID", shortcut: Common.CopyName },
  copyModelId: { title: "Copy Model ID", shortcut: Common.CopyName },
  copyConfigPath: { title: "Copy Config Path", shortcut: Common.CopyPath },
  copyCommand: { title: "Copy as Command", icon: Icon.Terminal, shortcut: Common.Copy },
  copyCommands: { title: "Copy Commands", icon: Icon.Terminal, shortcut: Common.Copy },
  copyLog: { title: "Copy Log", shortcut: Common.Copy },
  copyInstallCommand: { title: "Copy Install Command", icon: Icon.Terminal, shortcut: cmdShift("i") },
  copyReason: { title: "Copy Reason", shortcut: Common.Copy },
  copyPlanJson: { title: "Copy Plan as JSON", shortcut: Common.Copy },
  copyTrialJson: { title: "Copy Trial as JSON", shortcut: Common.Copy },
  copyReportJson: { title: "Copy Report as JSON", shortcut: Common.Copy },
  copyComparison: { title: "Copy Comparison", shortcut: Common.Copy },
  copyComparisonJson: { title: "Copy Comparison as JSON", shortcut: cmdShift("j") },

  // This Mac
  restoreProvider: { title: "Restore Provider", icon: Icon.ArrowClockwise },
  openHomepage: { title: "Open Homepage", icon: Icon.Globe, shortcut: cmdShift("o") },
  openDoctor: { title: "Open Autotune Doctor", icon: Icon.Heartbeat, shortcut: cmdShift("d") },
  openPreferences: { title: "Open Preferences", icon: Icon.Gear },
  copyRepair: { title: "Copy Repair" },
  pasteRepair: { title: "Paste Repair" },
  copyEvidence: { title: "Copy Evidence", icon: Icon.Clipboard, shortcut: cmdShift("e") },
  sendTestNotification: { title: "Send Test Notification", icon: Icon.Bell, shortcut: cmdShift("n") },
  updateDatabase: { title: "Update Database", icon: Icon.ArrowUpCircle },
  uninstall: { title: "Uninstall…", icon: Icon.Trash, style: Destructive },

  // Look again
  refresh: { title: "Refresh", icon: Icon.RotateClockwise, shortcut: Common.Refresh },
  refreshPlan: { title: "Refresh Plan", icon: Icon.RotateClockwise, shortcut: Common.Refresh },
  lookAgain: { title: "Look Again", icon: Icon.RotateClockwise, shortcut: Common.Refresh },
  tryAgain: { title: "Try Again", icon: Icon.RotateClockwise, shortcut: Common.Refresh },
  runAgain: { title: "Run Again", icon: Icon.RotateClockwise, shortcut: Common.Refresh },
} as const satisfies Record<string, ActionLook>;
