"""As much of JSON Schema as tests/schemas needs, with the standard library alone. What it does not know is an
error, so that no schema promises more than is checked."""
import datetime
import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "schemas"
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
KNOWN = {"$schema", "title", "description", "$defs", "$ref", "type", "properties", "required",
         "additionalProperties", "items", "enum", "minimum", "maximum", "pattern", "format"}


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def check(value, name):
    """Fails with the place and the reason if `value` is not as tests/schemas/NAME.json has it."""
    schema = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    complaints = list(complain(value, schema, schema, name))
    assert not complaints, "\n".join(complaints)


def complain(value, schema, root, at):
    assert set(schema) <= KNOWN, f"{at}: unknown keywords {set(schema) - KNOWN}"
    if "$ref" in schema:
        file, _, pointer = schema["$ref"].partition("#")
        base = json.loads((FOLDER / file).read_text(encoding="utf-8")) if file else root
        target = base
        for part in pointer.strip("/").split("/") if pointer.strip("/") else []:
            target = target[part]
        yield from complain(value, target, base, at)
        return
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_type(value, t) for t in types):
        yield f"{at}: {value!r} is not {types}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not one of {schema['enum']}"
    if isinstance(value, int) and not isinstance(value, bool):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield f"{at}: {value} is out of range"
    if isinstance(value, str):
        if schema.get("format") == "date-time":
            stamp = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
            if stamp.tzinfo is None:
                yield f"{at}: {value!r} has no zone"
        if "pattern" in schema:
            import re
            if not re.search(schema["pattern"], value):
                yield f"{at}: {value!r} is not like {schema['pattern']}"
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from complain(item, schema.get("items", {}), root, f"{at}[{i}]")
    if isinstance(value, dict):
        for key in schema.get("required", []):
            if key not in value:
                yield f"{at}: no {key!r}"
        for key, item in value.items():
            known = schema.get("properties", {}).get(key)
            if known is not None:
                yield from complain(item, known, root, f"{at}.{key}")
            elif schema.get("additionalProperties", True) is False:
                yield f"{at}: unknown key {key!r}"
