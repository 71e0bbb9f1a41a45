/** `berth images`: what was uploaded, with what uses it; removing one, or all that nothing uses. */
import type { Command } from "commander";
import type { DeviceClient, ImageSummary } from "../client.ts";
import { CliError } from "../errors.ts";
import { agoText, bytesText, type Screen } from "../screen.ts";
import { deviceOptions, examples, type Session } from "../session.ts";

/** An image and the services that need it: they run it, or can go back to it. */
interface UsedImage extends ImageSummary {
  readonly usedBy: readonly { readonly service: string; readonly now: boolean }[];
}

/** Adds the commands. */
export function registerImages(program: Command, session: Session): void {
  const images = program.command("images").description(
    "List the images of a device, and remove what nothing uses.",
  );
  deviceOptions(images).action((_options: unknown, self: Command) => list(session, self));
  examples(images, [
    ["berth images", "what is there, and what uses it"],
    ["berth images inspect hello-v1", "one of them"],
    ["berth images prune", "removes what no service runs or can go back to"],
  ]);
  const ls = images.command("ls").description("List them.");
  deviceOptions(ls).action((_options: unknown, self: Command) => list(session, self));
  const inspect = images.command("inspect").description("Show one.").argument(
    "<image>",
    "its name, id or digest",
  );
  deviceOptions(inspect).action(async (wanted: string, _options: unknown, self: Command) => {
    const screen = session.screen(self);
    const image = findImage(await usedImages(await session.client(self)), wanted);
    screen.result(image, () => details(image, screen));
  });
  const rm = images.command("rm").description("Remove images that no service uses.").argument(
    "<image...>",
    "names, ids or digests",
  );
  deviceOptions(rm).action(async (wanted: string[], _options: unknown, self: Command) => {
    const client = await session.client(self);
    const there = await usedImages(client);
    const chosen = wanted.map((each) => findImage(there, each).id); // all are there before the first one goes
    await removeAll(client, chosen, session.screen(self));
  });
  const prune = images.command("prune").description("Remove all that no service runs or can go back to.")
    .option("-y, --yes", "do not ask");
  deviceOptions(prune).action(async (options: { yes?: boolean }, self: Command) => {
    const screen = session.screen(self);
    const client = await session.client(self);
    const unused = (await usedImages(client)).filter(({ usedBy }) => usedBy.length === 0);
    if (unused.length === 0) return screen.result({ removed: [] }, () => "Every image is in use.");
    if (!options.yes) {
      if (!session.io.inIsTerminal || screen.json) {
        throw new CliError("usage", `Asked to remove ${unused.length} images where nobody can be asked`, {
          fix: "Say so with --yes.",
        });
      }
      const answer = session.io.ask(`Remove ${unused.map(({ name }) => name).join(", ")}? [y/N]`);
      if (!/^y(es)?$/i.test(answer?.trim() ?? "")) return screen.line("Nothing was removed.");
    }
    await removeAll(client, unused.map(({ id }) => id), screen);
  });
}

async function list(session: Session, self: Command): Promise<void> {
  const screen = session.screen(self);
  const images = await usedImages(await session.client(self));
  if (screen.json) return screen.result({ images }, () => "");
  if (images.length === 0) return screen.line("No images yet. Send one with: berth deploy <folder>");
  const c = screen.colours;
  const now = Date.now();
  const rows = images.map(({ name, id, digest, size, created, usedBy }) => [
    c.bold(name),
    id,
    digestText(digest),
    bytesText(size),
    agoText(now - created),
    usedBy.length === 0 ? c.dim("nothing") : usedText(usedBy),
  ]);
  screen.line(await screen.table(["IMAGE", "ID", "DIGEST", "SIZE", "SENT", "USED BY"], rows));
}

const digestText = (digest: string) => digest.replace(/^sha256:/, "").slice(0, 12);

function usedText(usedBy: UsedImage["usedBy"]): string {
  return usedBy.map(({ service, now }) => now ? service : `${service} (earlier)`).join(", ");
}

/** The images with what uses them; a service's earlier versions count, since it may go back. */
async function usedImages(client: DeviceClient): Promise<UsedImage[]> {
  const [images, services] = await Promise.all([client.images(), client.services()]);
  const revisions = (await Promise.all(services.map(async ({ id, name, image }) => {
    const history = await client.history(id);
    const uses = history.map((revision) => ({
      service: name,
      digest: revision.image,
      now: revision.current,
    }));
    return [{ service: name, digest: image, now: true }, ...uses.filter(({ now }) => !now)];
  }))).flat();
  return images.map((image) => {
    const users = revisions.filter(({ digest }) => digestText(digest) === digestText(image.digest));
    const names = [...new Set(users.map(({ service }) => service))];
    const usedBy = names.map((service) => ({
      service,
      now: users.some((user) => user.service === service && user.now),
    }));
    return { ...image, usedBy };
  });
}

function findImage(images: readonly UsedImage[], wanted: string): UsedImage {
  const found = images.find(({ id, name, digest, repoTags }) =>
    id === wanted || name === wanted || repoTags.includes(wanted) || digest === wanted ||
    (wanted.length >= 6 && digestText(digest).startsWith(wanted.replace(/^sha256:/, "").slice(0, 12)))
  );
  if (found) return found;
  const names = images.map(({ name }) => name).join(", ");
  throw new CliError("host-refused", `The device has no image ${JSON.stringify(wanted)}`, {
    code: "image-not-found",
    fix: names === ""
      ? "There are none on this device yet; send one with: berth deploy FOLDER"
      : `There are: ${names}.`,
  });
}

function details(image: UsedImage, screen: Screen): string[] {
  const row = (name: string, text: string) => `${screen.colours.dim(name.padEnd(8))} ${text}`;
  return [
    screen.colours.bold(image.name),
    row("id", image.id),
    row("digest", image.digest),
    row("tags", image.repoTags.join(", ")),
    row("size", bytesText(image.size)),
    row("sent", new Date(image.created).toISOString()),
    row("used by", image.usedBy.length === 0 ? "nothing" : usedText(image.usedBy)),
  ];
}

async function removeAll(client: DeviceClient, ids: readonly string[], screen: Screen): Promise<void> {
  const removed: ImageSummary[] = [];
  for (const id of ids) removed.push(await client.removeImage(id));
  screen.result(
    { removed },
    () => removed.map(({ name, size }) => `${screen.colours.green("✔")} removed ${name}  ${bytesText(size)}`),
  );
}
