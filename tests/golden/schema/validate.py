#!/usr/bin/env python3
"""Holds the JSON of the golden outputs to its schema: validate.py GOLDEN_FOLDER

Every NAME-*json.out is checked against schema/NAME.json, NAME being its first word. The part of JSON
Schema that the schemas use, and no more: any other keyword is an error. A schema that refuses
nothing is found out: each has to refuse its document with a member taken away or one too many.
"""

import copy
import json
import pathlib
import re
import sys

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}
KNOWN = {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required",
         "additionalProperties", "items", "enum", "pattern", "minimum"}


def is_of(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def errors(value, schema, root, at="$"):
    """Yields what is wrong, with where."""
    unknown = set(schema) - KNOWN
    if unknown:
        raise SystemExit(f"this validator does not know {sorted(unknown)}")
    if "$ref" in schema:
        yield from errors(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, at)
        return
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_of(value, t) for t in types):
        yield f"{at}: {json.dumps(value)[:60]} is not of type {' or '.join(types)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at}: {value!r} does not match {schema['pattern']}"
    if is_of(value, "integer") and "minimum" in schema and value < schema["minimum"]:
        yield f"{at}: {value} is less than {schema['minimum']}"
    if isinstance(value, list) and "items" in schema:
        for i, item in enumerate(value):
            yield from errors(item, schema["items"], root, f"{at}[{i}]")
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for key in schema.get("required", []):
            if key not in value:
                yield f"{at}: {key} is missing"
        for key, item in value.items():
            if key in properties:
                yield from errors(item, properties[key], root, f"{at}.{key}")
            elif schema.get("additionalProperties") is False:
                yield f"{at}: {key} is unknown"


def objects(value):
    """All objects of a document."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from objects(item)


def spoiled(document):
    """The document, with a member too many in each object."""
    for i in range(len(list(objects(document)))):
        copied = copy.deepcopy(document)
        list(objects(copied))[i]["surprise"] = 1
        yield copied


def main():
    golden = pathlib.Path(sys.argv[1])
    wrong = checked = 0
    for path in sorted(golden.glob("*/*json.out")):
        name = path.name.split("-")[0].removesuffix(".out")
        schema_path = golden / "schema" / f"{name}.json"
        output = path.read_text().split("--- standard error")[0]
        if not output.strip() or name == "evaluate" and "not-json" in path.name:
            continue
        schema, document = json.loads(schema_path.read_text()), json.loads(output)
        found = list(errors(document, schema, schema))
        for line in found:
            print(f"{path.name}: {line}")
        for worse in spoiled(document):
            if not list(errors(worse, schema, schema)):
                found.append("lax")
                print(f"{schema_path.name}: lets a member too many through")
        wrong += bool(found)
        checked += 1
    print(f"{checked} checked, {wrong} wrong")
    return 1 if wrong or checked == 0 else 0


sys.exit(main())
