/**
 * A test double of the files capability with its door switched off: a guest's path is put behind the mount's and goes to
 * the host as it is, which follows whatever is there. It shows what Deno's permissions alone hold back.
 */
import fs from "node:fs";
import type { FilesGrant } from "../../capabilities/files/ask.ts";
import type { FileOpenOptions, Files, Folder, OpenFile, OpenMount } from "../../capabilities/files/files.ts";
import { fromHostError, onHost } from "../../capabilities/files/host_error.ts";
import { HostFile, timesInSeconds } from "../../capabilities/files/host_file.ts";
import { kindOfMode, StatReader } from "../../capabilities/files/host_stat.ts";
import { NamePacker } from "../../capabilities/files/listing.ts";

const stats = new StatReader();

/** Opens the mounts of a grant loosely. */
export function looseFiles(grant: FilesGrant): Files {
  const mounts: OpenMount[] = grant.mounts.map(({ guest, host = "", access }) => ({
    guestPath: guest,
    access,
    folder: new LooseFolder(host, access),
  }));
  const none = (): never => {
    throw new Error("not used here");
  };
  const session = { mounts, openFile: none, createFile: none, snapshot() {}, restore() {}, close() {} };
  return { mounts, openFile: none, createFile: none, session: () => session, close() {} };
}

class LooseFolder implements Folder {
  readonly type = "folder";

  constructor(private readonly root: string, readonly access: "read" | "read-write") {}

  #path(path: string): string {
    return path.startsWith("/") ? path : `${this.root}/${path}`;
  }

  stat() {
    return onHost(() => stats.fromDeno(Deno.statSync(this.root)));
  }
  setTimes() {}
  statAt(path: string, follow: boolean) {
    return onHost(() =>
      stats.fromDeno(follow ? Deno.statSync(this.#path(path)) : Deno.lstatSync(this.#path(path)))
    );
  }
  setTimesAt(path: string, _follow: boolean, times: Parameters<Folder["setTimesAt"]>[2]) {
    onHost(() => {
      const [accessedS, modifiedS] = timesInSeconds(stats.fromDeno(Deno.statSync(this.#path(path))), times);
      fs.utimesSync(this.#path(path), accessedS, modifiedS);
    });
  }
  openAt(path: string, options: FileOpenOptions): OpenFile | Folder {
    const full = this.#path(path);
    const { O_RDONLY, O_RDWR, O_CREAT, O_TRUNC, O_NONBLOCK } = fs.constants;
    const writes = this.access === "read-write" && options.access !== "read";
    let flags = (writes ? O_RDWR : O_RDONLY) | O_NONBLOCK;
    if (options.create) flags |= O_CREAT;
    if (options.truncate) flags |= O_TRUNC;
    try {
      if (fs.existsSync(full) && Deno.statSync(full).isDirectory) return new LooseFolder(full, this.access);
      const opening = {
        path: full,
        flags,
        kind: "file",
        identity: undefined,
        readable: true,
        writable: writes,
      } as const;
      return new HostFile({ stats, ledger: undefined }, opening, fs.openSync(full, flags, 0o666));
    } catch (error) {
      throw fromHostError(error);
    }
  }
  makeFolderAt(path: string) {
    onHost(() => Deno.mkdirSync(this.#path(path)));
  }
  removeFolderAt(path: string) {
    onHost(() => fs.rmdirSync(this.#path(path)));
  }
  unlinkAt(path: string) {
    onHost(() => fs.unlinkSync(this.#path(path)));
  }
  linkAt(path: string, target: Folder, targetPath: string) {
    onHost(() => Deno.linkSync(this.#path(path), (target as LooseFolder).#path(targetPath)));
  }
  renameAt(path: string, target: Folder, targetPath: string) {
    onHost(() => Deno.renameSync(this.#path(path), (target as LooseFolder).#path(targetPath)));
  }
  symlinkAt(text: string, path: string) {
    onHost(() => Deno.symlinkSync(text, this.#path(path)));
  }
  readLinkAt(path: string) {
    return onHost(() => Deno.readLinkSync(this.#path(path)));
  }
  list() {
    const packer = new NamePacker();
    onHost(() => {
      for (const { name } of Deno.readDirSync(this.root)) {
        packer.add(name, kindOfMode(Deno.lstatSync(`${this.root}/${name}`).mode ?? 0), 1);
      }
    });
    const names = packer.finish();
    return {
      count: names.count,
      copy: (first: number, into: Uint8Array) => names.copy(first, into, () => 1),
      entries: () => names.entries(),
    };
  }
  sync() {}
  close() {}
}
