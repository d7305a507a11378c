"""schemathesis, sqlmap and wapiti against a running portal; each says what it found, in sentences."""

import json
import re

from tests.security.tools import HOME, PROJECT, run
from tests.security.world_server import Target

CHECKS = "not_a_server_error,content_type_conformance,response_schema_conformance,unsupported_method"
ANSWERS = "POST /api/v1/rounds/{code}/answers/"
# Addresses whose query or path reaches the database, by who may ask for them.
QUERIES = {
    "": (
        "/api/v1/rounds/world-2025/observations/?kpi=aht&peer_group=all&statistic=mean&limit=5&offset=0",
        "/api/v1/rounds/world-2025/chosen-groups/?in=sector=public",
        "/api/v1/rounds/world-2025*/kpis/",
        "/rounds/world-2025/aht/?edition=1",
    ),
    "coordinator": (
        "/my/results/world-2025/chosen-group/?in=sector=public&edition=1",
        "/my/access/log/?person=1&action=a&since=2026-01-01&until=2026-12-31&before=9",
    ),
    "administrator": (
        "/staff/organisations/?q=a&sort=name&page=1",
        "/staff/oversight/audit/?organisation=a&person=1&action=a&since=2026-01-01&until=2026-12-31&before=9",
        "/staff/people/?q=a&page=1",
        "/staff/rounds/world-2026/response/?q=a&show=all&mine=0&sort=name&page=1",
    ),
}
# Modules of wapiti that fit: no brute force, no look-ups elsewhere, no time bombs.
MODULES = "backup,crlf,csp,cookieflags,exec,file,http_headers,permanentxss,redirect,sql,ssrf,xss,xxe"
# The world is served without TLS, and the form token's cookie is read by our script; production's cookies have a test.
EXPECTED = ("Secure Flag cookie", "HttpOnly Flag cookie")
START = {"": "/", "coordinator": "/my/rounds/", "administrator": "/staff/rounds/"}


def schemathesis(target: Target) -> list[str]:
    """The API by its schema: without a key, and with one of an organisation, of nobody, and dead."""
    found = []
    names = {"nobody": "", "a key": "key", "a key without an organisation": "free_key", "a dead key": "dead_key"}
    for who, name in names.items():
        log = HOME / f"schemathesis-{who.replace(' ', '-')}.log"
        checks = CHECKS if name != "dead_key" else "not_a_server_error"
        header = ["-H", f"Authorization: Api-Key {target.visitors[name]}"] if name else []
        arguments = [f"{target.address}/api/v1/schema/", "-c", checks, "-n", "200", "--no-color", *header]
        calls = log.with_suffix(".json")
        surroundings = {"API_CALLS": str(calls), "PYTHONPATH": str(PROJECT)}
        configured = ["--config-file", "tests/security/schemathesis.toml"]
        if run("schemathesis", *configured, "run", *arguments, into=log, surroundings=surroundings):
            found.append(f"schemathesis as {who}: see {log.name}")
        said = json.loads(calls.read_text(encoding="utf-8"))
        if (f"{ANSWERS} 200" in said) != (name == "key"):
            found.append(f"schemathesis as {who}: answers were {'' if name != 'key' else 'never '}saved")
    return found


def sqlmap(target: Target) -> list[str]:
    """Every parameter that reaches a query, with what each role may ask for."""
    found = []
    for role, addresses in QUERIES.items():
        cookie = ["--cookie", target.cookie(role)] if role else []
        for place, address in enumerate(addresses):
            log = HOME / f"sqlmap-{role or 'nobody'}-{place}.log"
            run(
                "sqlmap", "--batch", "--disable-coloring", "--level", "2", "--risk", "1", "--dbms", "PostgreSQL",
                "--technique", "BEUST", "--time-sec", "3", "--flush-session", "--skip", "Cookie,csrftoken",
                "--output-dir", str(HOME / "sqlmap"), "-u", target.address + address, *cookie, into=log,
            )  # fmt: skip
            text = log.read_text(encoding="utf-8", errors="replace")
            if "identified the following injection point" in text:
                found.append(f"sqlmap: {address} as {role or 'nobody'}: see {log.name}")
            elif "do not appear to be injectable" not in text and "not injectable" not in text:
                found.append(f"sqlmap did not try {address} as {role or 'nobody'}: see {log.name}")
    return found


def wapiti(target: Target) -> list[str]:
    """Forms and links as a stranger, a participant and staff; signing out stays out of it."""
    found = []
    for role, start in START.items():
        report = HOME / f"wapiti-{role or 'nobody'}.json"
        header = ["-H", f"Cookie: {target.cookie(role)}"] if role else []
        run(
            "wapiti", "-u", target.address + start, "--scope", "domain", "-m", MODULES, "--flush-session", "-d", "5",
            "--max-links-per-page", "40", "--max-files-per-dir", "20", "--max-scan-time", "900",
            "--max-attack-time", "240", "-x", target.address + "/sign-out/", "-x", target.address + "/en/sign-out/",
            "--endpoint", target.address, "--no-bugreport", "-f", "json", "-o", str(report), *header,
            into=HOME / f"wapiti-{role or 'nobody'}.log",
        )  # fmt: skip
        told = json.loads(report.read_text(encoding="utf-8"))
        for group in ("vulnerabilities", "anomalies"):
            for kind, cases in told[group].items():
                paths = sorted({re.sub(r"\?.*", "", case["path"]) for case in cases})
                if cases and kind not in EXPECTED:
                    found.append(f"wapiti as {role or 'nobody'}: {kind} ({len(cases)}) at {', '.join(paths[:5])}")
    return found
