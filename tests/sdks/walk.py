"""All operations, paging and errors with the vendor's Python client."""

import json
import os
import sys
import urllib.request

import openai

client = openai.OpenAI(api_key="unused")
certificates = client.admin.organization.certificates
in_project = client.admin.organization.projects.certificates
pem = open(sys.argv[1]).read()
checks = 0


def check(what, passed):
    global checks
    checks += 1
    if not passed:
        sys.exit(f"python: {what}: failed")


def fails(error, code, call):
    try:
        call()
    except error as raised:
        check(f"{error.__name__} {code}", raised.code == code and raised.request_id is not None)
    else:
        check(f"{error.__name__} {code}", False)


def fault(rule):
    """Adds a fault through the management API."""
    url = os.environ["MANAGEMENT"] + "/faults"
    body = json.dumps(rule).encode()
    urllib.request.urlopen(urllib.request.Request(url, body, method="POST"))


# The ten operations.
made = [certificates.create(certificate=pem, name=f"python {n}") for n in range(3)]
ids = [certificate.id for certificate in made]
check("create", made[0].name == "python 0" and made[0].certificate_details.expires_at > 0)
retrieved = certificates.retrieve(ids[0], include=["content"])
check("retrieve", retrieved.certificate_details.content.startswith("-----BEGIN CERTIFICATE-----"))
check("update", certificates.update(ids[0], name="renamed").name == "renamed")
check("activate", all(c.active for c in certificates.activate(certificate_ids=ids)))
check("deactivate", not any(c.active for c in certificates.deactivate(certificate_ids=ids)))
activated = in_project.activate("proj_a", certificate_ids=ids[:1])
check("activate in a project", [c.id for c in activated] == ids[:1])
active = [c.id for c in in_project.list("proj_a") if c.active]
check("list of a project", active == ids[:1])
fails(openai.BadRequestError, "certificate_in_use", lambda: certificates.delete(ids[0]))
check("deactivate in a project", in_project.deactivate("proj_a", certificate_ids=ids[:1]).data)
check("delete", certificates.delete(ids[0]).id == ids[0])

# Paging.
listed = [c.id for c in certificates.list(limit=1, order="asc")]
check("pages", listed[-2:] == ids[1:] and len(listed) == len(set(listed)))
projects = [project.id for project in client.admin.organization.projects.list(limit=1)]
check("pages of projects", projects == ["proj_a", "proj_b"])
events = client.admin.organization.audit_logs.list(limit=2)
check("pages of the audit log", next(iter(events)).type == "certificate.deleted")
check("more events than a page", sum(1 for _ in events) > 2)

# Errors.
fails(openai.NotFoundError, None, lambda: certificates.retrieve("cert_unknown"))
fails(openai.BadRequestError, "mtls_certificate_invalid", lambda: certificates.create(certificate="x"))
wrong = openai.OpenAI(api_key="unused", admin_api_key="sk-admin-wrong")
fails(openai.AuthenticationError, "invalid_api_key", wrong.admin.organization.certificates.list)

# Retries of the client.
fault({"endpoint": "listOrganizationCertificates", "when": {"first": 1}, "action": {"respond": {"status": 503}}})
check("repeats 503", certificates.list().data)
fault({"endpoint": "listProjectCertificates", "when": {"first": 1}, "action": "close_after_commit"})
check("repeats a lost response", in_project.list("proj_a").data)

for certificate in ids[1:]:
    certificates.delete(certificate)
print(f"python: openai {openai.__version__}: {checks} checks passed")
