import { assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import type { ServicePlace } from "../capability.ts";
import { CapabilityError } from "../error.ts";
import { filesCapability } from "./grant.ts";

const PLACE: ServicePlace = {
  privateFolder: "/data/s/files",
  storageFile: "/data/s/s.db",
  assetsFolder: "/data/i/assets",
};

const parse = (value: unknown) => filesCapability.schema.safeParse(value);
const plan = (value: unknown, place = PLACE) =>
  filesCapability.plan(filesCapability.schema.parse(value), place);

function refusal(value: unknown, place = PLACE): string {
  return assertThrows<CapabilityError>(() => plan(value, place), CapabilityError).message;
}

function withFolder(body: (folder: string) => void): void {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  try {
    body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("files: defaults complete the grant", () => {
  assertEquals(parse({ mounts: [{ guest: "/logs", host: "/var/log" }], scratch: "/tmp" }).data, {
    mounts: [{ guest: "/logs", host: "/var/log", access: "read" }],
    scratch: { guest: "/tmp", perRequest: true },
  });
});

Deno.test("files: unknown keys, wrong accesses and bad paths are refused", () => {
  for (
    const value of [
      { mounts: [{ guest: "/a", host: "/b", mode: "rw" }] },
      { mounts: [{ guest: "/a", host: "/b", access: "write" }] },
      { mount: [] },
      {},
      { mounts: [] },
      true,
      ...["a", "", "/a/", "//a", "/a/../b", "/a/./b", "/a\0", "/a//b"].map((guest) => ({ private: guest })),
      ...["b", "", "/b/../c", "/b\0"].map((host) => ({ mounts: [{ guest: "/a", host }] })),
      { private: "/a", scratch: "/a" },
      { mounts: [{ guest: "/a" }, { guest: "/a" }] },
    ]
  ) {
    assertEquals(parse(value).success, false, JSON.stringify(value));
  }
});

Deno.test("files: the plan holds exactly the folders, written ones only where granted", () =>
  withFolder((folder) => {
    const [logs, data] = [join(folder, "logs"), join(folder, "data")];
    Deno.mkdirSync(logs);
    Deno.mkdirSync(data);
    const mounts = [{ guest: "/logs", host: logs }, { guest: "/d", host: data, access: "read-write" }];
    assertEquals(plan({ mounts, private: "/p", assets: "/as", scratch: "/tmp" }), {
      read: [logs, data, PLACE.privateFolder, PLACE.assetsFolder ?? ""],
      write: [data, PLACE.privateFolder],
      net: [],
    });
  }));

Deno.test("files: a host path through a link is planned with what it means now", () =>
  withFolder((folder) => {
    Deno.mkdirSync(join(folder, "real"));
    Deno.symlinkSync("real", join(folder, "link"));
    const host = join(folder, "link");
    assertEquals(plan({ mounts: [{ guest: "/x", host }] }).read, [join(folder, "real"), host]);
  }));

Deno.test("files: what cannot be mounted is refused with the guest path and no host path", () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(join(folder, "file"), "");
    Deno.symlinkSync("/proc/self", join(folder, "sneaky"));
    const cases: [unknown, string][] = [
      [{ mounts: [{ guest: "/x" }] }, "names no host folder"],
      [{ mounts: [{ guest: "/x", host: join(folder, "none") }] }, "does not exist"],
      [{ mounts: [{ guest: "/x", host: join(folder, "file") }] }, "not a folder"],
      [{ mounts: [{ guest: "/x", host: "/proc" }] }, "/proc"],
      [{ mounts: [{ guest: "/x", host: "/sys/kernel" }] }, "/sys"],
      [{ mounts: [{ guest: "/x", host: "/dev" }] }, "/dev"],
      [{ mounts: [{ guest: "/x", host: "/" }] }, "/proc"],
      [{ mounts: [{ guest: "/x", host: join(folder, "sneaky") }] }, "/proc"],
    ];
    for (const [value, part] of cases) {
      const message = refusal(value);
      assertEquals(message.includes(part), true, message);
      assertEquals(message.includes(folder), false, message);
      assertEquals(message.includes("/x"), true, message);
    }
    assertEquals(refusal({ assets: "/a" }, { ...PLACE, assetsFolder: null }).includes("holds none"), true);
  }));

Deno.test("files: a mount inside one that the guest may change is refused", () =>
  withFolder((folder) => {
    Deno.mkdirSync(join(folder, "in"));
    const inner = { guest: "/in", host: join(folder, "in") };
    assertEquals(
      refusal({ mounts: [{ guest: "/out", host: folder, access: "read-write" }, inner] }).includes(
        "lies inside",
      ),
      true,
    );
    assertEquals(plan({ mounts: [{ guest: "/out", host: folder }, inner] }).write, []);
  }));

Deno.test("files: native is the operator's; a manifest that asks for it is refused", () => {
  const { schema, manifestSchema = schema } = filesCapability;
  for (const native of [true, false]) {
    assertEquals(manifestSchema.safeParse({ private: "/p", native }).success, false);
  }
  assertEquals(manifestSchema.parse({ private: "/p" }), schema.parse({ private: "/p" }));
  assertEquals(manifestSchema.safeParse({ private: "/p", scratch: "/p" }).success, false);
});

Deno.test("files: native asks for the C library and says so", () => {
  const grant = filesCapability.schema.parse({ private: "/p", native: true });
  assertEquals(filesCapability.plan(grant, PLACE).ffi?.length, 1);
  assertEquals(filesCapability.describe(grant).some((line) => line.includes("C library")), true);
  assertEquals(plan({ private: "/p" }).ffi, undefined);
});
