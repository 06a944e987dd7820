// The built-in simulator as a provider: macprovider's flags and wire format from a performance model.
// Nothing it says is about this machine. Source: contract §4, simulated.
import {
  MACPROVIDER_CANDIDATES,
  MACPROVIDER_WORDS,
  classifyMacproviderExit,
  knobFlags,
  macproviderAxes,
  startMacprovider,
} from "./macprovider.ts";
import type { Provider } from "./provider.ts";

/**
 * Describe the simulator of one profile.
 * @param profile name of a shipped profile or path to a JSON file; null = the fast fictional demo machine
 */
export function simulatedProvider(profile: string | null): Provider {
  const profileFlags = profile === null ? [] : ["--profile", profile];
  return {
    id: "simulated",
    simulated: true,
    // Not a file to look for: the argument that makes the worker itself the simulator.
    programs: ["simulated-provider"],
    usualPlaces: [],
    versionCommand: ["--version"],
    helpCommand: ["serve", "--help"],
    version: (versionOutput) => versionOutput.trim() || "unknown",
    axes: macproviderAxes,
    defaultAxes: { kv_bits: [null, 4, 8], max_batch: [1, 2] },
    ownDefaults: { max_batch: 1 },
    notACell: () => null,
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
