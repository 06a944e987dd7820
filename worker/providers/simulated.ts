// The built-in simulator as a provider: macprovider's flags and wire format from a performance model.
// Nothing it says is about this machine. Source: contract §4, simulated.
import {
  MACPROVIDER_AXES,
  MACPROVIDER_CANDIDATES,
  MACPROVIDER_WORDS,
  classifyMacproviderExit,
  knobFlags,
  startMacprovider,
} from "./macprovider.ts";
import type { Provider } from "./provider.ts";

/**
 * Describe the simulator of one profile.
 * @param profile name of a shipped profile or path to a JSON file; null = the fast fictional demo machine
 */
export function simulatedProvider(profile: string | null): Provider<"simulated"> {
  const profileFlags = profile === null ? [] : ["--profile", profile];
  return {
    id: "simulated",
    title: "Simulated (Measures Nothing Here)",
    homepage: null,
    install: [],
    python: null,
    simulated: true,
    live: { commands: [], labels: [], pendingUpdate: null },
    config: {
      readBy: "nobody",
      file: "simulated.yaml",
      what: "the simulator's own config",
      keys: ["kv_bits", "max_concurrency_override", "max_context_override"],
    },
    isProgram: /^simulated-provider$/,
    // Not a file to look for: the argument that makes the worker itself the simulator.
    programs: ["simulated-provider"],
    usualPlaces: [],
    versionCommand: ["--version"],
    helpCommand: ["serve", "--help"],
    version: (versionOutput) => versionOutput.trim() || "unknown",
    axisFlags: MACPROVIDER_AXES,
    defaultAxes: { kv_bits: [null, 4, 8], max_batch: [1, 2] },
    ownDefaults: { max_batch: 1 },
    whyNotServed: () => null,
    defaultCandidates: MACPROVIDER_CANDIDATES,
    candidatesFromCache: false,
    needsWeights: false,
    isolatedConfig: "# One candidate of a simulated tune.\n{}\n",
    start: (request) => {
      const plan = startMacprovider(request);
      return { ...plan, argv: [...plan.argv, ...profileFlags] };
    },
    readiness: { kind: "models-endpoint" },
    healthPath: null,
    requestModel: (model) => model,
    maxWarmups: 2,
    failureWords: MACPROVIDER_WORDS,
    classifyExit: classifyMacproviderExit,
    isLoadFailure: () => false,
    serveCommand: (recipe) => [
      "mlx-autotune",
      "simulated-provider",
      "serve",
      "--model",
      recipe.model,
      ...knobFlags(recipe.knobs),
      ...profileFlags,
    ],
  };
}
