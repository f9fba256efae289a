"""Query parameters are strict like bodies: a misspelt filter must not pass for no filter."""

from fastapi import Request

from schemas.problems import InvalidError, RuleError

NONE_TAKEN = RuleError("has unknown query parameters; none is taken here")


def require_known_parameters(request: Request) -> None:
    """Raise InvalidError for a query parameter that the request's route does not have, or that is given twice.

    An unknown one is not named: its name is the sender's own choice.
    """
    if not request.scope["query_string"]:
        return
    known = [field.alias for field in request.scope["route"].dependant.query_params]
    names = [name for name, _ in request.query_params.multi_items()]
    errors = [RuleError("is given twice", parameter=name) for name in known if names.count(name) > 1]
    if not set(names) <= set(known):
        what = RuleError(f"has unknown query parameters; known are {', '.join(known)}")
        errors.append(what if known else NONE_TAKEN)
    if errors:
        raise InvalidError(errors)
