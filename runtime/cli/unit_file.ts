/** The systemd unit of a host: the least that it needs of the system, and nothing else. */

/** What the unit is made of. */
export interface UnitFile {
  /** The command that runs Berth, before `serve`: a program, or Deno and its arguments. */
  readonly program: readonly string[];
  /** Where to listen, and everything else for `berth serve`. */
  readonly serve: readonly string[];
  /** Folders outside of its own that services may be given, to read. */
  readonly readable: readonly string[];
  /** The same, also to write. */
  readonly writable: readonly string[];
}

/** How long services have to end, longer than what the host itself gives them (s). */
const STOP_S = 20;

/** The unit's text. V8 makes code while it runs, so its pages must be allowed to become executable. */
export function unitFile({ program, serve, readable, writable }: UnitFile): string {
  const command = [...program, "serve", "--data", "/var/lib/berth", ...serve].map(quoted).join(" ");
  return `[Unit]
Description=Berth, a host for WebAssembly microservices
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${command}
Restart=on-failure
RestartSec=2
KillSignal=SIGTERM
TimeoutStopSec=${STOP_S}

# A user that exists only while it runs, and two folders that are its own.
DynamicUser=yes
StateDirectory=berth
StateDirectoryMode=0700
CacheDirectory=berth
# Two pools of memory for all threads: with eight for each core every start of a service leaves its own behind.
Environment=DENO_DIR=/var/cache/berth DENO_NO_UPDATE_CHECK=1 HOME=/var/lib/berth MALLOC_ARENA_MAX=2

# The system is there to be read, and little of it.
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
UMask=0077
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
${readable.map((folder) => `BindReadOnlyPaths=${quoted(folder)}\n`).join("")}${
    writable.map((folder) => `ReadWritePaths=${quoted(folder)}\n`).join("")
  }
[Install]
WantedBy=multi-user.target
`;
}

/** A word of a command line as systemd reads it: quotes, and no specifiers or variables. */
function quoted(word: string): string {
  const plain = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /[\s"'\\;]/.test(plain) ? `"${plain.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : plain;
}
