// Which file a path means: own symlinks are followed to their target, foreign ones never.
// Who owns a link decides what is written where.
import { basename, dirname, join, resolve } from "node:path";
import { AutotuneError } from "../../core/errors.ts";
import { codeOf, type FileLayer } from "./file-layer.ts";

/** As many as the kernel follows. */
const MAX_LINKS = 40;

/**
 * Follow a path to the file it means, which need not exist.
 * @throws AutotuneError config_error if a link on the way, or what a link leads to, belongs to another user
 */
export function resolveTarget(path: string, layer: FileLayer): string {
  let current = realFolder(path, layer);
  for (let links = 0; links <= MAX_LINKS; links += 1) {
    const found = layer.lstatSync(current, { throwIfNoEntry: false });
    if (found === undefined) return current;
    if (!found.isSymbolicLink()) {
      if (links > 0 && found.uid !== ownUid())
        throw foreign(path, `leads to ${current}, which belongs to another user`);
      return current;
    }
    if (found.uid !== ownUid()) throw foreign(path, `is behind a symlink that belongs to another user (${current})`);
    current = realFolder(resolve(dirname(current), layer.readlinkSync(current)), layer);
  }
  throw new AutotuneError("config_error", `${path} is a loop of symlinks`, { remedy: "Mend the symlink" });
}

/** The path with its folder's symlinks resolved; a folder behind a symlink must be our own or the system's. */
function realFolder(path: string, layer: FileLayer): string {
  const folder = dirname(resolve(path));
  const real = existingFolder(folder, layer);
  if (real !== folder) {
    const { uid } = layer.lstatSync(real);
    if (uid !== ownUid() && uid !== 0) throw foreign(path, `leads to a folder of another user (${real})`);
  }
  return join(real, basename(path));
}

/** A folder with its symlinks resolved; one that does not exist yet stands for itself. */
export function existingFolder(folder: string, layer: FileLayer): string {
  try {
    return layer.realpathSync(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return folder;
    throw error;
  }
}

function ownUid(): number {
  return process.getuid?.() ?? 0;
}

function foreign(path: string, how: string): AutotuneError {
  return new AutotuneError("config_error", `${path} ${how}; it is not written through`, {
    remedy: "Replace the symlink by a file or a symlink of your own",
  });
}
