// All operations, paging and errors with the vendor's Node client.

import { readFileSync } from "node:fs";
import OpenAI from "openai";
import { VERSION } from "openai/version";

const client = new OpenAI({ apiKey: "unused" });
const organization = client.admin.organization;
const { certificates } = organization;
const inProject = organization.projects.certificates;
const pem = readFileSync(process.argv[2], "utf8");
let checks = 0;

function check(what, passed) {
  checks += 1;
  if (!passed) throw new Error(`node: ${what}: failed`);
}

async function fails(error, code, call) {
  const raised = await call().then(() => null, (raised) => raised);
  const expected = raised instanceof error && raised.code === code && raised.requestID;
  check(`${error.name} ${code}`, expected);
}

// Adds a fault through the management API.
async function fault(rule) {
  const request = { method: "POST", body: JSON.stringify(rule) };
  check("fault", (await fetch(`${process.env.MANAGEMENT}/faults`, request)).status === 204);
}

async function collect(list) {
  const items = [];
  for await (const item of list) items.push(item);
  return items;
}

// The ten operations.
const ids = [];
for (const n of [0, 1, 2]) {
  const made = await certificates.create({ certificate: pem, name: `node ${n}` });
  check("create", made.name === `node ${n}` && made.certificate_details.expires_at > 0);
  ids.push(made.id);
}
const retrieved = await certificates.retrieve(ids[0], { include: ["content"] });
check("retrieve", retrieved.certificate_details.content.startsWith("-----BEGIN CERTIFICATE-----"));
check("update", (await certificates.update(ids[0], { name: "renamed" })).name === "renamed");
const body = { certificate_ids: ids };
check("activate", (await collect(certificates.activate(body))).every((c) => c.active));
check("deactivate", (await collect(certificates.deactivate(body))).every((c) => !c.active));
const first = { certificate_ids: ids.slice(0, 1) };
const activated = await collect(inProject.activate("proj_a", first));
check("activate in a project", activated.length === 1 && activated[0].id === ids[0]);
const listed = await collect(inProject.list("proj_a"));
check("list of a project", listed.filter((c) => c.active).map((c) => c.id).join() === ids[0]);
await fails(OpenAI.BadRequestError, "certificate_in_use", () => certificates.delete(ids[0]));
const deactivated = await collect(inProject.deactivate("proj_a", first));
check("deactivate in a project", deactivated.length === 1);
check("delete", (await certificates.delete(ids[0])).id === ids[0]);

// Paging.
const pages = await collect(certificates.list({ limit: 1, order: "asc" }));
check("pages", pages.slice(-2).map((c) => c.id).join() === ids.slice(1).join());
const projects = await collect(organization.projects.list({ limit: 1 }));
check("pages of projects", projects.map((project) => project.id).join() === "proj_a,proj_b");
const events = await collect(organization.auditLogs.list({ limit: 2 }));
check("pages of the audit log", events[0].type === "certificate.deleted" && events.length > 2);

// Errors.
await fails(OpenAI.NotFoundError, null, () => certificates.retrieve("cert_unknown"));
const invalid = () => certificates.create({ certificate: "x" });
await fails(OpenAI.BadRequestError, "mtls_certificate_invalid", invalid);
const wrong = new OpenAI({ apiKey: "unused", adminAPIKey: "sk-admin-wrong" });
const refused = () => wrong.admin.organization.certificates.list();
await fails(OpenAI.AuthenticationError, "invalid_api_key", refused);

// Retries of the client.
const unavailable = { respond: { status: 503 } };
const once = { first: 1 };
await fault({ endpoint: "listOrganizationCertificates", when: once, action: unavailable });
check("repeats 503", (await certificates.list()).data.length > 0);
await fault({ endpoint: "listProjectCertificates", when: once, action: "close_after_commit" });
check("repeats a lost response", (await inProject.list("proj_a")).data.length > 0);

for (const id of ids.slice(1)) await certificates.delete(id);
console.log(`node: openai ${VERSION}: ${checks} checks passed`);
