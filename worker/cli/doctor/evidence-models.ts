// Probes of providers and models: programs with version and help, the provider's config, the Hugging Face cache, the disk.
// Source: contract §4, §6, §12 (which file is read).
import { lstat, readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { maskedLines } from "../../core/config/config-secrets.ts";
import { errorText } from "../../core/errors.ts";
import type { Finding } from "../../core/secrets/evidence.ts";
import { shownEnvironment } from "../../core/secrets/shown-environment.ts";
import { findConfigTarget } from "../../platform/live/config-target.ts";
import { withinTime } from "../../platform/files/foreign-files.ts";
import { checkSnapshot, hubCacheFolder, isHubId, listCompleteModels, LOOK_MS } from "../../platform/hub/hub-cache.ts";
import { readConfiguredModel } from "../../platform/live/live-config.ts";
import { findBinary, triedLine } from "../../platform/candidate/find-binary.ts";
import { offeredAxes, type Provider, type ProviderId, providerOrder, REAL_SERVERS } from "../../providers/index.ts";
import { asked, type Look, noted, type ProbeContext, reading } from "./evidence-context.ts";
import { hubSurroundings } from "../command/hub-surroundings.ts";

export const lookAtPrograms: Look = async (context) =>
  (await Promise.all(REAL_SERVERS.map((one) => lookAtProgram(one, context)))).flat();

export const lookAtConfigs: Look = (context) => Promise.all(REAL_SERVERS.map(({ id }) => lookAtConfig(id, context)));

async function lookAtProgram(provider: Provider, context: ProbeContext): Promise<Finding[]> {
  const { io, inputs } = context;
  const { id } = provider;
  const isAsked = providerOrder(inputs.provider, inputs.providerBin).includes(id);
  const found = await findBinary(provider, {
    providerBin: isAsked ? inputs.providerBin : null,
    env: io.env,
    homeDirectory: io.homeDir,
    selfCommand: io.selfCommand,
    signal: io.signal,
  });
  if ("tried" in found)
    return [{ asked: id, said: noted(found.tried.map(triedLine).join("\n"), "not here"), read: null }];
  const { command, version, help } = found;
  const readVersion = ({ text }: { text: string }) => ({ "of this text": provider.version(text, help), used: version });
  return [
    await asked(context, [...command, ...provider.helpCommand], () => ({ axes: offeredAxes(provider, help) })),
    ...(provider.versionCommand === null
      ? [{ asked: `version of ${command.join(" ")}`, said: noted("asked of its Python"), read: version }]
      : [await asked(context, [...command, ...provider.versionCommand], readVersion)]),
  ];
}

async function lookAtConfig(id: ProviderId, { io, readFile }: ProbeContext): Promise<Finding> {
  const target = await findConfigTarget(id, { homeDir: io.homeDir, env: io.env });
  const said = await readFile(target.path);
  const text = said.text === "" ? "" : maskedLines(said.text).join("\n");
  const read = { target, ...(await readConfiguredModel(target.path)) };
  return { asked: `${target.path} (${id}: ${target.from})`, said: { ...said, text }, read };
}

/** More models are only counted. */
const MOST_MODELS = 40;
/** More files of a model are only counted. */
const MOST_FILES = 60;

export async function lookAtCache({ io, inputs }: ProbeContext): Promise<Finding[]> {
  const { env, cache } = await hubSurroundings(inputs, null, io);
  const place = { env, homeDir: io.homeDir };
  const folder = hubCacheFolder(place);
  const names = "HF_HUB_CACHE HUGGINGFACE_HUB_CACHE HF_HOME XDG_CACHE_HOME HF_ENDPOINT HF_HUB_OFFLINE HF_TOKEN".split(
    " ",
  );
  const variables = shownEnvironment(Object.fromEntries(names.map((name) => [name, io.env[name]])));
  const list = await readdir(folder).catch((error: unknown) => errorText(error));
  const entries = typeof list === "string" ? [] : list.sort();
  const models = entries.filter((name) => name.startsWith("models--"));
  const leftOut: unknown[] = [];
  const overview: Finding = {
    asked: folder,
    said: typeof list === "string" ? { ...noted("", "failed"), diagnostics: list } : noted(entries.join("\n")),
    read: {
      variables,
      "named by": cache.source,
      complete: await reading(() =>
        listCompleteModels(place, { signal: io.signal, onLeftOut: (one) => leftOut.push(one) }),
      ),
      "left out": leftOut,
    },
  };
  const shown = models.slice(0, MOST_MODELS).map((name) => lookAtModel(folder, name, io.signal));
  return [overview, ...(await Promise.all(shown))];
}

async function lookAtModel(folder: string, name: string, signal: AbortSignal): Promise<Finding> {
  const id = name.slice("models--".length).split("--").join("/");
  const lines = await layout(join(folder, name)).catch((error: unknown) => [errorText(error)]);
  const more = lines.length > MOST_FILES ? [`… ${lines.length - MOST_FILES} more`] : [];
  const read = await reading(() =>
    isHubId(id) ? withinTime(LOOK_MS, signal, (files) => checkSnapshot(folder, id, files)) : "no id of the Hub",
  );
  return { asked: join(folder, name), said: noted([...lines.slice(0, MOST_FILES), ...more].join("\n")), read };
}

/** Path below the folder, kind and size of every file; a link is shown with what it leads to. */
async function layout(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true })).sort().slice(0, 10 * MOST_FILES);
  return Promise.all(names.map(async (name) => `${name}: ${await kindOf(join(folder, name))}`));
}

async function kindOf(path: string): Promise<string> {
  const own = await lstat(path);
  if (own.isDirectory()) return "folder";
  if (!own.isSymbolicLink()) return own.isFile() ? `${own.size} bytes` : "neither file nor folder";
  const end = await stat(path).catch((error: NodeJS.ErrnoException) => error.code ?? "unknown");
  return typeof end === "string" ? `link to nothing (${end})` : `link to ${end.size} bytes`;
}

export async function lookAtDisk({ io, inputs }: ProbeContext): Promise<Finding[]> {
  const { folder } = (await hubSurroundings(inputs, null, io)).cache;
  const read = await reading(async () => {
    const { bavail, bsize, type } = await statfs(folder);
    return { "bytes free": bavail * bsize, type };
  });
  return [{ asked: folder, said: noted("statfs"), read }];
}
