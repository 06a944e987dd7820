// Brings an older database up to date: the worker does so whenever it opens one. Source: contract §11 (migrated in place).
import { Action, showToast, Toast } from "@raycast/api";
import { ACTIONS } from "./actions.ts";
import * as z from "zod";
import { showFailure } from "../../lib/ui/failure-toast.ts";
import { callWorker } from "../../lib/worker/raycast-worker.ts";

export function MigrateAction({ onDone }: { onDone: () => void }) {
  const migrate = async () => {
    const toast = await showToast({ style: Toast.Style.Animated, title: "Bringing the database up to date" });
    try {
      await callWorker(["runs"], z.unknown());
      Object.assign(toast, { style: Toast.Style.Success, title: "The database is up to date" });
      onDone();
    } catch (error) {
      await toast.hide();
      await showFailure("The database was not brought up to date", error);
    }
  };
  return <Action {...ACTIONS.updateDatabase} onAction={() => void migrate()} />;
}
