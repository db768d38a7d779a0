"""The OpenAPI 3.1 document of the programming interface, made from the table's own types; pure.

References
----------
OpenAPI Specification 3.1; JSON Schema 2020-12, which msgspec writes.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import msgspec

from regie import __version__
from regie.interfaces.web.api.entry import Entry
from regie.interfaces.web.api.problem import KIND, Problem
from regie.interfaces.web.api.table import ENTRIES

_TEMPLATE = "#/components/schemas/{name}"
_PLACE = re.compile(r"{(\w+)(?::(\w+))?}")


@cache
def openapi() -> dict[str, Any]:
    """The whole document.

    Examples
    --------
    >>> told = openapi()
    >>> told["openapi"], sorted(told["paths"]["/runs"])
    ('3.1.0', ['get'])
    """
    types = [
        one
        for entry in ENTRIES
        for one in (None if entry.files else entry.answer, entry.body)
        if one is not None
    ]
    schemas, components = msgspec.json.schema_components(
        [*types, *(entry.query for entry in ENTRIES), Problem], ref_template=_TEMPLATE
    )
    schemas, components = _read_by_all(schemas), _read_by_all(components)
    told = dict(zip([*map(_named, types)], schemas, strict=False))
    queries = dict(zip(
        (entry.query for entry in ENTRIES), schemas[len(types) : len(types) + len(ENTRIES)],
        strict=True,
    ))  # fmt: skip
    paths: dict[str, Any] = {}
    for entry in ENTRIES:
        asked = _resolved(queries[entry.query], components)
        written = _operation(entry, told, asked)
        paths.setdefault(_PLACE.sub(r"{\1}", entry.path), {})[entry.method.lower()] = written
    for entry in ENTRIES:
        if entry.takes_version:  # which If-Match may name instead
            needed = components[told[_named(entry.body)]["$ref"].rpartition("/")[2]]["required"]
            needed[:] = [name for name in needed if name != "shown"]
    _drop_unnamed(
        {queries[entry.query]["$ref"].rpartition("/")[2] for entry in ENTRIES}, paths, components
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Régie", "version": __version__},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _read_by_all(schema: Any) -> Any:
    """A schema without `prefixItems`, which few of the tools that read OpenAPI know: a pair is told
    as a list of two, each of either kind.

    Examples
    --------
    >>> pair = {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}],
    ...         "items": False, "minItems": 2, "maxItems": 2}
    >>> _read_by_all([pair])[0]["items"]
    {'anyOf': [{'type': 'string'}, {'type': 'integer'}]}
    """
    if isinstance(schema, dict):
        read = {name: _read_by_all(value) for name, value in schema.items()}
        parts = read.pop("prefixItems", None)
        if isinstance(parts, list):
            kinds = [one for n, one in enumerate(parts) if one not in parts[:n]]
            read["items"] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        return read
    return [_read_by_all(one) for one in schema] if isinstance(schema, list | tuple) else schema


def _drop_unnamed(queries: set[str], paths: dict[str, Any], components: dict[str, Any]) -> None:
    """Leave out the types of queries, told as parameters, but those that a body is of too."""
    others = {name: one for name, one in components.items() if name not in queries}
    told = msgspec.json.encode([paths, others]).decode()
    for name in queries:
        if f'"{_TEMPLATE.format(name=name)}"' not in told:
            components.pop(name, None)


def _named(one: Any) -> str:
    return repr(one)


def _resolved(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = components[schema["$ref"].rpartition("/")[2]]
    return found


def _operation(entry: Entry, told: dict[str, Any], query: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "200": {"description": "The answer.", "content": _answer_of(entry, told)},
        "4XX": _problem("Not done; the problem says why."),
        "503": _problem("The workspace cannot be used as it is."),
    }
    if entry.method == "GET" and not entry.files:
        answers["200"]["headers"] = {"ETag": {"schema": {"type": "string"}}}
        answers["304"] = {"description": "The same as If-None-Match names."}
    written: dict[str, Any] = {
        "operationId": _identifier(entry),
        "summary": entry.does,
        "description": _description(entry),
        "parameters": [
            *(_in_path(name, kind) for name, kind in _PLACE.findall(entry.path)),
            *(
                {"name": name, "in": "query", "required": False, "schema": _plain(schema)}
                for name, schema in query.get("properties", {}).items()
            ),
        ],
        "responses": answers,
    }
    if entry.takes_version:
        written["parameters"].append(
            {"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}}
        )
    if entry.body is not None:
        content = {"application/json": {"schema": told[_named(entry.body)]}}
        written["requestBody"] = {"required": True, "content": content}
    if entry.takes_file:
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        written["requestBody"] = {"required": True, "content": content}
    return written


def _answer_of(entry: Entry, told: dict[str, Any]) -> dict[str, Any]:
    if not entry.files:
        return {"application/json": {"schema": told[_named(entry.answer)]}}
    return {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in entry.files}


def _description(entry: Entry) -> str:
    asks = f"Asks for the permission `{entry.permission}`."
    if not entry.takes_version:
        return asks
    return f"{asks} Names what was looked at: its ETag in If-Match, or its version as `shown`."


def _identifier(entry: Entry) -> str:
    words = re.sub(r"[^a-z]+", "_", _PLACE.sub(r"\1", entry.path).lower()).strip("_")
    return f"{entry.method.lower()}_{words}"


def _in_path(name: str, kind: str) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0} if kind == "int" else {"type": "string"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Of what may be left out: in an address nothing is said by saying nothing, never by null."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    return kinds[0] if kinds else schema


def _problem(words: str) -> dict[str, Any]:
    schema = {"$ref": _TEMPLATE.format(name="Problem")}
    return {"description": words, "content": {KIND: {"schema": schema}}}
