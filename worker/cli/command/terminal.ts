// What a run shows on stderr: lines for events, and on a terminal one live line with bar, phase and ETA.
import { SingleBar } from "cli-progress";
import type { Log, Progress } from "../../context.ts";
import { progressText } from "../../core/result/progress.ts";
import { shortModel, tokensPerSecond } from "../../core/units.ts";

export interface Terminal {
  log: Log;
  draw(progress: Progress): void;
  /** Remove the live line. */
  close(): void;
}

/** Columns of "█████████████░ " and the last one, which stays free so that no terminal wraps. */
const BAR_COLUMNS = 14;
const AROUND_COLUMNS = BAR_COLUMNS + 2;

/** @param live whether `stream` is a terminal that a bar can be drawn on. */
export function createTerminal(stream: NodeJS.WriteStream, live: boolean, verbose: boolean): Terminal {
  let bar: SingleBar | null = null;
  const line = (text: string) => {
    bar?.stop();
    bar = null;
    stream.write(`${text}\n`);
  };
  return {
    log: { info: line, warn: (text) => line(`Warning: ${text}`), debug: (text) => verbose && line(text) },
    draw(progress) {
      if (!live) return;
      const share = Math.round((progress.share ?? 0) * 1000);
      const text = lineOf(progress, (stream.columns || 80) - AROUND_COLUMNS);
      // The bar draws five times a second, whatever it is told: the last word stands.
      if (bar) bar.update(share, { text });
      else bar = startBar(stream, share, text);
    },

    close() {
      bar?.stop();
      bar = null;
    },
  };
}

function startBar(stream: NodeJS.WriteStream, share: number, text: string): SingleBar {
  const options = {
    stream,
    format: "{bar} {text}",
    barsize: BAR_COLUMNS,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    stopOnComplete: false,
  };
  const bar = new SingleBar(options);
  bar.start(1000, share, { text });
  return bar;
}

/** One line of what is going on, at most `width` characters; what matters least stands last, where it may be cut off. */
function lineOf(progress: Progress, width: number): string {
  const { phase, cell, detail, liveTps } = progress;
  const done = progressText(progress);
  const model = progress.candidate === null ? null : shortModel(progress.candidate);
  const speed = liveTps === null ? null : tokensPerSecond(liveTps);
  const inOrder =
    progress.stage === 2 ? [done, phase, speed, cell, detail, model] : [done, phase, model, speed ?? detail];
  const text = inOrder.filter((part) => part !== null && part !== "").join(" · ");
  return text.length > width ? `${text.slice(0, Math.max(1, width - 1))}…` : text;
}
