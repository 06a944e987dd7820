// What starting the worker needs of the world around it; raycast-worker.ts takes it from Raycast, tests hand in their own.
// Source: DESIGN: nothing but this is read from the environment, so that all of it runs without Raycast.

export interface WorkerPlace {
  /** The extension's assets, which an update replaces at any time. */
  assetsPath: string;
  /** The extension's own folder, which stays. */
  supportPath: string;
  dbPath: string;
  homeDir: string;
  env: NodeJS.ProcessEnv;
  /** The preference; null = search. */
  nodeBinary: string | null;
  /** The preference; null = the worker searches. */
  providerBinary: string | null;
  /** What runs this code, and its version: usually the Node that Raycast brings. */
  execPath: string;
  nodeVersion: string;
  /** The link that a notification about this run opens. */
  deepLink: (runId: string) => string;
}
