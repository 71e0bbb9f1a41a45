/** The operations that mimOE's clients know. */
import { containerCreation, dataStoreAction } from "../mcm.ts";
import { ok, type Operation } from "./operation.ts";
import * as replies from "./replies.ts";

/** The containers of mimOE, under both names. */
function containers(name: "containers" | "mims"): readonly Operation[] {
  const base = { tag: "mimOE" } as const;
  return [
    {
      ...base,
      method: "get",
      path: `/mcm/v1/${name}`,
      summary: "Containers",
      needs: "read",
      answers: ok(replies.mimoeContainers, "The containers"),
    },
    {
      ...base,
      method: "post",
      path: `/mcm/v1/${name}`,
      summary: "Puts a stored image to work",
      needs: "deploy",
      json: containerCreation,
      answers: ok(replies.mimoeContainer, "The container"),
    },
    {
      ...base,
      method: "get",
      path: `/mcm/v1/${name}/{id}`,
      summary: "A container",
      needs: "read",
      answers: ok(replies.mimoeContainer, "The container"),
    },
    {
      ...base,
      method: "post",
      path: `/mcm/v1/${name}/{id}/dataStore`,
      summary: "Copies what the service stores, or puts a copy back",
      needs: "admin",
      json: dataStoreAction,
      answers: ok(replies.mimoeDataStore, "Done"),
    },
    {
      ...base,
      method: "delete",
      path: `/mcm/v1/${name}/{id}`,
      summary: "Removes a container",
      needs: "deploy",
      answers: ok(replies.mimoeContainer, "The container as it was"),
    },
  ];
}

/** Images and containers. */
export const MIMOE: readonly Operation[] = [
  {
    method: "get",
    path: "/mcm/v1/images",
    tag: "mimOE",
    summary: "Images",
    needs: "read",
    answers: ok(replies.mimoeImages, "The images"),
  },
  {
    method: "post",
    path: "/mcm/v1/images",
    tag: "mimOE",
    summary: "Stores an image",
    needs: "deploy",
    form: null,
    answers: ok(replies.mimoeImage, "The image"),
  },
  {
    method: "delete",
    path: "/mcm/v1/images/{id}",
    tag: "mimOE",
    summary: "Removes an image that no service uses",
    needs: "deploy",
    answers: ok(replies.mimoeImage, "The image as it was"),
  },
  ...containers("mims"),
  ...containers("containers"),
];
