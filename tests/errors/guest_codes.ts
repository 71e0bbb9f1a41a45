/** What guests are told, with cause and fix: for the page of errors. A code without an entry does not compile. */
import type { CapabilityErrorCode } from "../../capabilities/error.ts";
import type { MessageError } from "../../abi/serverless/error.ts";

type Told = readonly [cause: string, fix: string];

const NAME = "Use another name, or look first whether it is there.";
const CLOSE = "Close what is not needed any more; `berth limits` names the bound.";

/** Codes of capabilities; for WASI they become the errno of the same name. */
export const GUEST_CODES: Readonly<Record<CapabilityErrorCode, Told>> = {
  "denied": [
    "Not granted, or outside of what is granted.",
    "Add the line of berth.json that the message and the log name, and have it granted.",
  ],
  "invalid": ["The request itself is malformed.", "Correct what the message names."],
  "too-large": [
    "One thing is over its limit.",
    "Send less at once, in parts or as a stream; `berth limits` names the bound.",
  ],
  "quota": [
    "The sum of what the service keeps is over its limit.",
    "Remove what is old, or have the operator raise the limit.",
  ],
  "busy": ["Too many are under way at once.", "Wait for one to end and try again."],
  "timeout": [
    "The other side did not answer in time.",
    "Try again later, or allow more time where the call takes one.",
  ],
  "aborted": [
    "The call was given up: its request has ended or the service stops.",
    "Nothing; the request that wanted it is over.",
  ],
  "unreachable": [
    "The other side cannot be reached or broke off.",
    "Look whether it runs, and whether its name and port are right.",
  ],
  "closed": ["It is closed already.", "Open it again, or do not use it after closing."],
  "conflict": ["Compare-and-set found another value.", "Read the value again and repeat."],
  "io": ["The device's disk or database failed.", "The host's log has the cause; look at the disk."],
  "acces": [
    "The device's user may not do that to the file.",
    "Give the user that runs Berth the permission on the folder.",
  ],
  "again": ["Nothing is there yet, or it is full for now.", "Poll, then try again."],
  "badf": ["The descriptor is not open, or not for this.", "Open it with the rights that the call needs."],
  "dquot": ["The user's disk quota is used up.", "Free space on the device."],
  "exist": ["It is there already.", NAME],
  "fbig": ["The file would grow past its limit.", "Write less, or have the operator raise the limit."],
  "ilseq": ["A name is not UTF-8.", "Use UTF-8 for names."],
  "isdir": ["It is a folder.", "Use the calls for folders."],
  "loop": ["Too many links, or a link where none may be followed.", "Name the file itself."],
  "mfile": ["Too many descriptors are open.", CLOSE],
  "nametoolong": ["A path or name is over its limit.", "Use shorter names."],
  "noent": ["There is no such file or folder.", "Check the path; paths begin at a mount of the manifest."],
  "nospc": [
    "No space is left on the device, or in the folder's limit.",
    "Remove what is not needed, or have the limit raised.",
  ],
  "notcapable": [
    "Outside of the mounts, or they are read-only for this.",
    'Mount the folder in berth.json: "files": {"mounts": [{"guest": "/data", "access": "read-write"}]}.',
  ],
  "notdir": ["A part of the path is no folder.", "Check the path."],
  "notempty": ["The folder is not empty.", "Remove what is in it first."],
  "notsup": [
    "That cannot be done with this kind of file.",
    "Use another call; the message says what is missing.",
  ],
  "nxio": ["Nobody is at the other end.", "Nothing a service can do."],
  "overflow": ["A number does not fit.", "Ask for less."],
  "perm": ["Nobody may do that here.", "Do without; links with absolute targets are refused, for one."],
  "pipe": ["The reader has gone.", "Stop writing."],
  "rofs": ["The mount is read-only.", 'Mount it with "access": "read-write".'],
  "spipe": ["It cannot be positioned in.", "Read it from front to back."],
  "txtbsy": ["The file is being run.", "Try again later."],
  "xdev": ["From one mount to another.", "Copy and remove in place of renaming."],
};

/** Codes of the serverless ABI's messages. */
export const MESSAGE_CODES: Readonly<Record<MessageError["code"], Told>> = {
  "invalid": [
    "A message is not as the specification has it.",
    "Compare with abi/serverless/SPEC.md; the SDKs write messages that are right.",
  ],
  "too-large": [
    "A message, or a part of one, is over its limit.",
    "Send less at once; `berth limits` names the bound.",
  ],
  "unknown-method": ["There is no such message.", "Check its name, and the version of Berth."],
  "busy": ["Too many messages of this request are unanswered.", "Wait for answers before sending more."],
};
