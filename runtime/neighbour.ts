/** Other hosts on the local network, as discovery tells of them. */

/** A host that announced itself; all of it is what the network says, and nothing of it is proven. */
export interface Neighbour {
  /** Its node id. */
  readonly id: string;
  /** Its name: that of the machine. */
  readonly name: string;
  /** Berth's version there. */
  readonly version: string;
  /** Where it answers: `http://192.168.1.20:8083`; the address is the one that the announcement came from. */
  readonly origin: string;
}
