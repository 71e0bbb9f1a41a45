/** Finds the name that was probably meant, for errors that help. */

/** The known name nearest to `name`, if one is near enough to be a slip of the finger. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  const folded = fold(name);
  for (const candidate of known) {
    const other = fold(candidate);
    const begins = Math.min(folded.length, other.length) >= 3 &&
      (folded.startsWith(other) || other.startsWith(folded));
    const distance = begins ? 1 : editDistance(folded, other);
    const near = distance <= Math.max(1, Math.floor(Math.min(folded.length, other.length) / 3));
    if (near && distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Case, dashes and underscores are what people mix up first: they count for nothing. */
function fold(name: string): string {
  return name.slice(0, 80).toLowerCase().replaceAll(/[-_]/g, "");
}

/** Insertions, deletions, changes and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 12) return 99;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    [before, previous] = [previous, row];
  }
  return previous[b.length] ?? 0;
}
