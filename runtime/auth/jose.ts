/** The library of tokens, for hosts that know issuers; see `loadJose`. */
export * from "jose";
