// Compute programs for the cost of the checks, in AssemblyScript: each takes a size and gives a checksum.

export function life(n: i32): i32 {
  let a = new Uint8Array(n * n);
  let b = new Uint8Array(n * n);
  for (let i = 0; i < n * n; i++) a[i] = <u8> ((i * 7919 >> 4) & 1);
  for (let round = 0; round < 10; round++) {
    for (let y = 1; y < n - 1; y++) {
      for (let x = 1; x < n - 1; x++) {
        const at = y * n + x;
        const around = a[at - n - 1] + a[at - n] + a[at - n + 1] + a[at - 1] + a[at + 1] + a[at + n - 1] +
          a[at + n] +
          a[at + n + 1];
        b[at] = <u8> (around == 3 || (around == 2 && a[at] == 1) ? 1 : 0);
      }
    }
    const t = a;
    a = b;
    b = t;
  }
  let sum = 0;
  for (let i = 0; i < n * n; i++) sum += a[i];
  return sum;
}

export function text(n: i32): i32 {
  const parts = new Array<string>();
  for (let i = 0; i < n; i++) parts.push((i * 2654435761).toString());
  const all = parts.join(",");
  let hash: i32 = 0;
  for (let i = 0; i < all.length; i++) hash = hash * 31 + all.charCodeAt(i);
  return hash + all.split(",").length;
}

export function mandelbrot(n: i32): i32 {
  let sum = 0;
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      const cx: f64 = <f64> x / <f64> n * 3.0 - 2.0;
      const cy: f64 = <f64> y / <f64> n * 2.0 - 1.0;
      let zx: f64 = 0;
      let zy: f64 = 0;
      let k = 0;
      while (k < 100 && zx * zx + zy * zy < 4.0) {
        const t = zx * zx - zy * zy + cx;
        zy = 2.0 * zx * zy + cy;
        zx = t;
        k++;
      }
      sum += k;
    }
  }
  return sum;
}
