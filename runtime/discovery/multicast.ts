/** The library of multicast DNS, for hosts that take part in discovery; see `loadMulticast`. It has no types. */
export { default } from "multicast-dns";
