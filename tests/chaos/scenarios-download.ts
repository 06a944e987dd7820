// Where a download passes its steps: from nothing, over what broken ones left, on a full disk, on a disk without symlinks.
import type { Scenario } from "./scenario.ts";
import { openDownloadStage, plantBroken, type DownloadPlay } from "./stage-download.ts";

const download = (name: string, options: DownloadPlay): Scenario => ({
  ...{ name, roles: ["run"] },
  open: () => openDownloadStage(options),
});

export const DOWNLOAD_SCENARIOS: readonly Scenario[] = [
  download("download", {}),
  download("broken downloads", { leftovers: plantBroken, hub: { ignoreRange: true } }),
  download("download on a full disk", { always: ["fail:ENOSPC run before download.bytes 3"] }),
  download("download without symlinks", { always: ["fail:EPERM run before download.link 1"] }),
];
