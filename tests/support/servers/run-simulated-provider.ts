// The worker's hidden command `simulated-provider` alone, as a process: node run-simulated-provider.ts simulated-provider …
import { simulatedProviderMain } from "../../../worker/simulator/main.ts";

process.exit(await simulatedProviderMain(process.argv.slice(3), process.env));
