// Contract §5: ps and lsof get ten seconds, at their real length; then nobody knows what runs, and that is an error.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { findListeners } from "../../../worker/platform/processes/port-listener.ts";
import { listProcesses } from "../../../worker/platform/processes/processes.ts";
import { createMacTools, type MacTools } from "../../support/mac/mac-process-tools.ts";

let mac: MacTools;
beforeEach(() => {
  mac = createMacTools();
});
afterEach(() => mac.close());

test("a tool that does not answer is given up after ten seconds", async () => {
  mac.breakTool("ps", "exec sleep 50");
  mac.breakTool("lsof", "exec sleep 50");
  const source = { platform: "darwin" as const, env: mac.env };
  const late = (tool: string) => ({
    code: "provider_conflict",
    message: expect.stringContaining(`${tool} did not answer within 10 s`),
  });
  await Promise.all([
    expect(listProcesses(source)).rejects.toMatchObject(late("ps")),
    expect(findListeners(18_080, source)).rejects.toMatchObject(late("lsof")),
  ]);
});
