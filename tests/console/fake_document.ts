/** The OpenAPI document of the fake host's services. */

/** Two operations, with references in it. */
export const FAKE_DOCUMENT = {
  openapi: "3.1.0",
  info: { title: "Log reader", version: "1.4.2", description: "Lines of the device's logs." },
  paths: {
    "/lines": {
      get: {
        tags: ["Lines"],
        summary: "Lines of a log",
        parameters: [
          {
            name: "level",
            in: "query",
            required: true,
            schema: { type: "string", default: "warn" },
            description: "The lowest level.",
          },
        ],
        responses: {
          200: {
            description: "The lines",
            content: { "application/json": { schema: { $ref: "#/components/schemas/Lines" } } },
          },
        },
      },
      post: {
        tags: ["Lines"],
        summary: "Adds a line",
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/Line" } } },
        },
        responses: { 201: { description: "Added" }, 400: { description: "Not a line" } },
      },
    },
  },
  components: {
    schemas: {
      Line: {
        type: "object",
        properties: {
          text: { type: "string", example: "engine started" },
          level: { enum: ["info", "warn"] },
          self: { $ref: "#/components/schemas/Line" },
        },
      },
      Lines: { type: "array", items: { $ref: "#/components/schemas/Line" } },
    },
  },
};
