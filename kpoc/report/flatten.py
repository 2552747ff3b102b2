"""Nested settings as one flat table."""


def flatten(value: object, prefix: str = "") -> dict[str, str]:
    """Write nested dicts as dotted keys with texts.

    Example:
        >>> flatten({"model": {"backbone": "small", "weights": None}})
        {'model.backbone': 'small', 'model.weights': 'null'}
    """
    if isinstance(value, dict) and value:
        flat = {}
        for key, item in value.items():
            flat.update(flatten(item, f"{prefix}.{key}" if prefix else str(key)))
        return flat
    if isinstance(value, dict):
        return {prefix: "{}"} if prefix else {}
    return {prefix: "null" if value is None else str(value)}
