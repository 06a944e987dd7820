// Every function of the product that reads text which others wrote, ready to be fed with one text. Their list is checked against the
// modules by tests/linear-readers.test.ts, so that a new one cannot be forgotten.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { IncomingMessage } from "node:http";
import { parseConfigFile, readConfigFile } from "../../../worker/cli/config-file.ts";
import { isCachedKeyword, sizeFromId, trimBySize } from "../../../worker/core/settings/candidates.ts";
import { diffConfig } from "../../../worker/core/config/config-diff.ts";
import { editConfig } from "../../../worker/core/config/config-edit.ts";
import { lineAround } from "../../../worker/core/config/config-field.ts";
import { configNamedBy, overridesOf } from "../../../worker/core/config/config-launch.ts";
import { planApply } from "../../../worker/core/config/config-plan.ts";
import { planRevert } from "../../../worker/core/config/config-revert.ts";
import { maskedLines } from "../../../worker/core/config/config-secrets.ts";
import { lineOf, readConfig } from "../../../worker/core/config/config-source.ts";
import { fingerprint, lineBreakOf, type ConfigEdit } from "../../../worker/core/config/config-step.ts";
import { numberOf } from "../../../worker/core/config/config-values.ts";
import { asPsPrints, knownArgv, readCommandLine, readProcCommandLine } from "../../../worker/core/live/command-line.ts";
import { diffText } from "../../../worker/core/text/diff-text.ts";
import { errorBodyText, errorValueText, snippet } from "../../../worker/core/measure/error-body.ts";
import { errorText } from "../../../worker/core/errors.ts";
import { stopTokenMisfit } from "../../../worker/core/measure/feasibility.ts";
import { shortModel } from "../../../worker/core/units.ts";
import { lastSegment, withoutEndSlashes } from "../../../worker/core/text/last-segment.ts";
import {
  describeAnswer,
  parseDomainServices,
  parsePrintedService,
} from "../../../worker/core/launchd/launchctl-output.ts";
import { parseCwd, parseListeners, parseProcNetTcp } from "../../../worker/core/live/listener-output.ts";
import { errorWords, threadDeath } from "../../../worker/core/measure/log-words.ts";
import { maskByLook } from "../../../worker/core/secrets/mask-look.ts";
import { generatesText, kvBytesPerToken, trainedPositions } from "../../../worker/core/models/model-config.ts";
import { indexedFiles, tokenizerForm, weightFiles } from "../../../worker/core/models/model-files.ts";
import { otherPurpose } from "../../../worker/core/models/model-purpose.ts";
import { noStream } from "../../../worker/core/measure/no-stream.ts";
import { parsePythonJson } from "../../../worker/core/text/python-json.ts";
import { parsePlistXml } from "../../../worker/core/launchd/plist-xml.ts";
import { parseProcArgs } from "../../../worker/core/live/procargs.ts";
import { otherServerOf, servedBy, startedBy } from "../../../worker/core/live/provider-argv.ts";
import { parseEnvironment, parseProcessTable } from "../../../worker/core/live/ps-output.ts";
import { headerLength, judgeHeader } from "../../../worker/core/models/safetensors.ts";
import { mentionsServer, PROVIDER_COMMANDS, serves } from "../../../worker/core/live/server-commands.ts";
import { maskOf } from "../../../worker/core/secrets/secret-mask.ts";
import { isServedModel, servedModels } from "../../../worker/core/measure/served-models.ts";
import { databaseAt } from "../../../src/lib/database/database-place.ts";
import { namedPath, namedProgram } from "../../../worker/core/settings/named-path.ts";
import { hasControlCharacter, quoted } from "../../../worker/core/settings/setting-kinds.ts";
import { unknownLine } from "../../../worker/core/settings/setting-sources.ts";
import { readSettings } from "../../../worker/core/settings/settings.ts";
import { shellCommand, shellQuote, simpleCommands } from "../../../worker/core/text/shell-words.ts";
import { acceptEvent, startStream } from "../../../worker/core/measure/stream.ts";
import { readEvent } from "../../../worker/core/measure/stream-chunk.ts";
import { nearestName } from "../../../worker/core/text/suggest.ts";
import { readBaseUrl } from "../../../worker/core/settings/sweep-options.ts";
import { isTooMuchYaml } from "../../../worker/core/text/yaml-size.ts";
import { openChildLog } from "../../../worker/platform/candidate/child-log.ts";
import { systemClock } from "../../../worker/platform/machine/clock.ts";
import { sha256Of } from "../../../worker/platform/files/file-state.ts";
import { isHubId } from "../../../worker/platform/hub/hub-cache.ts";
import { isLivingPid } from "../../../worker/platform/files/left-by-dead.ts";
import { readConfiguredModel } from "../../../worker/platform/live/live-config.ts";
import {
  parseMeminfo,
  parseMemoryPressure,
  parseVmStat,
  parseWiredLimit,
} from "../../../worker/core/machine/memory-output.ts";
import { maskPlanted, secretsIn } from "../../../worker/core/secrets/planted-secrets.ts";
import { parseActivity } from "../../../worker/core/live/process-activity.ts";
import {
  shownPlistEnvironment,
  shownPrintEnvironment,
  shownPsEnvironment,
} from "../../../worker/core/secrets/shown-environment.ts";
import { readPower } from "../../../worker/core/machine/power.ts";
import { configNow } from "../../../worker/core/runs/config-now.ts";
import { configPrint } from "../../../worker/core/config/config-print.ts";
import { foreignFiles } from "../../../worker/platform/files/foreign-files.ts";
import { readJson } from "../../../worker/platform/hub/model-folder.ts";
import { readPlist } from "../../../worker/platform/launchd/plist.ts";
import { parseProcStat } from "../../../worker/platform/processes/proc-stat.ts";
import { isSameFile } from "../../../worker/platform/files/same-file.ts";
import { listsFlag } from "../../../worker/providers/help-text.ts";
import { PROVIDERS } from "../../../worker/providers/index.ts";
import { evidenceIn, lastWords } from "../../../worker/providers/log-evidence.ts";
import { offeredAxes, SERVERS } from "../../../worker/providers/index.ts";
import { macprovider } from "../../../worker/providers/macprovider.ts";
import { failureLine, failureText } from "../../../worker/core/errors.ts";
import { httpReason, httpWords } from "../../../worker/core/measure/http-words.ts";
import { readError, readStream } from "../../../worker/tune/read-answer.ts";
import { distinctNames } from "../../../src/lib/charts/rows.ts";
import { fitted, label, textWidth } from "../../../src/lib/charts/svg.ts";
import { refusalMarkdown } from "../../../src/lib/change/change-text.ts";
import { checkMarkdown, commandsIn } from "../../../src/lib/doctor/doctor-text.ts";
import { applyInput, explainInput, revertInput, tuneFlags } from "../../../src/lib/tools/recipe-tool-input.ts";
import { inRaycast } from "../../../src/lib/ui/raycast-words.ts";
import { inToolNames } from "../../../src/lib/tools/tool-words.ts";
import { bullets, code, codeBlock, joined, lines, mark, table } from "../../../worker/core/text/markdown.ts";
import { visible } from "../../../worker/core/text/visible.ts";
import { isCommand, told, withCommands } from "../../../src/lib/ui/commands.ts";
import { rowModel } from "../../../src/lib/ui/row-title.ts";
import { flagsIn, modelList, valuesOf } from "../../../src/lib/tune/tune-flags.ts";
import { givenValues } from "../../../src/lib/tune/tune-form-given.ts";
import { removeFolder } from "../worlds/remove-folder.ts";

export type Reader = (text: string) => unknown;

const CHANGES = { model: "new/model-4bit", kv_bits: 8 };
const RECIPE = {
  ...{ model: "new/model-4bit", partial: false, simulated: false, maxContextValues: 1, keys: ["kv_bits"] as const },
  knobs: { kv_bits: 8 as const, max_concurrency_override: 2, max_context_override: 2000 },
};
const EDITS: ConfigEdit[] = [
  { key: "model", before: "old", after: "new/model-4bit", line: 1, undo: { kind: "value", before: " old" } },
];
const nowhere = () => Promise.resolve(false);
const words = (text: string): string[] => text.split(" ");
const bytes = (text: string): Uint8Array => Buffer.from(text);
const launch = (argv: string[]) => ({ argv, env: {}, cwd: "/", home: "/home" });
const RULES = { maxTokens: 64, isLoadFailure: () => false, onOutput: () => undefined, onPrefill: () => undefined };

const folder = mkdtempSync(join(tmpdir(), "foreign-"));
process.once("exit", () => removeFolder(folder));

/** Hand the text in as a file. */
const asFile =
  (read: (path: string) => unknown): Reader =>
  (text) => {
    const path = join(folder, "file");
    writeFileSync(path, text);
    return read(path);
  };

/** In parts of 64 kB, as sockets and pipes bring them. */
function* partsOf(text: string): Generator<Buffer> {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += 65_536) yield all.subarray(at, at + 65_536);
}

const asResponse = (text: string) =>
  Object.assign(Readable.from(partsOf(text)), { statusCode: 500 }) as unknown as IncomingMessage;

function streamed(text: string): Promise<unknown> {
  return new Promise((resolve) => {
    const state = startStream(0);
    readStream(
      asResponse(text),
      RULES,
      () => state,
      systemClock,
      () => undefined,
      resolve,
    );
  });
}

function childLog(text: string): string {
  const log = openChildLog(join(folder, "log"));
  for (const part of partsOf(text)) log.write(part);
  log.close();
  return log.tail(20);
}

const VM_STAT = "Mach Virtual Memory Statistics: (page size of 16384 bytes)\n";

/** By name of the function; a second way to feed the same one has a remark behind it. */
export const READERS: Record<string, Reader> = {
  parseConfigFile: (text) => parseConfigFile(text, "/c"),
  readConfigFile: asFile((path) => readConfigFile(path, new AbortController().signal)),
  sizeFromId,
  diffConfig: (text) => diffText(diffConfig("/c", text, `${text}\nmodel: x\n`)),
  "diffConfig (in a value)": (text) => diffConfig("/c", `model: old\nnote: ${text}`, `model: new\nnote: ${text}`),
  "diffConfig (nothing in common)": (text) => diffConfig("/c", text, text.replaceAll("\n", "~\n")),
  editConfig: (text) => editConfig(text, CHANGES),
  "editConfig (in a value)": (text) => editConfig(`model: old\nnote: "${text}"\n`, CHANGES),
  "editConfig (behind a comment)": (text) => editConfig(`model: old # ${text}\nkv_bits: 4\n`, CHANGES),
  "editConfig (as an owned value)": (text) => editConfig(`model: ${text}\nkv_bits: 4\n`, CHANGES),
  configNamedBy: (text) => configNamedBy(launch(words(text)), macprovider.config.launch),
  "configNamedBy (in a shell)": (text) => configNamedBy(launch(["sh", "-c", text]), macprovider.config.launch),
  overridesOf: (text) => overridesOf(launch(words(text)), macprovider.config.launch),
  planApply: (text) => planApply(RECIPE, text, {}),
  planRevert: (text) => planRevert(`model: new/model-4bit\n${text}`, { edits: EDITS }, { force: true }),
  maskedLines,
  "maskedLines (as a secret)": (text) => maskedLines(`token: ${text}\nx: ${text}`),
  readConfig,
  errorBodyText,
  "errorBodyText (in JSON)": (text) => errorBodyText(JSON.stringify({ error: { message: text } })),
  errorValueText,
  snippet,
  errorWords,
  "errorWords (in a traceback)": (text) => errorWords(`Traceback (most recent call last):\n${text}`),
  threadDeath: (text) => threadDeath(text, /_generate/),
  "threadDeath (of a thread)": (text) => threadDeath(`Exception in thread T (_generate):\n${text}`, /_generate/),
  noStream,
  readEvent: (text) => readEvent(text, undefined),
  "readEvent (of an error)": (text) => readEvent(text, "error"),
  errorText: (text) => errorText(new Error(text)),
  stopTokenMisfit: (text) => stopTokenMisfit(text, ["<end>"]),
  shortModel,
  "shortModel (before a name)": (text) => shortModel(`${text}x`),
  describeAnswer: (text) => describeAnswer("print", { code: 99, stdout: text, stderr: text }),
  parsePrintedService,
  parseDomainServices,
  "parsePrintedService (in a value)": (text) => parsePrintedService(`a = {\n\tpath = ${text}\n\tpid = ${text}`),
  "parsePrintedService (in an argument)": (text) => parsePrintedService(`a = {\n\targuments = {\n\t\t${text}`),
  "parseDomainServices (in the block)": (text) => parseDomainServices(`\tservices = {\n${text}`),
  "parseDomainServices (in a row)": (text) => parseDomainServices(`\tservices = {\n\t\t 1 - ${text}x`),
  parseProcNetTcp,
  "parseProcNetTcp (in a row)": (text) => parseProcNetTcp(`0: ${text}:1F90 00000000:0000 0A 0 0 0 0 0 ${text}`),
  parseListeners,
  "parseListeners (in an address)": (text) => parseListeners(`p1\nn127.${text}`),
  maskByLook,
  "maskByLook (behind a key)": (text) => maskByLook(`x.token = ${text}`),
  kvBytesPerToken: (text) => kvBytesPerToken({ text_config: { model_type: text, num_hidden_layers: text } }),
  generatesText: (text) => generatesText({ architectures: [text, ...words(text)], model_type: text }),
  parsePlistXml,
  "parsePlistXml (in a string)": (text) => parsePlistXml(`<plist><string>${text}</string></plist>`),
  "parsePlistXml (in a tag)": (text) => parsePlistXml(`<plist ${text}`),
  servedBy: (text) => servedBy(words(text)),
  "servedBy (behind python)": (text) => servedBy(["python3", ...words(text)]),
  startedBy: (text) => startedBy(words(text)),
  "startedBy (in a shell)": (text) => startedBy(["env", "sh", "-c", text]),
  parseProcessTable,
  "parseProcessTable (in a row)": (text) => parseProcessTable(`1 1 1 1 S Mon Jan 5 10:00:00 2026 ${text}\n`),
  readCommandLine: (text) => readCommandLine(text, nowhere),
  "readCommandLine (of a server)": (text) => readCommandLine(`malibu-cli serve ${text}`, nowhere),
  readProcCommandLine,
  asPsPrints: (text) => asPsPrints([text]),
  knownArgv: (text) => knownArgv(text, [[text], words(text)]),
  mentionsServer,
  otherServerOf: (text) => otherServerOf(words(text)),
  serves: (text) => PROVIDER_COMMANDS.map((one) => serves(one, words(text))),
  parseProcArgs: (text) => parseProcArgs(bytes(`\u0002\0\0\0${text}`)),
  parseCwd,
  "parseCwd (of a folder)": (text) => parseCwd(`n/${text}`),
  parseEnvironment: (text) => parseEnvironment("a", `a ${text}`),
  headerLength: (text) => headerLength(bytes(text), text.length),
  judgeHeader: (text) => judgeHeader(bytes(text), text.length),
  "judgeHeader (in JSON)": (text) => judgeHeader(bytes(JSON.stringify({ [text]: { dtype: text } })), text.length),
  maskOf: maskOf("sk-Abc123-Def456/Ghi+789"),
  "maskOf (of one letter)": maskOf("aaaaaaaaaaaaaaaa"),
  servedModels,
  isServedModel: (text) => isServedModel(`${text}x`, `/${text}x`),
  fromEnvironment: (text) => readSettings({ ...SOURCES, env: { MLX_AUTOTUNE_CANDIDATE_MODELS: text } }),
  readSettings: (text) => readSettings({ ...SOURCES, flags: { "candidate-models": text, "kv-bits-axis": text } }),
  shellQuote,
  simpleCommands,
  "simpleCommands (behind a quote)": (text) => simpleCommands(`"${text}`),
  acceptEvent: (text) => acceptEvent(startStream(0), text, 1),
  "acceptEvent (in a chunk)": (text) =>
    acceptEvent(startStream(0), JSON.stringify({ choices: [{ delta: { content: text } }], error: { a: text } }), 1),
  nearestName: (text) => nearestName(text, ["candidate-models", "port"]),
  readBaseUrl,
  "readBaseUrl (as a path)": (text) => readBaseUrl(`http://127.0.0.1:1/${text}x`),
  openChildLog: childLog,
  isHubId,
  isLivingPid,
  readPower: (text) => readPower(text, text),
  "readPower (in its place)": (text) =>
    readPower(`Now drawing from '${text}'`, `Currently in use:\n powermode ${text}`),
  readConfiguredModel: asFile(readConfiguredModel),
  parseVmStat,
  "parseVmStat (in a line)": (text) => parseVmStat(`${VM_STAT}Pages free: ${text}`),
  parseMemoryPressure,
  parseMeminfo,
  parseWiredLimit,
  secretsIn,
  maskPlanted,
  tokenizerForm: (text) => tokenizerForm(words(text)),
  trainedPositions: (text) => trainedPositions({ max_position_embeddings: text, text_config: { n_positions: text } }),
  indexedFiles,
  readJson: asFile((path) => readJson(path, foreignFiles(new AbortController().signal))),
  weightFiles: (text) => weightFiles(words(text), words(text)),
  otherPurpose: (text) => otherPurpose({ id: text, config: { model_type: text }, names: [text], card: `---\n${text}` }),
  parsePythonJson,
  "parsePythonJson (in a string)": (text) => parsePythonJson(`[NaN, "${text}`),
  isSameFile: (text) => isSameFile(`/${text}`, `/x/${text}`),
  readPlist: asFile((path) => readPlist(path, {})),
  parseProcStat,
  listsFlag: (text) => listsFlag(text, "--model"),
  evidenceIn: (text) => evidenceIn(text, PROVIDERS.macprovider.failureWords),
  lastWords,
  offeredAxes: (text) => SERVERS.map((one) => offeredAxes(one, text)),
  readError: (text) => readError(asResponse(text), RULES),
  readStream: streamed,
  "readStream (in one event)": (text) => streamed(`data: ${text.replaceAll("\n", " ")}\n\n`),
  commandsIn,
  inRaycast: (text) => inRaycast(text),
  inToolNames,
  failureText,
  failureLine: (text) => failureLine("known", text),
  httpReason: (text) => httpWords(httpReason(500, text), 500),
  codeBlock,
  bullets: (text) => bullets([text]),
  joined: (text) => joined([text, text], text),
  code,
  lines,
  mark: (text) => mark`- ${text}${[text]}`,
  visible,
  configPrint: (text) => configPrint(bytes(text)),
  configNow: (text) => configNow({ bytes: bytes(text) }, { kv_bits: 8 }),
  withCommands,
  told: (text) => told(text),
  isCommand,
  parseActivity,
  shownPsEnvironment,
  shownPrintEnvironment,
  shownPlistEnvironment,
  rowModel,
  databaseAt: (text) => databaseAt(text, "/h"),
  namedPath: (text) => namedPath(text, { home: "/h", from: "/f" }),
  namedProgram: (text) => namedProgram(text, { home: "/h", from: "/f" }),
  modelList,
  isCachedKeyword: (text) => isCachedKeyword(words(text)),
  trimBySize: (text) => trimBySize(words(text), { maxModelSizeB: 8, minModelSizeB: 1 }, sizeFromId),
  lineAround: (text) => lineAround(text, text.length - 1),
  lineOf: (text) => lineOf(text, text.length),
  fingerprint,
  lineBreakOf,
  numberOf,
  lastSegment,
  withoutEndSlashes,
  shellCommand: (text) => shellCommand(words(text)),
  quoted,
  hasControlCharacter,
  unknownLine: (text) => unknownLine(text, ["port"], ""),
  isTooMuchYaml,
  sha256Of: (text) => sha256Of(bytes(text)),
  refusalMarkdown: (text) => refusalMarkdown("apply", text, text, []),
  checkMarkdown: (text) => checkMarkdown({ id: "node", title: "t", state: "ok", text, repair: [text] }, text),
  tuneFlags: (text) => tuneFlags({ models: text }),
  applyInput: (text) => applyInput({ runId: text }),
  revertInput: (text) => revertInput({ application: text }),
  explainInput: (text) => explainInput({ runId: text }),
  table: (text) =>
    table(
      ["a"],
      words(text)
        .slice(0, 1000)
        .map((word) => [word]),
    ),
  flagsIn: (text) => flagsIn([text, `--${text}`, `--port=${text}`]),
  givenValues: (text) => givenValues([`--candidate-models=${text}`, "--port", text]),
  valuesOf: (text) => valuesOf([`--candidate-models=${text}`]),
  distinctNames: (text) => distinctNames([text, `${text}x`]),
  label: (text) => label(0, 0, text, { size: 12, fill: "#000" }),
  textWidth: (text) => textWidth(text, 12),
  fitted: (text) => fitted(text, 100, 12),
};

const SOURCES = { flags: {}, env: {}, file: null, home: "/", cwd: "/", randomSeed: 0 };

/** Names of parameters that hold no text of others: names, places and words of our own. */
export const OURS = new Set(
  [
    [
      "path",
      "file",
      "folder",
      "directory",
      "homeDir",
      "home",
      "dbPath",
      "realPath",
      "logPath",
      "cacheFolder",
      "blobPath",
      "source",
    ],
    [
      "name",
      "label",
      "title",
      "what",
      "how",
      "why",
      "place",
      "reason",
      "remedy",
      "verb",
      "unit",
      "key",
      "flag",
      "domain",
      "host",
    ],
    [
      "id",
      "runId",
      "run",
      "provider",
      "binaryVersion",
      "profile",
      "simulatedProfile",
      "baseUrl",
      "url",
      "link",
      "program",
      "language",
    ],
    [
      "problem",
      "problems",
      "line_break",
      "command",
      "pendingPath",
      "extension",
      "iso",
      "utc",
      "startedAt",
      "was",
      "now",
    ],
  ].flat(),
);

/** Functions with a text that is never another's, or of which only a bounded part is read; and why. */
export const NOT_FOREIGN: Record<string, string> = Object.fromEntries(
  Object.entries({
    "words of our own": [
      ...[
        "check",
        "inShort",
        "doesNotParse",
        "uneditableBraces",
        "promptText",
        "differences",
        "triedText",
        "writePrivately",
        "copyAction",
        "readersOf",
        "readsSetting",
        "commandLine",
        "notBackText",
      ],
      "askTool",
      ...["showNextStep", "markdownPicture", "picture", "line", "readComparison", "launchRestores", "explainRun"],
    ],
    "the command line and the environment of this very call": [
      "providerOrder",
      "askPlan",
      "startRun",
      "callWorker",
      "callDespite",
      "hindering",
    ],
    "flags that the form made": [
      "rememberLive",
      "refuseOtherLive",
      "wantsDrain",
      "callWorkerAt",
      "workerArguments",
      "takesProvider",
      "startRunAt",
    ],
    "names of files and folders of our own": [
      "freshFolder",
      "workerEnd",
      "removeOldWorkers",
      "modelCacheFolder",
      "checkSnapshot",
    ],
    "a model's id, checked before": ["launch", "modelRevision", "listModel", "remoteWeightBytes", "describeModel"],
    "an error is looked at by its code": ["codeOf", "asTransient", "isDiskFull", "errorCode"],
    "an error of the worker, whose texts are bounded": [
      ...[
        "showAlarms",
        "choicesOf",
        "questionOf",
        "isOutdated",
        "showFailure",
        "failureMessage",
        "failureMarkdown",
        "failureLog",
        "showDatabaseProblem",
        "isNothingYet",
      ],
      ...["toolError"],
    ],
    "the name of a preset, which is typed in a field": ["tellReplaced"],
    "our own call of a tool, and places of our own making": [
      ...["askTool", "makeBackupFolder", "copyWithAttributes", "withProviderLock", "askProgram"],
    ],
    "a token or a switch of this environment": ["hubAccess", "isTrue"],
    "evidence that the doctor has put together": ["leftIn"],
    "a name or a figure of our own": [
      "ifNothingAppeared",
      "logLabelText",
      "misfitWord",
      "stopText",
      "unclear",
      "toldFirstText",
      "exitTimeoutAdvice",
      "notPermitted",
      "restoreHints",
    ],
    "offsets of a config that was read": ["locateField", "removal"],
    "a value that stood in a config that was read before": ["editStep"],
    "argv of our own serve command": ["shellCommand"],
  }).flatMap(([why, names]) => names.map((name) => [name, why])),
);
